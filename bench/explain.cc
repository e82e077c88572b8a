// SPDX-License-Identifier: Apache-2.0
// An explanation under a large policy: what a daemon does when it is asked, and, with
// --from-document, what the command line does with a document alone.
#include <fmt/format.h>

#include <string>

#include "engine/engine.h"
#include "harness.h"
#include "whatif/asked.h"
#include "whatif/explanation.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;

// The rule that decides comes last.
std::string policy_text(std::int64_t rules) {
  std::string text =
      "version: 1\n"
      "accounts:\n"
      "  acme: {budgets: [{usd: \"100\", window: month}]}\n"
      "  acme/*: {role: agent, budgets: [{usd: \"10\", window: day}]}\n"
      "limits:\n"
      "  - {name: tools, match: \"tool:*\", per: agent, calls: 100, window: day}\n"
      "roles:\n"
      "  agent:\n"
      "    run: {budgets: [{usd: \"1\"}]}\n"
      "    allow: [\"tool:*\"]\n"
      "    deny:\n";
  for (std::int64_t rule = 0; rule < rules; ++rule) {
    text += fmt::format("      - \"tool:server-{}/tool_{}\"\n", rule / 100, rule % 100);
  }
  return text;
}

class Explainer {
 public:
  explicit Explainer(std::int64_t rules) : text_(policy_text(rules)) {
    TestRequest request;
    request.account = "acme/agent";
    request.operation = fmt::format("tool:server-{}/tool_{}", (rules - 1) / 100, (rules - 1) % 100);
    auto hold = hold_for(request);
    if (!hold) give_up(hold.error().text());
    question_ = {request.account, {}, *std::move(hold)};
  }

  void take_policy() {
    auto policy = Policy::compile(text_, "bench");
    if (!policy) give_up(policy.error().text());
    policy_ = *std::move(policy);
    engine_ = std::make_unique<Engine>();
    Output out;
    if (const auto done = engine_->start(policy_, "bench", nullptr, kNow, out); !done) {
      give_up(done.error().text());
    }
  }
  void explain_once() {
    const Explanation said =
        explain(engine_->prospect(question_, kNow.time), question_, rule_places_of(*policy_));
    if (said.allowed || json_of(said).text().find("bench:") == std::string::npos) {
      give_up("the rule was not told");
    }
  }

 private:
  static constexpr Now kNow{Time{1'763'000'000'000'000}, false};
  std::string text_;
  ProspectQuestion question_;
  std::shared_ptr<const Policy> policy_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::int64_t rules = 10'000;
  bool from_document = false;
  Flags flags("Explains one operation under a large policy.");
  common.declare(flags);
  flags.add("--rules", rules, "deny patterns in the agents' role")
      .add("--from-document", from_document, "compile the document each time");
  flags.parse(argc, argv);
  Explainer explainer(rules);
  explainer.take_policy();
  const Measured measured = measure(common, [&] {
    if (from_document) explainer.take_policy();
    explainer.explain_once();
  });
  print_result("explain", measured.latency, measured.seconds, measured.latency.count(), Json());
}
