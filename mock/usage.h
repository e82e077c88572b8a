// SPDX-License-Identifier: Apache-2.0
// What an answer says about its usage, which need not be the truth.
//
// Contract: pure. Every wire writes its own members from these; the lie is the same on all.
#pragma once

#include <string>

#include "plan.h"

namespace mock {

struct ToldUsage {
  bool shown = true;  // false: no usage member at all
  bool null = false;  // the member is null
  bool text = false;  // numbers come as strings and lists
  Counts counts;

  [[nodiscard]] std::string input(std::int64_t tokens) const;
  [[nodiscard]] std::string output(std::int64_t tokens) const;
  [[nodiscard]] std::string total(std::int64_t tokens) const;
};

// `honest` as the plan's knobs want it told: at the end of the answer, or before it.
[[nodiscard]] ToldUsage tell_usage(const Plan& plan, Counts honest, bool at_end);

}  // namespace mock
