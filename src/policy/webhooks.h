// SPDX-License-Identifier: Apache-2.0
// Reads the `webhooks` section: whom to tell of which events.
//
// Contract: immutable after reading. A secret is named (an environment variable, a file, a
// command), never written in the document, and no report repeats what stands in its place or in an
// address. An address of the open internet is https; others need `allow_private`.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"
#include "policy/reader.h"
#include "policy/segment_trie.h"

namespace ringfence {

inline constexpr std::size_t kWebhooksMax = 64;
inline constexpr std::size_t kWebhookAccountsMax = 256;  // of one

// What can be told. Its text is `group.what`; `events` takes a group or one of these.
enum class WebhookEvent : std::uint8_t {
  alert_fired,
  exhausted_refused,
  exhausted_paused,
  exhausted_resumed,
  halt_placed,
  halt_lifted,
  halt_paused,
  halt_resumed,
  overrun_charged,
  overrun_implausible,
  overrun_claimed,
  policy_adopted,
  approval_requested,
  approval_given,
  approval_refused,
};
inline constexpr std::size_t kWebhookEvents = 15;

std::string_view to_string(WebhookEvent event);

// The accounts that a webhook is told of; all, when none is stated.
class WebhookAccounts {
 public:
  // Errors: `invalid` (docs/policy.md, Accounts, has the grammar).
  Result<void> add(std::string_view key);
  // What concerns no account, or all of them, passes only where none is stated.
  bool takes(std::string_view account) const;
  const std::vector<std::string>& keys() const { return keys_; }

 private:
  std::vector<std::string> keys_;
  SegmentTrie trie_;
};

struct WebhookRule {
  std::string name;
  std::string url;  // http(s)://host[:port][/path][?query]
  KeySource secret;
  KeySource previous_secret;  // `none`, or the one that some receivers still know
  std::bitset<kWebhookEvents> events;
  WebhookAccounts accounts;
  bool allow_private = false;
  std::string ca_file;  // trusted besides nothing else when set

  bool wants(WebhookEvent event) const { return events[static_cast<std::size_t>(event)]; }
};

// Those of all its documents, in their order. Beside Policy: no decision asks for them.
const std::vector<WebhookRule>& webhooks_of(const Policy& policy);

// Appends those of one document.
void read_webhooks(Problems& problems, YamlNode section, std::vector<WebhookRule>& webhooks);

}  // namespace ringfence
