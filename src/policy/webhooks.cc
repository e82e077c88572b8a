// SPDX-License-Identifier: Apache-2.0
#include "policy/webhooks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ensure.h"
#include "base/path.h"
#include "policy/accounts.h"
#include "policy/called_url.h"
#include "policy/key_source.h"
#include "policy/words.h"

namespace ringfence {
namespace {

constexpr std::array<std::string_view, kWebhookEvents> kEventNames{
    "alert.fired",        "exhausted.refused",   "exhausted.paused", "exhausted.resumed",
    "halt.placed",        "halt.lifted",         "halt.paused",      "halt.resumed",
    "overrun.charged",    "overrun.implausible", "overrun.claimed",  "policy.adopted",
    "approval.requested", "approval.given",      "approval.refused"};

constexpr KeyPlace kSecretPlace{
    .expected =
        "{env: NAME}, {file: /path} or {command: [program, argument]}; a secret itself "
        "never stands in a policy",
    .example = "webhook",
    .variable = "OPS_WEBHOOK_SECRET"};

std::string_view group_of(std::string_view event) { return event.substr(0, event.find('.')); }

// Groups and events, for sentences.
std::vector<std::string_view> event_words() {
  std::vector<std::string_view> words;
  for (const std::string_view name : kEventNames) {
    if (words.empty() || words.back() != group_of(name)) words.push_back(group_of(name));
  }
  words.insert(words.end(), kEventNames.begin(), kEventNames.end());
  return words;
}

void read_events(Problems& problems, YamlNode list, WebhookRule& webhook) {
  static const std::vector<std::string_view> kWords = event_words();
  for_each_item(problems, list, "a list of events such as [alert, halt]", [&](YamlNode item) {
    const std::string_view word = item.is_scalar() ? item.text() : std::string_view();
    bool found = false;
    for (std::size_t i = 0; i < kEventNames.size(); ++i) {
      if (word != kEventNames[i] && word != group_of(kEventNames[i])) continue;
      webhook.events.set(i);
      found = true;
    }
    if (!found) problems.add(item.mark(), "found " + item.found() + suggestion(word, kWords));
  });
  if (list.is_sequence() && list.size() == 0) {
    problems.add(list.mark(), "found no event; expected some, or no `events` for all of them");
  }
}

void read_accounts(Problems& problems, YamlNode list, WebhookRule& webhook) {
  if (list.is_sequence() && (list.size() == 0 || list.size() > kWebhookAccountsMax)) {
    problems.add(list.mark(), fmt::format("found {} accounts; expected from 1 to {}, or no "
                                          "`accounts` for all of them",
                                          list.size(), kWebhookAccountsMax));
    return;
  }
  for_each_item(
      problems, list, "a list of accounts such as [acme, \"acme/**\"]", [&](YamlNode item) {
        const auto key = read_text(problems, item, "an account such as acme/**");
        if (!key) return;
        if (const auto added = webhook.accounts.add(*key); !added) {
          problems.add(item.mark(), "found " + quoted(*key) + "; " + added.error().message);
        }
      });
}

void read_webhook(Problems& problems, YamlNode map, WebhookRule& webhook) {
  static const Keys kKeys{.known = {"name", "url", "secret", "previous_secret", "events",
                                    "accounts", "allow_private", "ca_file"}};
  if (!check_map(problems, map, "a webhook", kKeys)) return;
  if (const YamlNode node = require(problems, map, "name", "a name such as ops")) {
    if (node.is_scalar() && valid_name(node.text())) {
      webhook.name = node.text();
    } else {
      problems.add(node.mark(), "found " + node.found() +
                                    "; expected a webhook's name: a-z, 0-9, '.', '_', '-'");
    }
  }
  if (const YamlNode node = value_at(map, "allow_private")) {
    webhook.allow_private = read_bool(problems, node).value_or(false);
  }
  if (const YamlNode node = require(problems, map, "url", "https://host/path")) {
    const auto url = read_called_url(problems, node, webhook.allow_private);
    if (url) webhook.url = *url;
  }
  if (const YamlNode node = require(problems, map, "secret", kSecretPlace.expected)) {
    webhook.secret = read_key(problems, node, kSecretPlace);
  }
  if (const YamlNode node = value_at(map, "previous_secret")) {
    webhook.previous_secret = read_key(problems, node, kSecretPlace);
  }
  webhook.events.set();
  if (const YamlNode node = value_at(map, "events")) {
    webhook.events.reset();
    read_events(problems, node, webhook);
  }
  if (const YamlNode node = value_at(map, "accounts")) read_accounts(problems, node, webhook);
  if (const YamlNode node = value_at(map, "ca_file")) {
    if (auto path = read_absolute_path(problems, node)) webhook.ca_file = *std::move(path);
  }
}

}  // namespace

std::string_view to_string(WebhookEvent event) {
  const auto index = static_cast<std::size_t>(event);
  RF_ENSURE(index < kEventNames.size(), "every event has its name");
  return kEventNames[index];
}

Result<void> WebhookAccounts::add(std::string_view key) {
  const auto elements = parse_account_key(key);
  if (!elements) return std::unexpected(elements.error());
  trie_.add(*elements, static_cast<std::uint32_t>(keys_.size()));
  keys_.emplace_back(key);
  return {};
}

bool WebhookAccounts::takes(std::string_view account) const {
  if (keys_.empty()) return true;
  if (account.empty()) return false;
  std::vector<std::string> segments;
  if (account != "/") {
    for (const std::string_view segment : path_segments(account)) segments.emplace_back(segment);
  }
  std::vector<std::uint32_t> found;
  trie_.match(segments, found);
  return !found.empty();
}

void read_webhooks(Problems& problems, YamlNode section, std::vector<WebhookRule>& webhooks) {
  if (section.is_sequence() && webhooks.size() + section.size() > kWebhooksMax) {
    problems.add(section.mark(), fmt::format("found {} webhooks; expected at most {}",
                                             webhooks.size() + section.size(), kWebhooksMax));
    return;
  }
  for_each_item(problems, section, "a list of webhooks such as [{name: ops, url: …}]",
                [&](YamlNode item) {
                  WebhookRule webhook;
                  read_webhook(problems, item, webhook);
                  const auto same = std::ranges::find(webhooks, webhook.name, &WebhookRule::name);
                  if (!webhook.name.empty() && same != webhooks.end()) {
                    problems.add(item.mark(), "found a second webhook " + quoted(webhook.name) +
                                                  "; expected a name of its own");
                  }
                  webhooks.push_back(std::move(webhook));
                });
}

}  // namespace ringfence
