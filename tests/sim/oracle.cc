// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/oracle.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringfence::sim {

void Oracle::fail(const std::string& what) {
  if (failure_.empty()) failure_ = what;
}

void Oracle::note(const Event& event) {
  std::string line;
  encode(event, heads_.empty() ? Digest{} : heads_.back(), units_, line);
  heads_.push_back(sha256(line));
  if (std::string wrong = model_.feed(event); !wrong.empty()) fail(wrong);
}

// ---- P3: what a new process finds

Result<void> Oracle::found(Journal& journal) {
  std::vector<Event> events;
  const auto read = journal.replay(units_, [&](const Event& event) -> Result<void> {
    events.push_back(event);
    return {};
  });
  if (!read) return read;
  const std::vector<Digest> known = std::exchange(heads_, {});
  const bool started =  // by a process that died while it took the record over
      events.size() > known.size() && std::holds_alternative<Started>(events[known.size()].body);
  model_ = RecordModel(policies_);
  for (const Event& event : events) note(event);
  const std::size_t there = heads_.size();
  if (journal.last_seq() != there || (there > 0 && journal.head() != heads_.back())) {
    fail("P3: the record does not read back as it was written");
  }
  if (there < std::max<std::size_t>(durable_, acknowledged_)) {
    fail(fmt::format("P3: {} events were committed, {} acknowledged, {} are there", durable_,
                     acknowledged_, there));
  }
  if (there > known.size() && !(taking_over_ && started)) {
    fail(fmt::format("P3: {} events were submitted, {} are there", known.size(), there));
  }
  const std::size_t both = std::min(there, known.size());
  if (both > 0 && heads_[both - 1] != known[both - 1]) {
    fail(fmt::format("P3: the first {} events are not those that were submitted", both));
  }
  if (there < known.size() && there != durable_ && there != committing_) {
    fail(fmt::format("P3: half of a commit is there: {} events", there));
  }
  check_told();
  // Not durable yet: what a killed process had only written may still go with the power.
  committing_ = there;
  taking_over_ = true;
  return {};
}

void Oracle::check_told() {
  for (const Told& told : told_) {
    if (!told.run.empty() && !model_.has_run(told.run)) fail("P3: lost the run " + told.run);
    if (!told.halt.empty() && !model_.has_halt(told.halt)) fail("P3: lost the halt " + told.halt);
    if (told.hold.number == 0) continue;
    const model::Hold* hold = model_.hold(told.hold);
    if (hold == nullptr) {
      fail(fmt::format("P3: lost hold {}", told.hold.number));
    } else if (told.resolved && hold->open) {
      fail(fmt::format("P3: lost the settling of hold {}", told.hold.number));
    }
  }
  told_.clear();
}

Result<void> Oracle::taken_over(Journal& journal) {
  const std::size_t before = heads_.size();
  const auto read = journal.replay(units_, [&](const Event& event) -> Result<void> {
    if (event.seq > before) note(event);
    return {};
  });
  if (!read) return read;
  durable_ = heads_.size();
  committing_ = durable_;
  taking_over_ = false;
  return {};
}

// ---- life

void Oracle::decided(const Batch& batch) {
  bool moved = false;  // what somebody was refused by may have changed since
  for (const Event& event : batch.events) {
    note(event);
    const bool refused = std::holds_alternative<Refused>(event.body) ||
                         std::holds_alternative<RefusedAgain>(event.body);
    moved = moved || !refused;
  }
  for (const Delivery& delivery : batch.deliveries) {
    const auto* call = std::get_if<ReplyCall>(&delivery);
    const auto* refusal = call != nullptr ? std::get_if<Refusal>(&call->reply) : nullptr;
    if (refusal == nullptr || !decisions_.insert(refusal->decision_id).second || moved) continue;
    // At the time of the decision; the walls of that time are what the refusal names.
    if (batch.events.empty()) continue;
    const std::string wrong = model_.judge(*refusal, batch.events.back().time);
    if (!wrong.empty()) fail(wrong);
  }
}

void Oracle::committing(std::uint64_t last_seq) {
  committing_ = std::max<std::size_t>(committing_, last_seq);
}
void Oracle::committed() { durable_ = committing_; }

void Oracle::answered(std::uint64_t rests_on, const Reply& reply) {
  acknowledged_ = std::max(acknowledged_, rests_on);
  Told told;
  if (const auto* run = std::get_if<RunReply>(&reply)) {
    told.run = run->run_id;
  } else if (const auto* allow = std::get_if<AllowReply>(&reply)) {
    told.hold = allow->hold;
  } else if (const auto* resolved = std::get_if<ResolveReply>(&reply)) {
    told.hold = resolved->hold;
    told.resolved = true;
  } else if (const auto* ok = std::get_if<OkReply>(&reply); ok && ok->id.starts_with("halt_")) {
    told.halt = ok->id;
  } else {
    return;
  }
  told_.push_back(std::move(told));
}

void Oracle::looked(const std::map<testing::MeterName, MeterView>& meters, std::size_t open_holds,
                    Time now) {
  if (std::string wrong = model_.compare(meters, now); !wrong.empty()) fail(wrong);
  if (open_holds == model_.open_holds()) return;
  fail(fmt::format("P2: {} holds are open, by the record {}", open_holds, model_.open_holds()));
}

void Oracle::at_rest(const std::map<testing::MeterName, MeterView>& meters, Time now) {
  if (model_.open_holds() != 0) fail("holds are open two hours on");
  if (std::string wrong = model_.compare_at_rest(meters, now); !wrong.empty()) fail(wrong);
}

}  // namespace ringfence::sim
