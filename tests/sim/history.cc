// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "journal/snapshots.h"

namespace ringfence::sim {
namespace {

constexpr int kStepsMax = 200'000;  // of a phase; then somebody goes in circles
constexpr std::int64_t kPlenty = 1'000'000'000'000'000;
const std::string kAsked = "tool:t/b";  // what a person must agree to

// Nothing is refused for want of room under it.
model::PolicySpec generous(model::PolicySpec spec) {
  const auto open = [](model::WallSpec& wall) {
    wall.cap = kPlenty;
    wall.floor.reset();
    wall.mode = model::Mode::refuse;
  };
  std::ranges::for_each(spec.walls, open);
  std::ranges::for_each(spec.run_budgets, open);
  model::WallSpec run;
  run.unit = kCalls;
  run.window.kind = WindowKind::run;
  run.cap = kPlenty;
  const auto same = [](const model::WallSpec& wall) {
    return wall.unit == kCalls && wall.window.kind == WindowKind::run;
  };
  if (std::ranges::none_of(spec.run_budgets, same)) spec.run_budgets.push_back(run);
  spec.asked.clear();
  return spec;
}

}  // namespace

History::History(std::uint64_t seed)
    : rng_(seed),
      options_(Options::random(rng_)),
      clock_(rng_()),
      disk_(rng_(), clock_),
      file_system_(rng_(), disk_, clock_),
      schedule_(clock_),
      spec_(model::PolicySpec::random(rng_)),
      oracle_(policies_),
      network_(rng_(), schedule_, options_,
               [this](Command command, Node::Handler handler) {
                 arrive(std::move(command), std::move(handler));
               }),
      clients_(rng_(), schedule_, network_, oracle_, options_) {
  if (chance(rng_, 40)) spec_.asked = kAsked;
  file_ = compile(spec_);
  clients_.next_policy = [this] { return changed_policy(); };
  clients_.budgets = [this] {
    std::vector<model::WallSpec> budgets = spec_.walls;
    std::erase_if(budgets, [](const auto& wall) { return wall.scope != model::Scope::budget; });
    return budgets;
  };
}

std::string History::run() {
  if (!failed()) faults();
  if (!failed()) recover();
  if (!failed()) rest();
  node_.reset();
  return oracle_.failure();
}

// ---- policies

std::shared_ptr<const Policy> History::compile(model::PolicySpec spec) {
  const auto policy = Policy::compile(spec.document(), "policy", UnitTable{});
  if (!policy) {
    oracle_.fail("the policy: " + policy.error().text());
    return nullptr;
  }
  spec_ = spec;
  policies_.insert_or_assign((*policy)->sha256_hex(), std::move(spec));
  return *policy;
}

std::shared_ptr<const Policy> History::changed_policy() {
  return compile(spec_.changed(rng_, clock_.read().wall));
}

// ---- processes

void History::start() {
  if (node_) return;
  disk_.restart();
  if (!quiet_ && chance(rng_, 30)) disk_.heal();
  if (!quiet_ && chance(rng_, 10)) {
    disk_.die_at(chance(rng_, 50) ? Operation::sync : Operation::write,
                 static_cast<int>(pick(rng_, 1, 10)),
                 chance(rng_, 70) ? Death::power : Death::kill);
  }
  const std::uint64_t faults = disk_.counts().faults;
  auto node = Node::start(clock_, oracle_, file_, folder_.path());
  if (node) {
    from_snapshots_ += (*node)->began_from() > 0 ? 1 : 0;
    node_ = std::move(*node);
    return decide_soon();
  }
  const bool excused = disk_.dead() || disk_.counts().faults > faults;
  if (!excused) oracle_.fail("it does not start: " + node.error().text());
  die(Death::kill);
}

void History::end(bool in_order) {
  if (node_ && in_order && !node_->finish()) disk_.die(Death::kill);
  node_.reset();
  ++process_;
  deciding_ = false;
  writing_ = false;
  clients_.node_died();
  schedule_.after(Duration::millis(pick(rng_, 1, 5'000)), [this] { start(); });
}

void History::die(Death death) {
  disk_.die(death);
  end(false);
}

// After a failed commit the process exits; a disk that fails often takes the machine along.
void History::after_step(bool alive) {
  if (disk_.dead() || !alive) return die(chance(rng_, 30) ? Death::power : Death::kill);
  if (node_->has_batch()) write_soon();
  if (node_->has_requests()) return decide_soon();
  if (const auto patience = node_->patience()) {
    const std::uint64_t wake = ++wakes_;
    schedule_.after(*patience, [this, wake] {
      if (wake == wakes_ && node_) decide_soon();
    });
  }
}

void History::decide_soon() {
  if (std::exchange(deciding_, true)) return;
  schedule_.after(Duration{pick(rng_, 1, 300)}, [this, process = process_] {
    if (process != process_ || !node_) return;
    deciding_ = false;
    after_step(node_->decide());
  });
}

void History::write_soon() {
  if (std::exchange(writing_, true)) return;
  schedule_.after(Duration{pick(rng_, 1, 300)}, [this, process = process_] {
    if (process != process_ || !node_) return;
    writing_ = false;
    after_step(node_->write());
  });
}

void History::arrive(Command command, Node::Handler handler) {
  if (!node_) return;  // nobody listens
  node_->submit(std::move(command), std::move(handler));
  decide_soon();
}

// ---- safety

void History::faults() {
  clock_.stall(options_.stalls_per_mille);
  acts_left_ = static_cast<int>(pick(rng_, 40, 200));
  start();
  plan_act();
  plan_trouble();
  for (int i = 0; acts_left_ > 0 && !failed() && schedule_.step(); ++i) {
    if (i == kStepsMax) return oracle_.fail("the faults do not end");
  }
}

void History::plan_act() {
  schedule_.after(Duration{pick(rng_, 1, options_.between_acts.us)}, [this] {
    if (quiet_ || --acts_left_ < 0) return;
    clients_.act();
    plan_act();
  });
}

void History::plan_trouble() {
  schedule_.after(Duration{pick(rng_, 1, options_.between_troubles.us)}, [this] {
    if (quiet_) return;
    trouble();
    plan_trouble();
  });
}

void History::trouble() {
  const auto nth = [this](std::int64_t most) { return static_cast<int>(pick(rng_, 1, most)); };
  const Death death = chance(rng_, 75) ? Death::power : Death::kill;
  switch (static_cast<Trouble>(draw(rng_, options_.troubles))) {
    case Trouble::kill: return node_ ? die(Death::kill) : void();
    case Trouble::power_loss: return node_ ? die(Death::power) : void();
    case Trouble::die_in_sync: return disk_.die_at(Operation::sync, nth(8), death);
    case Trouble::die_in_write: return disk_.die_at(Operation::write, nth(40), death);
    case Trouble::disk_error: {
      const auto operation = static_cast<Operation>(pick(rng_, 0, 2));
      return disk_.fail({operation, nth(20), chance(rng_, 30), Outcome::failed});
    }
    case Trouble::disk_full:
      return disk_.fail({Operation::write, nth(40), chance(rng_, 50), Outcome::full});
    case Trouble::slow_disk: return disk_.slow_down(chance(rng_, 50) ? 0 : nth(20));
    case Trouble::clock_back: return clock_.step(Duration{-pick(rng_, 1, 7'200'000'000)});
    case Trouble::clock_forward:
      return clock_.step(Duration{pick(rng_, 1, chance(rng_, 80) ? 600'000'000 : 90'000'000'000)});
    case Trouble::stop: return node_ ? end(true) : void();
    case Trouble::edit_policy: file_ = changed_policy(); return;
    case Trouble::make_snapshot: return node_ ? node_->make_snapshot() : void();
    case Trouble::damage_snapshot: return damage_snapshot();
  }
}

// Nothing is lost with it: the record has it all.
void History::damage_snapshot() {
  const auto all = list_snapshots(folder_.path());
  if (all.empty()) return;
  const std::string path = snapshot_path(folder_.path(), all.front());
  auto bytes = read_file(path, kSnapshotFileMax);
  if (!bytes) return oracle_.fail(bytes.error().text());
  const auto at = static_cast<std::size_t>(pick(rng_, 0, std::ssize(*bytes) - 1));
  if (chance(rng_, 50)) {
    (*bytes)[at] ^= 1;
  } else {
    bytes->resize(at);
  }
  if (auto written = write_file_atomic(path, *bytes, 0600); !written) {
    oracle_.fail(written.error().text());
  }
}

// ---- liveness

// The reply of its kind, or a failure.
template <class Kind>
std::optional<Kind> History::ask(Command command, const std::string& what) {
  std::optional<Reply> heard;
  arrive(std::move(command), [&heard](Reply reply) { heard = std::move(reply); });
  for (int i = 0; !heard && !failed() && i < kStepsMax && schedule_.step(); ++i) {
  }
  if (failed()) return std::nullopt;
  if (!heard) {
    oracle_.fail("no answer to " + what);
    return std::nullopt;
  }
  if (auto* kind = std::get_if<Kind>(&*heard)) return std::move(*kind);
  const auto* refusal = std::get_if<Refusal>(&*heard);
  if (refusal == nullptr) {
    oracle_.fail("another answer to " + what);
  } else if (!refusal->wall) {
    oracle_.fail(fmt::format("{} is refused: {}", what, to_string(refusal->reason)));
  } else {
    const WallState& wall = *refusal->wall;
    oracle_.fail(fmt::format("{} is refused: {} at {} of {}, {} + {} + {} of {} {}", what,
                             to_string(refusal->reason), wall.name, wall.account, wall.settled,
                             wall.held, wall.need, wall.cap, wall.unit));
  }
  return std::nullopt;
}

void History::recover() {
  quiet_ = true;
  disk_.heal();
  clock_.stall(0);
  clock_.set_right();
  network_.heal();
  clients_.wind_up();
  if (!node_) start();
  if (!node_) return;
  if (!ask<OkReply>(ConfirmClock{"operator"}, "confirming the clock")) return;
  // What was sent before, such as another policy, must have come or been lost by then.
  const Duration calm = clock_.elapsed() + options_.delay_max + options_.delay_max;
  for (int i = 0; clients_.unanswered() > 0 || clock_.elapsed() < calm; ++i) {
    if (failed()) return;
    if (i < kStepsMax && schedule_.step()) continue;
    if (clients_.unanswered() == 0) break;
    return oracle_.fail(fmt::format("{} clients hear nothing", clients_.unanswered()));
  }
  if (!failed()) start_again();
  if (!failed()) admit();
}

// Admission works again, once people have lifted what people and budgets had stopped.
void History::admit() {
  std::vector<std::string> halts, paused;
  node_->look([&](const Engine& engine, Time now) {
    for (const HaltView& halt : engine.halts()) halts.push_back(halt.id);
    for (const AccountView& account :
         engine.accounts_under("/", now, testing::World::kAccountsMax)) {
      if (!account.pauses.empty()) paused.push_back(account.path);
    }
  });
  const AdoptPolicy policy{compile(generous(spec_)), "operator", PolicySource::api, {}, {}};
  if (!ask<PolicyReply>(policy, "a generous policy")) return;
  for (const std::string& id : halts) {
    if (!ask<OkReply>(LiftHalt{id, "operator", "over"}, "lifting a halt")) return;
  }
  for (const std::string& account : paused) {
    if (!ask<OkReply>(ResumeAccount{account, "operator", "fine"}, "resuming an account")) return;
  }
  StartRun start;
  start.run_id = "r_last";
  start.account = model::kAgents.front();
  start.actor = "operator";
  if (!ask<RunReply>(start, "a run")) return;
  PlaceHold place;
  place.run_id = start.run_id;
  place.holder = "run:" + start.run_id;
  place.operation = "tool:t/a";
  place.need.set(kUsd, 1'000'000'000);
  const auto allowed = ask<AllowReply>(place, "a hold");
  if (!allowed) return;
  ResolveHold settle;
  settle.hold = allowed->hold;
  settle.holder = place.holder;
  settle.actual.set(kUsd, 500'000'000);
  const auto settled = ask<ResolveReply>(settle, "its settling");
  if (settled && settled->charged.get(kUsd) != 500'000'000) oracle_.fail("its charge is another");
}

// Every hold ends by itself, and the counters are what the record adds up to. Where a clock that
// ran ahead was believed, the node's own time stands still until the right one has come that far.
void History::rest() {
  const Duration ahead = node_->as_of() - clock_.read().wall;
  clock_.pass(Duration::hours(2) + std::max(ahead, Duration{}));
  if (!node_->decide() || !node_->write()) return oracle_.fail("it fails at rest");
  oracle_.at_rest(node_->meters(), node_->as_of());
  if (!failed()) start_again();
  if (!failed()) oracle_.at_rest(node_->meters(), node_->as_of());
}

// One more process finds what the last one knew.
void History::start_again() {
  const std::string before = node_->picture();
  if (!node_->finish()) return oracle_.fail("it does not stop in order");
  node_.reset();
  ++process_;
  deciding_ = false;
  writing_ = false;
  auto again = Node::start(clock_, oracle_, file_, folder_.path());
  if (!again) return oracle_.fail("it does not start again: " + again.error().text());
  node_ = std::move(*again);
  const std::string after = node_->picture();
  if (after != before) oracle_.fail("replay is not life:\n" + before + "\nbecame\n" + after);
  if (!failed()) after_step(true);
}

}  // namespace ringfence::sim
