// SPDX-License-Identifier: Apache-2.0
// Oracle: what a node said and did, held against what the promises allow.
//
// Contract: hears of every event when it is decided, of every commit, of every answer when it
// leaves the node, and of every record that a new process finds. The first thing that is wrong
// stays in `failure`. Besides what RecordModel checks:
//   P2  the engine's counters are what its events add up to, whenever it is looked at;
//   P3  acknowledged <= recovered <= submitted, byte for byte and whole commits only; every hold,
//       settle, run and halt that somebody was told of is in the record with what he was told.
#pragma once

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "engine/command.h"
#include "journal/journal.h"
#include "service/outbox.h"
#include "tests/sim/record_model.h"

namespace ringfence::sim {

class Oracle {
 public:
  explicit Oracle(const Policies& policies) : policies_(policies), model_(policies) {}

  // ---- the node's life
  // By a new process, which then takes it over. Errors: those of reading it.
  Result<void> found(Journal& journal);
  Result<void> taken_over(Journal& journal);
  void decided(const Batch& batch);  // also before it is written
  void committing(std::uint64_t last_seq);
  void committed();
  // An answer that rests on all events up to this one leaves the node.
  void answered(std::uint64_t rests_on, const Reply& reply);
  void looked(const std::map<testing::MeterName, MeterView>& meters, std::size_t open_holds,
              Time now);

  // With nothing open.
  void at_rest(const std::map<testing::MeterName, MeterView>& meters, Time now);

  // It was resolved so long ago that a node need not know it any more.
  bool may_be_forgotten(HoldId id) { return model_.may_be_forgotten(id); }
  const RecordModel& model() const { return model_; }
  Digest head() const { return heads_.empty() ? Digest{} : heads_.back(); }
  void fail(const std::string& what);
  const std::string& failure() const { return failure_; }

 private:
  struct Told {  // since the last recovery
    HoldId hold;
    std::string run, halt;
    bool resolved = false;  // the hold
  };

  void note(const Event& event);
  void check_told();

  const Policies& policies_;
  RecordModel model_;
  UnitTable units_;
  std::vector<Digest> heads_;       // of every event decided, by number less one
  std::size_t durable_ = 0;         // that a commit has returned for
  std::size_t committing_ = 0;      // up to which the commit at hand goes
  std::uint64_t acknowledged_ = 0;  // the newest event that an answer rests on
  bool taking_over_ = false;        // a process that found the record may have added to it
  std::vector<Told> told_;
  std::set<std::string> decisions_;  // already judged: a kept answer is as old as its first
  std::string failure_;
};

}  // namespace ringfence::sim
