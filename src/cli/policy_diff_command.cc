// SPDX-License-Identifier: Apache-2.0
// policy diff: what two policies say differently, and which recorded decisions that would change.
#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/policy_tools.h"
#include "cli/simulation_text.h"
#include "policy/structure.h"

namespace ringfence {
namespace {

std::string_view word_of(Difference::Kind kind) {
  switch (kind) {
    case Difference::Kind::added: return "added";
    case Difference::Kind::removed: return "removed";
    case Difference::Kind::changed: return "changed";
  }
  return {};
}

Json json_of(const std::vector<Difference>& found) {
  Json list(Json::Array{});
  for (const Difference& difference : found) {
    Json json;
    json.set("what", word_of(difference.kind)).set("where", difference.where);
    json.set("before", difference.before).set("after", difference.after);
    list.push(std::move(json));
  }
  return list;
}

}  // namespace

int policy_diff_command(const PolicyDiffOptions& options) {
  const auto before = compile_policy_at({options.before});
  const auto after = compile_policy_at({options.after});
  for (const auto* policy : {&before, &after}) {
    if (*policy) continue;
    print_unreadable(policy->error());
    return kExitUsage;
  }
  const auto found = differences((*before)->text(), (*after)->text());
  if (!found) {
    print_unreadable(found.error());
    return kExitUsage;
  }
  Json json;
  json.set("differences", json_of(*found));
  if (!options.json) {
    for (const Difference& difference : *found) fmt::print("{}\n", harmless(difference.text()));
    if (found->empty()) fmt::print("the documents say the same\n");
  }
  if (!options.against.empty()) {
    const auto report = simulate_record(
        {options.against, options.since, options.until, options.examples}, *before, *after);
    if (!report) return print_unreadable(report.error());
    if (options.json) {
      json.set("decisions", json_of(*report));
    } else {
      fmt::print("\n");
      print_simulation(*report);
    }
  }
  if (options.json) fmt::print("{}\n", json.text());
  return found->empty() ? kExitDone : kExitFailed;
}

}  // namespace ringfence
