// SPDX-License-Identifier: Apache-2.0
// RecordModel: the naive ledger of the property tests, fed by the record instead of by commands.
//
// Contract: feed every event in order, with the policies that its versions name. It keeps every
// hold there ever was, and finds the walls that count it from account, operation and policy alone:
// which meters an event says it touched, it does not look at. While it is fed it holds each event
// against the rules:
//   P1  after each admission and extension, settled + held <= cap at every enforced wall that
//       counts it;
//   P3  one hold per run and idempotency key; one resolution per hold, but for a correction of it.
// Limitations: those of LedgerModel. An extension is not judged at a wall of a window gone by.
#pragma once

#include <map>
#include <string>

#include "engine/event.h"
#include "tests/property/ledger_model.h"
#include "tests/support/record_fold.h"
#include "tests/support/world.h"

namespace ringfence::sim {

// By the SHA-256 of their documents.
using Policies = std::map<std::string, model::PolicySpec>;

class RecordModel {
 public:
  explicit RecordModel(const Policies& policies) : policies_(&policies), ledger_({}) {}

  // What is wrong with the event; empty: nothing.
  std::string feed(const Event& event);
  // What is wrong with these counters as of now; empty: nothing.
  std::string compare(const std::map<testing::MeterName, MeterView>& meters, Time now);
  // The same against nothing but the sums of the record's own figures, with no hold open.
  std::string compare_at_rest(const std::map<testing::MeterName, MeterView>& meters,
                              Time now) const;
  // A refusal for want of room, as of the last event: whether there was room. Likewise.
  std::string judge(const Refusal& refusal, Time now);

  const model::Hold* hold(HoldId id) { return ledger_.find(id); }
  bool may_be_forgotten(HoldId id);
  bool has_run(const std::string& id) const { return ledger_.runs.contains(id); }
  bool has_halt(const std::string& id) const { return halts_.contains(id); }
  std::size_t open_holds() const { return fold_.open_holds(); }
  std::uint64_t last_seq() const { return last_seq_; }

 private:
  struct Meter {
    std::string wall, unit, subject;
    Window window;
  };

  template <class Body>
  std::string take(const Body&, const Event&) {
    return {};
  }
  std::string take(const PolicyAdopted& adopted, const Event& event);
  std::string take(const MeterOpened& opened, const Event& event);
  std::string take(const RunStarted& started, const Event& event);
  std::string take(const HoldOpened& opened, const Event& event);
  std::string take(const HoldExtended& extended, const Event& event);
  std::string take(const HoldResolved& resolved, const Event& event);
  std::string take(const Raised& raised, const Event& event);
  std::string take(const RaiseEnded& ended, const Event& event);
  std::string take(const Halted& halted, const Event& event);

  std::string check_room(const model::Hold& hold, const Amounts& added, Time now);
  std::optional<model::Wall> wall_named(const std::string& name, const std::string& subject,
                                        Unit unit, const Window& window) const;

  const Policies* policies_;
  model::LedgerModel ledger_;
  testing::RecordFold fold_;
  UnitTable units_;
  std::map<std::uint64_t, Meter> meters_;
  std::map<std::uint64_t, std::string> raised_;  // by meter: the wall's key
  std::map<std::string, Time> halts_;
  std::map<std::pair<std::string, std::string>, HoldId> keys_;  // by run and idempotency key
  std::map<std::uint64_t, bool> said_by_holder_;                // by hold
  std::uint64_t last_seq_ = 0;
};

}  // namespace ringfence::sim
