// SPDX-License-Identifier: Apache-2.0
// EventPager: the record in pages, as it lies in the journal, filtered by type and account.
//
// Contract: one thread; blocking for the milliseconds that reading kScanMax rows takes. Lines are
// given exactly as they were stored. An account filter takes every event of the account and of
// those below it; an event that names only a run or a hold counts where that was opened, for which
// the caller fills in the account of those that came without one.
// Limitations: events of a meter alone (raise_ended) are shown only without an account filter.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "journal/journal.h"

namespace ringfence::api {

inline constexpr std::size_t kScanMax = 1'000;  // rows read at a time

struct EventFilter {
  std::set<std::string, std::less<>> types;  // empty: all
  std::string account;                       // empty: all
};

// Every type of event there is, for refusing a filter on none of them.
std::vector<std::string_view> event_types();

struct PagedEvent {
  std::uint64_t seq = 0;
  std::string_view type;
  std::string line;
  // Where it counts; empty and one of the two below set: to be resolved.
  std::string account;
  std::string run_id;
  HoldId hold;
};

struct EventPage {
  std::vector<PagedEvent> events;
  std::uint64_t scanned_to = 0;  // the last event looked at
  bool at_end = false;           // there was nothing more when it was read
};

class EventPager {
 public:
  static Result<EventPager> open(const std::string& data_dir);
  Result<EventPage> read(std::uint64_t after, const EventFilter& filter, std::size_t max);

 private:
  explicit EventPager(std::unique_ptr<JournalReader> reader) : reader_(std::move(reader)) {}
  std::unique_ptr<JournalReader> reader_;
  UnitTable units_;
};

}  // namespace ringfence::api
