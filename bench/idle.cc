// SPDX-License-Identifier: Apache-2.0
// M1: what a tree of idle accounts takes in memory, each with one budget and its meter.
//
// The engine takes the accounts and meters over from a record, as after a restart, and binds the
// policy in force. Bytes are of the whole process: what is resident after, less what was before.
#include <fmt/format.h>

#include <string>

#include "engine/engine.h"
#include "harness.h"
#include "policy/policy.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;

constexpr std::string_view kSecondBudget = ", budgets: [{calls: 1000, window: day}]";
constexpr std::string_view kPolicy = R"yaml(
version: 1
currency: USD
timezone: UTC
accounts:
  /: {{budgets: [{{usd: "1000000", window: month}}]}}
  acme/**: {{budgets: [{{usd: "100", window: month}}]}}
  acme/*/*: {{role: agent}}
roles:
  agent: {{allow: ["tool:*"]{}}}
)yaml";

constexpr std::int64_t kAgentsPerTeam = 100;

class Filler {
 public:
  explicit Filler(bool second_meter) : second_meter_(second_meter) {}

  void account(const std::string& path) {
    apply(AccountOpened{AccountId{accounts_++}, path});
    meter(path, "usd", WindowKind::month);
    if (second_meter_ && path.rfind('/') > path.find('/')) meter(path, "calls", WindowKind::day);
  }
  void start() {
    const std::string text = fmt::format(kPolicy, second_meter_ ? kSecondBudget : "");
    auto policy = Policy::compile(text, "bench", engine_.units());
    if (!policy) give_up(policy.error().text());
    Output out;
    const RecordReader none = [](std::uint64_t, const auto&) { return Result<void>{}; };
    const Now now{time_};
    if (auto done = engine_.start(*policy, "bench", none, now, out); !done)
      give_up(done.error().text());
  }
  StatusView status() const { return engine_.status(); }

 private:
  void meter(const std::string& path, const char* unit, WindowKind kind) {
    MeterOpened opened;
    opened.meter = MeterId{++meters_};
    opened.wall = "budget";
    opened.unit = unit;
    opened.window.kind = kind;
    opened.subject = path;
    opened.span = window_at(opened.window, time_, Zone());
    opened.settled = 1'000;
    apply(std::move(opened));
  }
  void apply(EventBody body) {
    const Event event{++seq_, time_, std::move(body)};
    if (auto done = engine_.apply(event); !done) give_up(done.error().text());
  }

  Engine engine_;
  bool second_meter_;
  Time time_{1'763'000'000'000'000};
  std::uint64_t seq_ = 0, meters_ = 0;
  std::uint32_t accounts_ = 1;  // the root is there
};

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::int64_t accounts = 1'000'000;
  bool second_meter = false;
  Flags flags("Memory of idle accounts with a budget each.");
  common.declare(flags);
  flags.add("--accounts", accounts, "agents; their teams come on top")
      .add("--second-meter", second_meter, "another budget and meter for each agent");
  flags.parse(argc, argv);

  const Memory before = memory();
  const std::int64_t start = ticks_ns();
  Filler filler(second_meter);
  filler.account("acme");
  for (std::int64_t agent = 0; agent < accounts; ++agent) {
    const std::string team = fmt::format("acme/team-{:05}", agent / kAgentsPerTeam);
    if (agent % kAgentsPerTeam == 0) filler.account(team);
    filler.account(fmt::format("{}/agent-{:07}", team, agent));
  }
  filler.start();
  const double seconds = static_cast<double>(ticks_ns() - start) / 1e9;
  const Memory after = memory();
  const StatusView status = filler.status();
  Json extra;
  extra.set("accounts", static_cast<std::int64_t>(status.accounts))
      .set("meters", static_cast<std::int64_t>(status.meters))
      .set("resident_bytes", after.resident_bytes - before.resident_bytes)
      .set("peak_bytes", after.peak_bytes - before.resident_bytes);
  print_result("idle", Histogram(), seconds, status.accounts, extra);
}
