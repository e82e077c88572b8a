// SPDX-License-Identifier: Apache-2.0
#include "api/top_budgets.h"

#include <algorithm>

namespace ringfence::api {

void TopBudgets::offer(const BudgetRow& row) {
  auto& heap = by_unit_[row.unit.index];
  if (heap.size() == kTopBudgets && row.settled < heap.front().settled) return;
  heap.push_back({std::string(row.account), row.unit, row.window, row.cap, row.settled, row.held});
  std::ranges::push_heap(heap, more);
  if (heap.size() <= kTopBudgets) return;
  std::ranges::pop_heap(heap, more);
  heap.pop_back();
}

std::vector<MetricFamily> TopBudgets::families(const UnitTable& units) const {
  const std::string bound = " Of each unit the 50 budgets with the most settled; none of runs.";
  MetricFamily settled{"ringfence_budget_settled",
                       "Settled in the budget's window." + bound,
                       MetricKind::gauge,
                       0,
                       {}};
  MetricFamily held{
      "ringfence_budget_held", "Held by open operations." + bound, MetricKind::gauge, 0, {}};
  MetricFamily cap{"ringfence_budget_cap", "The cap in force." + bound, MetricKind::gauge, 0, {}};
  for (const auto& heap : by_unit_) {
    auto sorted = heap;
    std::ranges::sort(sorted, more);
    for (const Kept& one : sorted) {
      const int scale = unit_scale(one.unit);
      const MetricLabels labels = {{"account", one.account},
                                   {"unit", units.name(one.unit)},
                                   {"window", to_string(one.window)}};
      settled.samples.push_back({labels, one.settled, {}, 0, scale});
      held.samples.push_back({labels, one.held, {}, 0, scale});
      cap.samples.push_back({labels, one.cap, {}, 0, scale});
    }
  }
  return {std::move(settled), std::move(held), std::move(cap)};
}

}  // namespace ringfence::api
