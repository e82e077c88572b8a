// SPDX-License-Identifier: Apache-2.0
// policy simulate: the record decided again under another policy, and what would have changed.
#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/policy_text.h"
#include "cli/policy_tools.h"
#include "cli/simulation_text.h"

namespace ringfence {

Result<std::shared_ptr<const Policy>> compile_policy_at(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) {
    const auto one = read_policy_text(path);
    if (!one) return std::unexpected(one.error());
    if (!text.empty()) text += text.ends_with('\n') ? "---\n" : "\n---\n";
    text += *one;
  }
  return Policy::compile(text, paths.size() == 1 ? paths.front() : "policy");
}

int print_unreadable(const Error& error) {
  fmt::print(stderr, "{}\n", error.code == ErrorCode::invalid ? error.message : error.text());
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::not_found
             ? kExitUnavailable
             : kExitUsage;
}

int policy_simulate_command(const PolicySimulateOptions& options) {
  auto policy = compile_policy_at(options.files);
  if (!policy) {
    print_unreadable(policy.error());
    return kExitUsage;
  }
  const auto report =
      simulate_record({options.against, options.since, options.until, options.examples}, nullptr,
                      *std::move(policy));
  if (!report) return print_unreadable(report.error());
  if (options.json) {
    fmt::print("{}\n", json_of(*report).text());
  } else {
    print_simulation(*report);
  }
  return kExitDone;
}

}  // namespace ringfence
