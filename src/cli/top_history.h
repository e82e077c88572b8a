// SPDX-License-Identifier: Apache-2.0
// History: what only several looks can say: burn rates, the time to a wall, refusals.
//
// Contract: pure; fed with each snapshot and the answer to `events_after()`. A burn rate is what a
// wall's settled amount grew by, per minute, over the last kBurnSpan, or since it first was seen;
// a wall whose amount fell (its window ended, a correction) begins anew. Bounded: a wall that is in
// no snapshot any more is forgotten, each keeps kSamplesMax samples, and of refusals the newest
// kRefusalsMax are kept.
// Limitations: on a rolling window this is the net growth, so what falls out of it hides new spend.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/top_snapshot.h"

namespace ringfence::top {

inline constexpr Duration kBurnSpan = Duration::minutes(5);
inline constexpr Duration kSampleGap = Duration::seconds(10);  // between two that are kept
inline constexpr std::size_t kSamplesMax = 32;
inline constexpr std::size_t kRefusalsMax = 200;
inline constexpr std::int64_t kEventsBehindMax = 20'000;  // further back, older ones are skipped
inline constexpr std::int64_t kEventsAtStart = 2'000;     // looked back at

// A counter's samples over time.
class Growth {
 public:
  explicit Growth(Duration span) : span_(span) {}
  void add(Time at, std::int64_t value);
  // Per `per`, rounded up so that a slow growth is not none; none: too young to say.
  std::optional<std::int64_t> per(Duration per) const;

 private:
  struct Sample {
    Time at;
    std::int64_t value = 0;
  };
  Duration span_;
  std::deque<Sample> samples_;
};

struct RefusalLine {
  std::string run, account, operation, reason, sentence;
  Time last;
  std::int64_t count = 1;
};

class History {
 public:
  // What to read the record's refusals after, when `events` is the number of its newest event.
  std::int64_t events_after(std::int64_t events);
  void add(const Snapshot& snapshot, const Answers& answers);

  // Of a wall's unit, per minute.
  std::optional<std::int64_t> burn(const AccountLine& account, const WallLine& wall) const;
  // Until nothing is left at this rate; none when nothing burns.
  std::optional<Duration> time_to_wall(const AccountLine& account, const WallLine& wall) const;
  std::optional<std::int64_t> decisions_per_minute() const;
  std::int64_t refusals_last_minute() const;
  // Newest first.
  const std::deque<RefusalLine>& refusals() const { return refusals_; }
  bool refusals_skipped() const { return skipped_; }

 private:
  void add_walls(const Snapshot& snapshot);
  void add_events(const Answers& answers);
  void add_refused(const Json& event);
  void add_refused_again(const Json& event);
  void count_refusals(Time at, std::int64_t count);

  std::map<std::string, Growth> walls_;  // by account, unit and window
  Growth decisions_{Duration::seconds(15)};
  std::map<std::int64_t, std::int64_t> refused_by_second_;  // of the last minute
  std::deque<RefusalLine> refusals_;
  std::map<std::string, std::string> accounts_of_runs_;  // the live ones
  std::int64_t events_after_ = -1;                       // -1: nothing read yet
  bool skipped_ = false;
};

}  // namespace ringfence::top
