// SPDX-License-Identifier: Apache-2.0
#include "usage.h"

#include "json.h"

namespace mock {
namespace {

constexpr std::int64_t kHugeTokens = 999'999'999'999;

void scale(Counts& counts, std::int64_t by, std::int64_t parts) {
  for (auto* each : {&counts.uncached, &counts.cached, &counts.write_5m, &counts.write_1h,
                     &counts.output, &counts.reasoning}) {
    *each = *each * by / parts;
  }
}

void step(Counts& counts, UsageSteps steps, bool at_end) {
  switch (steps) {
    case UsageSteps::none: return;
    case UsageSteps::grow:
      if (!at_end) scale(counts, 1, 2);
      return;
    case UsageSteps::shrink:
      if (!at_end) scale(counts, 2, 1);
      return;
    case UsageSteps::drop:
      if (at_end) scale(counts, 1, 2);
      return;
  }
}

}  // namespace

std::string ToldUsage::input(std::int64_t tokens) const {
  return text ? json_string(std::to_string(tokens)) : std::to_string(tokens);
}

std::string ToldUsage::output(std::int64_t tokens) const {
  return text ? json_string("many") : std::to_string(tokens);
}

std::string ToldUsage::total(std::int64_t tokens) const {
  return text ? "[]" : std::to_string(tokens);
}

ToldUsage tell_usage(const Plan& plan, Counts honest, bool at_end) {
  ToldUsage told{.counts = honest};
  auto& counts = told.counts;
  step(counts, plan.usage_steps, at_end);
  switch (plan.usage) {
    case UsageReport::honest: break;
    case UsageReport::missing: told.shown = false; break;
    case UsageReport::null: told.null = true; break;
    case UsageReport::zero: counts = Counts(); break;
    case UsageReport::negative: scale(counts, -1, 1); break;
    case UsageReport::huge:
      counts.uncached = kHugeTokens - counts.cached - counts.writes();
      counts.output = kHugeTokens;
      break;
    case UsageReport::string: told.text = true; break;
    case UsageReport::low: scale(counts, 1, 10); break;
  }
  return told;
}

}  // namespace mock
