// SPDX-License-Identifier: Apache-2.0
// policy test: a document's own tests, run through a real engine; no daemon is asked.
#include <fmt/format.h>

#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/policy_text.h"
#include "cli/policy_tools.h"
#include "policy/tests_section.h"
#include "whatif/trial.h"

namespace ringfence {
namespace {

struct Tally {
  int passed = 0, failed = 0;
  bool unreadable = false;
};

void print_failure(const std::string& file, const PolicyTest& test, const TrialResult& result) {
  fmt::print("  {}:{}:{}\n", file, test.mark.line, test.mark.column);
  if (!result.problem.empty()) {
    fmt::print("  {}\n", harmless(result.problem));
  } else {
    fmt::print("  expected {}\n  got      {}\n", harmless(result.expected_text),
               harmless(result.got_text));
  }
}

Json json_of(const PolicyTest& test, const TrialResult& result) {
  Json json;
  json.set("name", test.name).set("line", std::int64_t{test.mark.line});
  json.set("passed", result.passed).set("expected", result.expected_text);
  json.set("got", result.got_text);
  if (!result.problem.empty()) json.set("problem", result.problem);
  return json;
}

Json unreadable(const std::string& file, const Error& error, bool json) {
  if (!json)
    fmt::print(stderr, "{}\n", error.code == ErrorCode::invalid ? error.message : error.text());
  Json report;
  report.set("file", file).set("error", error.message);
  return report;
}

Json test_file(const std::string& file, bool json, Tally& tally) {
  const auto fail = [&](const Error& error) {
    tally.unreadable = true;
    return unreadable(file, error, json);
  };
  const auto text = read_policy_text(file);
  if (!text) return fail(text.error());
  const auto policy = Policy::compile(*text, file);
  if (!policy) return fail(policy.error());
  const auto tests = tests_of(*text, file, (*policy)->units());
  if (!tests) return fail(tests.error());
  if (!json) fmt::print("{}: {} tests\n", file, tests->size());
  Json results(Json::Array{});
  int number = 0;
  for (const PolicyTest& test : *tests) {
    const TrialResult result = run_trial(*policy, test);
    ++(result.passed ? tally.passed : tally.failed);
    if (json) {
      results.push(json_of(test, result));
      continue;
    }
    fmt::print("{} {} - {}\n", result.passed ? "ok" : "not ok", ++number, harmless(test.name));
    if (!result.passed) print_failure(file, test, result);
  }
  Json report;
  report.set("file", file).set("tests", std::move(results));
  return report;
}

}  // namespace

std::string harmless(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return out;
}

int policy_test_command(const PolicyTestOptions& options) {
  Tally tally;
  Json files(Json::Array{});
  for (const std::string& file : options.files) {
    files.push(test_file(file, options.json, tally));
  }
  if (options.json) {
    Json report;
    report.set("passed", tally.passed).set("failed", tally.failed).set("files", std::move(files));
    fmt::print("{}\n", report.text());
  } else {
    fmt::print("{} passed, {} failed\n", tally.passed, tally.failed);
  }
  if (tally.unreadable) return kExitUsage;
  return tally.failed == 0 ? kExitDone : kExitFailed;
}

}  // namespace ringfence
