// SPDX-License-Identifier: Apache-2.0
#include "evidence/compliance.h"

#include <fmt/format.h>

#include <array>

namespace ringfence::evidence {
namespace {

struct Control {
  std::string_view item;
  std::string_view asks;
  std::string_view shows;  // what the record says of it
  std::string_view types;  // of events, separated by blanks
};

constexpr auto kControls = std::to_array<Control>({
    {"OWASP LLM10:2025 Unbounded Consumption", "a bound on what a model may be made to consume",
     "each operation was held at its worst case before it ran, against every budget above it",
     "hold refused alert resolved"},
    {"OWASP LLM06:2025 Excessive Agency", "no more functions, rights and freedom than needed",
     "what no rule allows was refused; a person was asked where a rule says so",
     "policy refused approval_requested approval_given"},
    {"OWASP ASI01 Agent Goal Hijack", "an injected goal does not widen what may be done",
     "limits were decided from the credential and the policy, never from a prompt", "refused"},
    {"OWASP ASI02 Tool Misuse", "a permitted tool is not put to a harmful use",
     "operations and arguments were held against rules, and counted", "hold refused"},
    {"OWASP ASI03 Identity and Privilege Abuse", "agents have rights of their own, short-lived",
     "every run had its own credential and account; what it delegated could only narrow",
     "run_started run_renewed run_ended"},
    {"OWASP ASI08 Cascading Failures", "a failure does not spread",
     "budgets of all levels were charged at once; loops were refused", "hold refused paused"},
    {"OWASP ASI09 Human-Agent Trust Exploitation", "a person agrees to what will really be done",
     "approvals are bound to the exact action by its digest, with who gave them and when",
     "approval_requested approval_given approval_refused"},
    {"OWASP ASI10 Rogue Agents", "an agent can be stopped",
     "stop orders, whom they covered, and when each was lifted", "halted halt_lifted"},
    {"NIST AI RMF GOVERN 1", "policies are in place and followed",
     "every policy version with its digest, who put it in force, and what it decided",
     "policy hold refused"},
    {"NIST AI RMF MANAGE 2.4", "systems can be superseded, disengaged or deactivated",
     "stop orders, pauses, and runs that were revoked",
     "halted halt_lifted paused resumed run_ended"},
    {"NIST AI RMF MANAGE 4.1", "deployed systems are watched",
     "alerts, overruns and clocks that were not believed", "alert resolved clock_stopped"},
    {"EU AI Act, Article 12", "events are logged over a system's life",
     "the record itself, without a gap from its first event on", "started hold resolved refused"},
    {"EU AI Act, Article 14(4)(e)", "a person can intervene or stop the system",
     "stop orders and approvals, with the person", "halted approval_given approval_refused"},
    {"EU AI Act, Articles 19 and 26(6)", "logs are kept for six months or longer",
     "the time of the first and of the last event (manifest.json)", "started"},
});

std::string counted(std::string_view types, const TypeCounts& counts) {
  std::string out;
  while (!types.empty()) {
    const std::size_t end = std::min(types.find(' '), types.size());
    const std::string_view type = types.substr(0, end);
    types.remove_prefix(std::min(end + 1, types.size()));
    const auto found = counts.find(type);
    if (found == counts.end()) continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", found->second, type);
  }
  return out.empty() ? "none in this record" : out;
}

}  // namespace

std::string compliance_page(const TypeCounts& counts) {
  std::string page =
      "# What this record shows\n\n"
      "This is evidence, not a legal determination: it says which events bear on what a framework "
      "asks for. Whether\na control is met is for whoever assesses it. The events are in "
      "`events.jsonl`; their types are explained in\nRingfence's `docs/formats.md`.\n\n"
      "| item | asks for | this record shows | events |\n|---|---|---|---|\n";
  for (const Control& control : kControls) {
    page += fmt::format("| {} | {} | {} | {} |\n", control.item, control.asks, control.shows,
                        counted(control.types, counts));
  }
  return page;
}

}  // namespace ringfence::evidence
