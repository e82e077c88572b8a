// SPDX-License-Identifier: Apache-2.0
// RecordFold: what the meters must say, added up from the events alone.
//
// Contract: shares no code with the ledger. Feed every event in order; `totals` then gives what the
// record says was charged and what it says is still held, per meter. Slow and plain on purpose.
// Limitations: rolling windows are not cut to their span here (see ledger_model for that).
#pragma once

#include <map>
#include <string>
#include <utility>
#include <variant>

#include "base/checked.h"
#include "engine/event.h"

namespace ringfence::testing {

class RecordFold {
 public:
  struct Meter {
    std::string wall, unit, subject;
    Window window;
    Span span;
    std::int64_t settled = 0, held = 0;
  };

  void feed(const Event& event) {
    std::visit([&](const auto& body) { take(body, event.seq); }, event.body);
  }
  const std::map<std::uint64_t, Meter>& meters() const { return meters_; }
  // Holds that no event has resolved yet.
  std::size_t open_holds() const {
    std::size_t open = 0;
    for (const auto& [id, hold] : holds_) open += hold.open ? 1 : 0;
    return open;
  }

 private:
  struct Hold {
    bool open = true;
    bool by_parts = false;  // of several operations; a meter may count some of them
    Amounts need;
    std::map<std::uint64_t, std::int64_t> held;  // by meter
    Amounts charged;
  };

  template <class Body>
  void take(const Body&, std::uint64_t) {}

  void take(const MeterOpened& opened, std::uint64_t) {
    Meter& meter = meters_[opened.meter.number];
    meter = {
        opened.wall, opened.unit, opened.subject, opened.window, opened.span, opened.settled, 0};
    for (std::size_t i = 0; i < opened.holds.size(); ++i) {
      hold_more(opened.holds[i], {{opened.meter, opened.held_each[i]}});
    }
  }
  void take(const MeterHolds& more, std::uint64_t) {
    for (std::size_t i = 0; i < more.holds.size(); ++i) {
      hold_more(more.holds[i], {{more.meter, more.held_each[i]}});
    }
  }
  void take(const HoldOpened& opened, std::uint64_t) {
    Hold& hold = holds_[opened.hold.number];
    hold.by_parts = !opened.further.empty();
    hold.need = opened.need;
    hold_more(opened.hold, opened.meters);
  }
  void take(const HoldExtended& extended, std::uint64_t) {
    Hold& hold = holds_[extended.hold.number];
    extended.added.for_each(
        [&](Unit unit, std::int64_t more) { hold.need.set(unit, hold.need.get(unit) + more); });
    hold_more(extended.hold, extended.meters);
  }
  void take(const HoldResolved& resolved, std::uint64_t) {
    Hold& hold = holds_[resolved.hold.number];
    for (const auto& [id, held] : hold.held) {
      Meter& meter = meters_[id];
      if (hold.open) meter.held -= held;
      const auto share = [&](const Amounts& charged) {
        const std::int64_t all = amount(charged, meter.unit);
        if (!hold.by_parts) return all;
        return std::max<std::int64_t>(0, all - (amount(hold.need, meter.unit) - held));
      };
      const std::int64_t was = hold.open ? 0 : share(hold.charged);
      meter.settled = saturating_add(meter.settled, saturating_add(share(resolved.charged), -was));
    }
    hold.open = false;
    hold.charged = resolved.charged;
  }

  void hold_more(HoldId id, const MeterAmounts& meters) {
    Hold& hold = holds_[id.number];
    for (const auto& [meter, more] : meters) {
      hold.held[meter.number] += more;
      if (hold.open) meters_[meter.number].held += more;
    }
  }
  // Amounts are by unit number; the fold learns names as the record uses them.
  std::int64_t amount(const Amounts& amounts, const std::string& name) const {
    const auto unit = units.find(name);
    return unit && *unit != kConcurrent ? amounts.get(*unit) : 0;
  }

 public:
  UnitTable units;

 private:
  std::map<std::uint64_t, Meter> meters_;
  std::map<std::uint64_t, Hold> holds_;
};

}  // namespace ringfence::testing
