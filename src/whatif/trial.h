// SPDX-License-Identifier: Apache-2.0
// Trial: one of a document's own tests, put to a real engine.
//
// Contract: deterministic, no I/O. Each test has an engine of its own that starts at the test's
// time (kTrialTime unless it states one) with nothing spent. What comes `after` is placed first, in
// order, and settles at what it needed unless it stays open; every request of one account and
// identity belongs to one run.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "policy/policy.h"
#include "policy/tests_section.h"

namespace ringfence {

// A Monday, noon UTC: no window is near its end.
inline constexpr std::string_view kTrialTime = "2026-01-05T12:00:00Z";

// What an engine said to one request.
struct TrialAnswer {
  TestExpectation decision = TestExpectation::refuse;
  std::optional<Refusal> refusal;
  std::string rule;  // the allow or deny that decided, where one did
};

struct TrialResult {
  bool passed = false;
  TrialAnswer got;
  // "refuse (exhausted at budget usd/day of acme)": the two sides of what differs.
  std::string expected_text, got_text;
  std::string problem;  // an earlier request was refused, or the like; failed then
};

// Puts requests to an engine under one policy, at one time.
class TrialBench {
 public:
  TrialBench(std::shared_ptr<const Policy> policy, Time at);

  TrialAnswer ask(const TestRequest& request);

 private:
  std::optional<Refusal> run_for(const TestRequest& request, std::string& run_id);

  std::shared_ptr<const Policy> policy_;
  Engine engine_;
  Now now_;
  Output out_;
  std::vector<std::pair<std::string, std::string>> runs_;  // who, and the run's id
};

TrialResult run_trial(const std::shared_ptr<const Policy>& policy, const PolicyTest& test);

}  // namespace ringfence
