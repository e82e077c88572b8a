// SPDX-License-Identifier: Apache-2.0
// D1, D2: one decision in process, hold and settle, with a tree and a policy of a given size.
//
// The engine alone, on one thread: no mailbox, no journal, no socket. Every event is made, in
// memory, and dropped. The account chain is six long (root, company, department, team, agent, run),
// each with a dollar budget, and two limits count the operation too: eight meters a hold.
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "harness.h"
#include "policy/policy.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;

constexpr std::int64_t kAgentsPerTeam = 50;
constexpr std::int64_t kTeamsPerDepartment = 50;
constexpr std::int64_t kToolsPerServer = 100;
constexpr int kOperationsMax = 4096;  // different ones asked for

// Every rule is one allow pattern; half are exact, half end in a star.
std::string policy_text(std::int64_t rules) {
  std::string text =
      "version: 1\ncurrency: USD\ntimezone: UTC\n"
      "accounts:\n"
      "  /: {budgets: [{usd: \"1000000000\", window: month}]}\n"
      "  acme: {budgets: [{usd: \"100000000\", window: month}]}\n"
      "  acme/*: {budgets: [{usd: \"10000000\", window: month}]}\n"
      "  acme/*/*: {budgets: [{usd: \"1000000\", window: day}]}\n"
      "  acme/*/*/*: {role: agent}\n"
      "limits:\n"
      "  - {name: tools-per-run, match: \"tool:*\", per: run, calls: 1000000000}\n"
      "  - {name: tools-per-agent, match: \"tool:*\", per: agent, calls: 1000000000, window: day}\n"
      "roles:\n"
      "  agent:\n"
      "    budgets: [{usd: \"100000\", window: month}]\n"
      "    run: {max_age: 24h, lease: 24h, budgets: [{usd: \"100000\"}]}\n"
      "    allow:\n";
  for (std::int64_t rule = 0; rule < rules; ++rule) {
    text += fmt::format("      - \"tool:server-{}/tool_{}{}\"\n", rule / kToolsPerServer,
                        rule % kToolsPerServer, rule % 2 == 0 ? "" : "_*");
  }
  return text;
}

std::string operation(std::int64_t rule) {
  return fmt::format("tool:server-{}/tool_{}{}", rule / kToolsPerServer, rule % kToolsPerServer,
                     rule % 2 == 0 ? "" : "_now");
}

std::string agent_path(std::int64_t agent) {
  const std::int64_t team = agent / kAgentsPerTeam;
  return fmt::format("acme/department-{}/team-{}/agent-{}", team / kTeamsPerDepartment, team,
                     agent);
}

std::string run_id(std::int64_t agent) { return fmt::format("r_{:020}", agent); }

class Decider {
 public:
  // `active` of the agents ask, spread over the tree.
  Decider(std::int64_t rules, std::int64_t agents, std::int64_t active) {
    auto policy = Policy::compile(policy_text(rules), "bench", engine_.units());
    if (!policy) give_up(policy.error().text());
    const RecordReader none = [](std::uint64_t, const auto&) { return Result<void>{}; };
    if (auto done = engine_.start(*policy, "bench", none, now(), out_); !done)
      give_up(done.error().text());
    out_.clear();
    for (std::int64_t agent = 0; agent < agents; ++agent) {
      start_run(agent);
      if (agent * active / agents != (agent + 1) * active / agents)
        asking_.push_back(run_id(agent));
    }
    const std::int64_t step = std::max<std::int64_t>(1, rules / kOperationsMax);
    for (std::int64_t rule = 0; rule < rules; rule += step) operations_.push_back(operation(rule));
  }

  // Hold and settle, as a caller of the API would have them.
  void pair() {
    const std::string& run = asking_[random_() % asking_.size()];
    const std::string& wanted = operations_[random_() % operations_.size()];
    holder_.assign("run:").append(run);
    PlaceHold place;
    place.run_id = run;
    place.operation = wanted;
    place.holder = holder_;
    place.need.set(kUsd, 1'000'000);
    place.need.set(kCalls, 1);
    const Reply placed = ask(std::move(place));
    const auto* allowed = std::get_if<AllowReply>(&placed);
    if (allowed == nullptr) give_up(std::get<Refusal>(placed).sentence);
    ResolveHold settle;
    settle.hold = allowed->hold;
    settle.holder = holder_;
    settle.actual.set(kUsd, 700'000);
    settle.actual.set(kCalls, 1);
    ask(std::move(settle));
  }

  Json found() const {
    Json extra;
    const StatusView status = engine_.status();
    extra.set("accounts", static_cast<std::int64_t>(status.accounts))
        .set("meters", static_cast<std::int64_t>(status.meters))
        .set("resident_bytes", memory().resident_bytes)
        .set("peak_bytes", memory().peak_bytes);
    return extra;
  }

 private:
  Now now() { return Now{Time{time_us_ += 1}}; }

  void start_run(std::int64_t agent) {
    StartRun start;
    start.run_id = run_id(agent);
    start.account = agent_path(agent);
    start.actor = "bench";
    if (std::holds_alternative<Refusal>(ask(StartRun(start)))) give_up("a run was not started");
  }

  Reply ask(Command command) {
    out_.clear();
    engine_.step(++ticket_, std::move(command), now(), out_);
    return std::move(out_.replies.at(0).second);
  }

  Engine engine_;
  Output out_;
  Ticket ticket_ = 0;
  std::int64_t time_us_ = 1'763'000'000'000'000;
  std::vector<std::string> asking_, operations_;
  std::string holder_;
  std::mt19937_64 random_{1};
};

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::int64_t rules = 1000;
  std::int64_t agents = 100;
  std::int64_t active = 0;
  Flags flags("Hold and settle in process: D1 with 1,000 rules, D2 with 100,000.");
  common.declare(flags);
  flags.add("--rules", rules, "allow patterns in the agents' role")
      .add("--agents", agents, "agents with one live run each; two accounts an agent")
      .add("--active", active, "how many of them ask; 0: all");
  flags.parse(argc, argv);

  Decider decider(rules, agents, active > 0 ? active : agents);
  const Measured measured = measure(common, [&] { decider.pair(); });
  print_result("decide", measured.latency, measured.seconds, measured.latency.count(),
               decider.found());
}
