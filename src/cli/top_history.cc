// SPDX-License-Identifier: Apache-2.0
#include "cli/top_history.h"

#include <algorithm>

#include "base/checked.h"

namespace ringfence::top {
namespace {

constexpr Duration kMinute = Duration::minutes(1);
constexpr std::size_t kSecondsMax = 90;  // that are counted apart
constexpr std::int64_t kYear = 365;      // days; a longer time to a wall is as good as this one

std::int64_t second_of(Time at) { return at.us / 1'000'000; }

std::string key_of(const AccountLine& account, const WallLine& wall) {
  return account.path + '\0' + wall.unit + '\0' + wall.window;
}

}  // namespace

void Growth::add(Time at, std::int64_t value) {
  const bool fell = !samples_.empty() && value < samples_.back().value;
  const bool went_back = !samples_.empty() && at <= samples_.back().at;
  if (fell || went_back) samples_.clear();
  // The newest is always the last; it is replaced while it is close to the one before.
  const std::size_t count = samples_.size();
  if (count >= 2 && samples_[count - 1].at - samples_[count - 2].at < kSampleGap) {
    samples_.pop_back();
  }
  samples_.push_back({at, value});
  while (samples_.size() > 2 && (at - samples_[1].at >= span_ || samples_.size() > kSamplesMax)) {
    samples_.pop_front();
  }
}

std::optional<std::int64_t> Growth::per(Duration per) const {
  if (samples_.size() < 2) return std::nullopt;
  const __int128 grown = samples_.back().value - samples_.front().value;
  const __int128 us = (samples_.back().at - samples_.front().at).us;
  const __int128 rate = (grown * per.us + us - 1) / us;
  return static_cast<std::int64_t>(std::min<__int128>(rate, INT64_MAX));
}

void History::add(const Snapshot& snapshot, const Answers& answers) {
  add_walls(snapshot);
  decisions_.add(snapshot.time, snapshot.decisions);
  if (!answers.runs.is_null()) {
    accounts_of_runs_.clear();
    for (const Json& run : array_in(answers.runs, "runs")) {
      accounts_of_runs_[text_in(run, "run")] = text_in(run, "account");
    }
  }
  add_events(answers);
  const Time minute_ago = snapshot.time - kMinute;
  refused_by_second_.erase(refused_by_second_.begin(),
                           refused_by_second_.upper_bound(second_of(minute_ago)));
}

void History::add_walls(const Snapshot& snapshot) {
  std::map<std::string, Growth> kept;
  for (const AccountLine& account : snapshot.accounts) {
    for (const WallLine& wall : account.walls) {
      std::string key = key_of(account, wall);
      const auto known = walls_.find(key);
      Growth growth = known == walls_.end() ? Growth(kBurnSpan) : std::move(known->second);
      growth.add(snapshot.time, wall.settled);
      kept.insert_or_assign(std::move(key), std::move(growth));
    }
  }
  walls_ = std::move(kept);
}

void History::add_events(const Answers& answers) {
  for (const Json& event : array_in(answers.events, "events")) {
    const std::string type = text_in(event, "type");
    if (type == "refused") add_refused(event);
    if (type == "refused_again") add_refused_again(event);
  }
  if (refusals_.size() > kRefusalsMax) refusals_.resize(kRefusalsMax);
  if (!answers.events.is_null()) events_after_ = integer_in(answers.events, "next");
}

void History::add_refused(const Json& event) {
  RefusalLine refusal;
  refusal.run = text_in(event, "run");
  refusal.account = text_in(event, "account");
  refusal.operation = text_in(event, "operation");
  refusal.reason = text_in(event, "reason");
  refusal.sentence = text_in(event, "sentence");
  refusal.last = time_in(event, "time");
  count_refusals(refusal.last, 1);
  refusals_.push_front(std::move(refusal));
}

// Joins the line of the first of its kind, which comes to the top.
void History::add_refused_again(const Json& event) {
  const std::string run = text_in(event, "run");
  const std::string operation = text_in(event, "operation");
  const std::string reason = text_in(event, "reason");
  const std::int64_t count = std::max<std::int64_t>(1, integer_in(event, "count"));
  const auto same = std::ranges::find_if(refusals_, [&](const RefusalLine& line) {
    return line.run == run && line.operation == operation && line.reason == reason;
  });
  RefusalLine refusal;
  if (same != refusals_.end()) {
    refusal = std::move(*same);
    refusal.count = saturating_add(refusal.count, count);
    refusals_.erase(same);
  } else {
    const auto account = accounts_of_runs_.find(run);
    refusal = {run,       account == accounts_of_runs_.end() ? run : account->second,
               operation, reason,
               "",        Time{},
               count};
  }
  refusal.last = time_in(event, "time");
  count_refusals(refusal.last, count);
  refusals_.push_front(std::move(refusal));
}

void History::count_refusals(Time at, std::int64_t count) {
  std::int64_t& counted = refused_by_second_[second_of(at)];
  counted = saturating_add(counted, count);
  if (refused_by_second_.size() > kSecondsMax) {
    refused_by_second_.erase(refused_by_second_.begin());
  }
}

// At the start, and when others write faster than we read.
std::int64_t History::events_after(std::int64_t events) {
  const bool first = events_after_ < 0;
  if (first || events - events_after_ > kEventsBehindMax) {
    skipped_ = skipped_ || !first;
    events_after_ = std::max<std::int64_t>(0, events - kEventsAtStart);
  }
  return events_after_;
}

std::optional<std::int64_t> History::burn(const AccountLine& account, const WallLine& wall) const {
  const auto found = walls_.find(key_of(account, wall));
  if (found == walls_.end()) return std::nullopt;
  return found->second.per(kMinute);
}

std::optional<Duration> History::time_to_wall(const AccountLine& account,
                                              const WallLine& wall) const {
  const auto rate = burn(account, wall);
  if (!rate || *rate <= 0) return std::nullopt;
  const __int128 us = static_cast<__int128>(wall.left()) * kMinute.us / *rate;
  return Duration{static_cast<std::int64_t>(std::min<__int128>(us, Duration::days(kYear).us))};
}

std::optional<std::int64_t> History::decisions_per_minute() const {
  return decisions_.per(kMinute);
}

std::int64_t History::refusals_last_minute() const {
  std::int64_t sum = 0;
  for (const auto& [second, count] : refused_by_second_) sum = saturating_add(sum, count);
  return sum;
}

}  // namespace ringfence::top
