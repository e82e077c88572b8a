// SPDX-License-Identifier: Apache-2.0
// TopBudgets: of many budgets, those with the most settled, for each unit.
//
// Contract: pure. Amounts of different units cannot be compared, so each unit has its own
// kTopBudgets. Of equals the one with the smaller account stays: two scrapes of the same books are
// alike.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "engine/view.h"

namespace ringfence::api {

inline constexpr std::size_t kTopBudgets = 50;

class TopBudgets {
 public:
  void offer(const BudgetRow& row);
  // As gauges: settled, held and cap by account, unit and window.
  std::vector<MetricFamily> families(const UnitTable& units) const;

 private:
  struct Kept {
    std::string account;
    Unit unit;
    Window window;
    std::int64_t cap = 0, settled = 0, held = 0;
  };
  static bool more(const Kept& a, const Kept& b) {
    return a.settled != b.settled ? a.settled > b.settled : a.account < b.account;
  }

  std::array<std::vector<Kept>, kUnitsMax> by_unit_;  // heaps, the least on top
};

}  // namespace ringfence::api
