// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/node.h"

#include <fmt/format.h>

#include <utility>

#include "service/snapshotter.h"
#include "tests/sim/file_system.h"

namespace ringfence::sim {
namespace {

constexpr Duration kRemembered = Duration::hours(20);  // older holds may be forgotten

}  // namespace

Node::Node(Clock& clock, Oracle& oracle, std::unique_ptr<Journal> journal, std::string snapshots)
    : oracle_(oracle),
      journal_(std::move(journal)),
      snapshots_(std::move(snapshots)),
      metrics_(nullptr, [&clock] { return clock.read(); }),
      decider_({.clock = [&clock] { return clock.read(); },
                .put = [this](Batch& batch) { return put(batch); },
                .read_record = [this](auto after, const auto& units,
                                      const auto& give) { return read(after, units, give); }}),
      writer_(*journal_, metrics_, on_notice_, on_event_) {}

Result<std::unique_ptr<Node>> Node::start(Clock& clock, Oracle& oracle,
                                          std::shared_ptr<const Policy> file,
                                          const std::string& snapshots) {
  auto journal = Journal::open(JournalOptions{.data_dir = "data", .file_system = kFileSystem});
  if (!journal) return std::unexpected(journal.error());
  if (auto read = oracle.found(**journal); !read) return std::unexpected(read.error());
  std::unique_ptr<Node> node(new Node(clock, oracle, std::move(*journal), snapshots));
  const auto from = node->decider_.recover(*node->journal_, {std::move(file), "sim", snapshots});
  if (!from) return std::unexpected(from.error());
  node->began_from_ = *from;
  if (auto read = oracle.taken_over(*node->journal_); !read) return std::unexpected(read.error());
  node->decided_seq_ = node->journal_->last_seq();
  return node;
}

void Node::make_snapshot() { (void)ringfence::make_snapshot(*journal_, {.data_dir = snapshots_}); }

Ticket Node::submit(Command command, Handler handler) {
  const Ticket ticket = tickets_++;
  Request request = Single{ticket, std::move(command), std::move(handler)};
  requests_ += mailbox_.push(request, 1) ? 1 : 0;
  return ticket;
}

void Node::look(std::function<void(const Engine&, Time)> reader) {
  Request request = Query{std::move(reader)};
  requests_ += mailbox_.push(request, 1) ? 1 : 0;
}

// ---- the engine's turn

bool Node::decide() {
  requests_ = 0;
  auto drained = mailbox_.drain(Duration{});
  std::size_t open_holds = 0;
  drained.items.emplace_back(Query{[&](const Engine& engine, Time now) {
    meters_ = testing::World::meters_of(engine, now);
    open_holds = engine.status().open_holds;
    as_of_ = now;
  }});
  if (!decider_.decide(drained.items)) return false;
  oracle_.looked(meters_, open_holds, as_of_);
  return !failed_;
}

bool Node::put(Batch& batch) {
  oracle_.decided(batch);
  if (!batch.events.empty()) decided_seq_ = batch.events.back().seq;
  for (Delivery& delivery : batch.deliveries) {
    auto* call = std::get_if<ReplyCall>(&delivery);
    if (call == nullptr) continue;
    call->handler = [this, rests_on = decided_seq_, told = std::move(call->handler)](Reply reply) {
      oracle_.answered(rests_on, reply);
      told(std::move(reply));
    };
  }
  put_ = true;
  return outbox_.put(batch);
}

// The engine waits for the journal here, so this thread is the journal's for a while.
Result<void> Node::read(std::uint64_t after, const UnitTable& units,
                        const std::function<void(const Event&)>& give) {
  if (put_ && !write()) return fail(ErrorCode::unverifiable, "the journal has failed");
  UnitTable own = units;
  return journal_->replay(own, [&](const Event& event) -> Result<void> {
    if (event.seq > after) give(event);
    return {};
  });
}

std::string Node::picture() {
  std::string text;
  look([&](const Engine& engine, Time now) {
    for (const AccountView& account :
         engine.accounts_under("/", now, testing::World::kAccountsMax)) {
      text += fmt::format("{} role={} halted={}", account.path, account.role, account.halted);
      for (const PauseView& pause : account.pauses) {
        text += fmt::format(" pause={}/{}", pause.cause, pause.wall);
      }
      text += "\n";
    }
    for (const RunView& run : engine.live_runs(testing::World::kAccountsMax)) {
      text += fmt::format("run {} {} lease={} end={} holds={}\n", run.run_id, run.account,
                          run.lease_until.us, run.hard_end.us, run.holds);
    }
    for (const HaltView& halt : engine.halts()) {
      text += fmt::format("halt {} {} {}\n", halt.id, halt.account, halt.operation);
    }
    for (std::uint64_t number = 1; number <= engine.last_seq(); ++number) {
      const auto hold = engine.hold(HoldId{number});
      const bool lasts = hold && hold->holder != kGatewayHolder && now - hold->opened < kRemembered;
      if (!lasts) continue;
      text += fmt::format("hold {} {} {}", number, hold->run_id, to_string(hold->state));
      hold->charged.for_each([&](Unit unit, std::int64_t amount) {
        text += fmt::format(" {}:{}", unit.index, amount);
      });
      text += "\n";
    }
  });
  return decide() ? text : std::string();
}

// ---- the journal's turn

bool Node::write() {
  if (failed_) return false;
  if (!std::exchange(put_, false)) return true;
  auto batch = outbox_.take();
  if (!batch) return true;
  if (!batch->events.empty()) oracle_.committing(batch->events.back().seq);
  if (writer_.write(*batch)) {
    oracle_.committed();
    return true;
  }
  failed_ = true;
  outbox_.fail();
  return false;
}

bool Node::finish() { return decide() && decider_.finish() && write(); }

}  // namespace ringfence::sim
