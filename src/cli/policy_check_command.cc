// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/policy_text.h"
#include "policy/check.h"

namespace ringfence {
namespace {

Json json_of(const std::string& file, const CheckReport& report) {
  Json problems(Json::Array{});
  for (const std::string& problem : report.problems) problems.push(problem);
  Json warnings(Json::Array{});
  for (const std::string& warning : report.warnings) warnings.push(warning);
  Json json;
  json.set("file", file).set("valid", report.valid).set("sha256", report.sha256_hex);
  json.set("problems", std::move(problems)).set("warnings", std::move(warnings));
  return json;
}

}  // namespace

int policy_check_command(const PolicyCheckOptions& options) {
  bool all_valid = true;
  Json reports(Json::Array{});
  for (const std::string& file : options.files) {
    CheckReport report;
    if (const auto text = read_policy_text(file)) {
      report = check_policy(*text, file);
    } else {
      report.problems.push_back(text.error().text());
    }
    all_valid = all_valid && report.valid;
    if (options.json) {
      reports.push(json_of(file, report));
    } else {
      fmt::print(report.valid ? stdout : stderr, "{}\n", report.text(file));
    }
  }
  if (options.json) fmt::print("{}\n", reports.text());
  return all_valid ? kExitDone : kExitUsage;
}

}  // namespace ringfence
