// SPDX-License-Identifier: Apache-2.0
// The `tests` section: requests that a document's author wrote down, each with the decision that he
// expects (`ringfence policy test`).
//
// Contract: read and checked with the document, so that a mistaken test refuses it like any other
// mistake; no decision ever looks at it. What is read is not kept with the compiled policy: whoever
// runs the tests reads them again from the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "base/unit.h"
#include "policy/reader.h"

namespace ringfence {

inline constexpr std::size_t kPolicyTestsMax = 10'000;
inline constexpr std::size_t kTestRequestsMax = 100;    // in one `after`
inline constexpr std::int64_t kTestTimesMax = 100'000;  // of one request

enum class TestExpectation : std::uint8_t { allow, ask, refuse };
std::string_view to_string(TestExpectation expectation);

struct TestRequest {
  std::string account;
  std::string operation;  // or `command`, as written
  std::string command;    // a shell line
  std::string args;       // JSON; empty: not stated
  Amounts need;
  std::string user, team, org, session;
  std::int64_t times = 1;  // `after` only
  bool open = false;       // `after` only: the hold is not settled
};

struct PolicyTest {
  std::string name;  // or a sentence made of the request
  Mark mark;
  std::optional<Time> at;
  std::vector<TestRequest> after;
  TestRequest request;
  TestExpectation expect = TestExpectation::allow;
  std::string reason, wall, rule;  // of the decision; empty: any
};

// Reports what is wrong. `units` are the document's.
std::vector<PolicyTest> read_tests(Problems& problems, YamlNode section, const UnitTable& units);
// Those of a document that compiles. Errors: `invalid`.
Result<std::vector<PolicyTest>> tests_of(std::string_view text, std::string_view name,
                                         const UnitTable& units);

const Keys& test_keys();
const Keys& test_request_keys();

}  // namespace ringfence
