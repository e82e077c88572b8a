// SPDX-License-Identifier: Apache-2.0
// R1: restarts on a long record. Makes a journal of holds and their settles, then opens the
// service on it as `ringfence serve` does: reads, checks the chain, decodes, applies, starts. First
// without a snapshot; then from one that is --tail events old, as after a kill; then from one of
// the newest event, as after an orderly stop.
//
// The latency it prints is of the restart without a snapshot, the throughput is in its events.
#include <fmt/format.h>

#include <fstream>

#include "base/clock.h"
#include "engine/engine.h"
#include "harness.h"
#include "journal/journal.h"
#include "journal/snapshots.h"
#include "policy/policy.h"
#include "service/recovery.h"
#include "service/service.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;

constexpr std::size_t kEventsPerCommit = 4'000;
constexpr std::int64_t kAgents = 64;

class Maker {
 public:
  Maker(const std::string& data, const std::string& policy_text) {
    auto opened = Journal::open(data);
    if (!opened) give_up(opened.error().text());
    journal_ = *std::move(opened);
    auto policy = Policy::compile(policy_text, "bench", engine_.units());
    if (!policy) give_up(policy.error().text());
    const RecordReader none = [](std::uint64_t, const auto&) { return Result<void>{}; };
    if (auto done = engine_.start(*policy, "bench", none, now(), out_); !done) {
      give_up(done.error().text());
    }
  }

  void make(std::uint64_t events) {
    for (std::int64_t agent = 0; agent < kAgents; ++agent) start_run(agent);
    for (std::size_t i = 0; journal_->last_seq() < events; ++i) pair(runs_[i % runs_.size()]);
    for (const std::string& run : runs_) end_run(run);
    commit();
  }

 private:
  Now now() { return Now{Time{time_us_ += 1}}; }

  void start_run(std::int64_t agent) {
    StartRun start;
    start.run_id = fmt::format("r_{:020}", agent);
    start.account =
        fmt::format("acme/department-{}/team-{}/agent-{}", agent / 32, agent / 8, agent);
    start.actor = "bench";
    runs_.push_back(start.run_id);
    ask(std::move(start));
  }

  void end_run(const std::string& run) {
    EndRun end;
    end.run_id = run;
    end.actor = "bench";
    ask(std::move(end));
  }

  void pair(const std::string& run) {
    PlaceHold place;
    place.run_id = run;
    place.operation = "tool:server-3/tool_342";
    place.holder = "run:" + run;
    place.need.set(kUsd, 1'000'000);
    const Reply placed = ask(std::move(place));
    const auto* allowed = std::get_if<AllowReply>(&placed);
    if (allowed == nullptr) give_up(std::get<Refusal>(placed).sentence);
    ResolveHold settle;
    settle.hold = allowed->hold;
    settle.holder = "run:" + run;
    settle.actual.set(kUsd, 700'000);
    settle.actual.set(kCalls, 1);
    ask(std::move(settle));
  }

  Reply ask(Command command) {
    engine_.step(++ticket_, std::move(command), now(), out_);
    Reply reply = std::move(out_.replies.at(0).second);
    if (const auto* refusal = std::get_if<Refusal>(&reply)) give_up(refusal->sentence);
    out_.replies.clear();
    if (out_.events.size() >= kEventsPerCommit) commit();
    return reply;
  }

  void commit() {
    if (auto done = journal_->append(out_.events, engine_.units()); !done) {
      give_up(done.error().text());
    }
    out_.clear();
  }

  Engine engine_;
  std::unique_ptr<Journal> journal_;
  Output out_;
  Ticket ticket_ = 0;
  std::int64_t time_us_ = SystemClock::read().wall.us;
  std::vector<std::string> runs_;
};

// In seconds.
double restart(const std::string& data, const std::string& policy_text) {
  auto policy = Policy::compile(policy_text, "bench");
  if (!policy) give_up(policy.error().text());
  ServiceOptions options;
  options.data_dir = data;
  options.policy = *policy;
  options.version = "bench";
  options.snapshots.every = 0;
  const std::int64_t start = ticks_ns();
  auto service = Service::open(std::move(options));
  const std::int64_t took = ticks_ns() - start;
  if (!service) give_up(service.error().text());
  return static_cast<double>(took) / 1e9;
}

struct Made {
  double seconds = 0;
  std::uint64_t bytes = 0;
};

// At that event, as the service does beside its work.
Made make_snapshot(const std::string& data, std::uint64_t at) {
  const std::int64_t start = ticks_ns();
  auto reader = JournalReader::open(data);
  if (!reader) give_up(reader.error().text());
  Engine engine;
  const auto recovered = recover(engine, **reader, {.data_dir = data, .last = at});
  if (!recovered) give_up(recovered.error().text());
  const std::string state = engine.snapshot();
  const auto written = write_snapshot(data, recovered->at, engine.last_time(), state);
  if (!written) give_up(written.error().text());
  return {static_cast<double>(ticks_ns() - start) / 1e9, state.size()};
}

Json::Number seconds(double s) { return Json::Number{fmt::format("{:.3f}", s)}; }

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::string data, policy_file;
  std::int64_t events = 1'000'000;
  std::int64_t tail = 500'000;
  Flags flags("Restarts on a record of so many events.");
  common.declare(flags);
  flags.add("--data", data, "folder of the journal; made when it is not there")
      .add("--policy", policy_file, "the policy's file")
      .add("--events", events, "in the journal")
      .add("--tail", tail, "of them since the snapshot, after a kill");
  flags.parse(argc, argv);
  std::ifstream file(policy_file, std::ios::binary);
  if (!file) give_up("no file " + policy_file);
  const std::string policy_text(std::istreambuf_iterator<char>(file), {});

  const std::int64_t begun = ticks_ns();
  Maker(data, policy_text).make(static_cast<std::uint64_t>(events));
  const double making = static_cast<double>(ticks_ns() - begun) / 1e9;
  const double cold = restart(data, policy_text);
  const auto peak = memory().peak_bytes;
  const auto behind = static_cast<std::uint64_t>(events - std::min(events, tail));
  const Made first = make_snapshot(data, behind);
  const double killed = restart(data, policy_text);
  const Made second = make_snapshot(data, UINT64_MAX);
  const double stopped = restart(data, policy_text);
  bench::Histogram histogram;
  histogram.add(static_cast<std::int64_t>(cold * 1e9));
  print_result("recover", histogram, cold, static_cast<std::uint64_t>(events),
               Json()
                   .set("made_in_s", seconds(making))
                   .set("peak_bytes", peak)
                   .set("tail", tail)
                   .set("with_tail_s", seconds(killed))
                   .set("with_newest_s", seconds(stopped))
                   .set("first_snapshot_s", seconds(first.seconds))
                   .set("next_snapshot_s", seconds(second.seconds))
                   .set("snapshot_bytes", static_cast<std::int64_t>(second.bytes)));
}
