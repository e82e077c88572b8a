// SPDX-License-Identifier: Apache-2.0
// Feed: the record as webhooks read it, with an eye for the few events that are told.
//
// Contract: one thread, blocking for the milliseconds that a page takes. Of most lines only the
// type is looked at. The order that a `halt_lifted` ends is found in the record, far back if need
// be; some of them, up to kHaltsKept, are remembered.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "journal/journal.h"
#include "policy/webhooks.h"

namespace ringfence::webhook {

inline constexpr std::size_t kFeedPage = 1'000;  // lines read at a time
inline constexpr std::size_t kHaltsKept = 1'000;

struct Tellable {
  std::uint64_t seq = 0;
  WebhookEvent kind = WebhookEvent::alert_fired;
  std::string account;  // empty: nowhere in particular, or everywhere
};

struct FeedPage {
  std::vector<Tellable> events;
  std::uint64_t read_to = 0;
  bool at_end = false;
};

class Feed {
 public:
  static Result<Feed> open(const std::string& data_dir);
  Result<FeedPage> read(std::uint64_t after);
  // What is told of one event. Errors: `not_found` (there is no such event, or none that is told).
  Result<std::string> payload(std::uint64_t seq);

 private:
  explicit Feed(std::unique_ptr<JournalReader> reader) : reader_(std::move(reader)) {}
  std::optional<Halted> halt(const std::string& id);
  void remember(const Halted& halted);

  std::unique_ptr<JournalReader> reader_;
  UnitTable units_;
  std::map<std::string, Halted> halts_;
};

// The type of a stored line, without reading the rest; empty when it is no line of ours.
std::string_view type_of_line(std::string_view line);

}  // namespace ringfence::webhook
