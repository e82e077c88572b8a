// SPDX-License-Identifier: Apache-2.0
// The duel's rules: giving commands, judging answers, comparing what is to be seen.
#include "tests/property/ledger_duel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace ringfence::model {
namespace {

constexpr std::size_t kTraceDefault = 25;
constexpr int kTicksMax = 10'000;

// RINGFENCE_MODEL_TRACE: how many of the last commands are shown.
std::size_t trace_shown() {
  const char* value = std::getenv("RINGFENCE_MODEL_TRACE");
  return value == nullptr ? kTraceDefault : std::strtoull(value, nullptr, 10);
}

std::string text_of(const Amounts& amounts) {
  static const UnitTable units;
  std::string text;
  amounts.for_each([&](Unit unit, std::int64_t amount) {
    text += fmt::format(" {}={}", units.name(unit), format_amount(unit, amount));
  });
  return text;
}

std::string text_of(const std::optional<Reply>& reply) {
  if (!reply) return "waits";
  if (const auto* refusal = std::get_if<Refusal>(&*reply)) {
    std::string text = "refuse " + std::string(to_string(refusal->reason));
    if (refusal->wall) {
      text += fmt::format(" ({} {} {} {}: {} + {} + {} of {})", refusal->wall->name,
                          refusal->wall->account, refusal->wall->unit,
                          to_string(refusal->wall->window), refusal->wall->settled,
                          refusal->wall->held, refusal->wall->need, refusal->wall->cap);
    }
    return text;
  }
  if (const auto* allow = std::get_if<AllowReply>(&*reply)) {
    return fmt::format("allow #{} cap={}{}", allow->hold.number, allow->output_cap.value_or(-1),
                       text_of(allow->held));
  }
  if (const auto* resolved = std::get_if<ResolveReply>(&*reply)) {
    return std::string(to_string(resolved->state)) + text_of(resolved->charged);
  }
  return "ok";
}

std::string text_of(const Verdict& verdict) {
  if (verdict.kind == Verdict::Kind::wait) return "waits";
  if (verdict.kind == Verdict::Kind::refuse) {
    return "refuse " + std::string(to_string(verdict.reason));
  }
  return fmt::format("allow cap={}{}", verdict.output_cap, text_of(verdict.need));
}

bool agrees(const Verdict& verdict, const std::optional<Reply>& reply) {
  if (!reply) return verdict.kind == Verdict::Kind::wait;
  if (const auto* refusal = std::get_if<Refusal>(&*reply)) {
    return verdict.kind == Verdict::Kind::refuse && verdict.reason == refusal->reason;
  }
  const auto* allow = std::get_if<AllowReply>(&*reply);
  return allow != nullptr && verdict.kind == Verdict::Kind::allow && verdict.need == allow->held &&
         verdict.output_cap == allow->output_cap.value_or(-1);
}

}  // namespace

Duel::Duel(std::uint64_t seed, bool reloads)
    : seed_(seed), rng_(seed), model_(PolicySpec::random(rng_)) {
  const auto add = [&](int weight, void (Duel::*move)()) {
    // Swarm: each seed leaves some moves out and prefers others.
    const std::int64_t share = chance(rng_, 15) ? 0 : pick(rng_, 1, 4);
    moves_.push_back({weight * static_cast<int>(share), [this, move] { (this->*move)(); }});
  };
  moves_.push_back({60, [this] { place_hold(); }});
  moves_.push_back({12, [this] { pass_time(); }});
  moves_.push_back({4, [this] { start_run(); }});
  add(15, &Duel::resolve_hold);
  add(2, &Duel::delegate);
  add(1, &Duel::end_run);
  add(2, &Duel::renew_run);
  add(4, &Duel::extend_hold);
  add(2, &Duel::correct_hold);
  add(3, &Duel::cancel_hold);
  add(2, &Duel::raise_cap);
  add(1, &Duel::pause_account);
  add(2, &Duel::resume_account);
  add(1, &Duel::place_halt);
  add(2, &Duel::lift_halt);
  add(2, &Duel::restart);
  if (reloads) add(2, &Duel::reload);
}

std::string Duel::fight(int commands) {
  world_.now = Time{1'774'000'000'000'000 + pick(rng_, 0, 86'400'000'000)};
  model_.now = world_.now;
  if (auto started = world_.start(model_.policy.document()); !started) {
    return "policy: " + started.error().text() + "\n" + model_.policy.document();
  }
  start_run();
  int total = 0;
  for (const Move& move : moves_) total += move.weight;
  for (int i = 0; i < commands && !failed(); ++i, ++done_) {
    if (model_.live_runs() == 0 && chance(rng_, 80)) revive();
    std::int64_t at = pick(rng_, 0, total - 1);
    for (const Move& move : moves_) {
      at -= move.weight;
      if (at >= 0) continue;
      move.make();
      break;
    }
    if (!failed()) compare();
  }
  if (!failed()) check_rest();
  return failure_;
}

void Duel::fail(const std::string& what) {
  if (failed()) return;
  for (const Waiter& waiter : model_.waiters) {
    trace_.push_back(fmt::format("waits: [{}] since {} at {}", waiter.ticket,
                                 format_rfc3339(waiter.since), fmt::join(waiter.queued_at, ", ")));
  }
  const std::size_t shown = std::min(trace_.size(), trace_shown());
  failure_ = fmt::format(
      "{}\npolicy:\n{}\nlast commands:\n  {}\n", what, model_.policy.document(),
      fmt::join(trace_.end() - static_cast<std::ptrdiff_t>(shown), trace_.end(), "\n  "));
}

// ---- giving

std::optional<Reply> Duel::give(Command command, const std::string& what) {
  const Ticket ticket = ++last_ticket_;
  world_.step(ticket, std::move(command));
  std::optional<Reply> mine;
  for (const auto& [to, reply] : world_.out.replies) {
    if (to != ticket) continue;
    if (mine) fail("answered twice");
    mine = reply;
  }
  trace_.push_back(
      fmt::format("{} [{}] {} -> {}", format_rfc3339(world_.now), ticket, what, text_of(mine)));
  return mine;
}

// Waiters that this step answered, in its order; each must be what the rules say by then.
void Duel::others_answered(Ticket own) {
  for (const auto& [ticket, reply] : world_.out.replies) {
    if (ticket == own || ticket == 0 || failed()) continue;
    trace_.push_back(fmt::format("    [{}] is told {}", ticket, text_of(reply)));
    const auto found = std::ranges::find(model_.waiters, ticket, &Waiter::ticket);
    if (found == model_.waiters.end()) return fail("an answer for nobody who waits");
    const auto before = static_cast<std::size_t>(found - model_.waiters.begin());
    const PlaceHold request = found->request;
    const bool may_wait = model_.now < found->until;
    if (!accept(request, before, may_wait, reply, ticket)) return;
    model_.waiters.erase(model_.waiters.begin() + static_cast<std::ptrdiff_t>(before));
  }
}

void Duel::run_ticks() {
  for (int i = 0; world_.engine().next_tick() <= world_.now && !failed(); ++i) {
    if (i == kTicksMax) return fail("the engine asks for ticks in circles");
    world_.step(0, Tick{});
    model_.now = world_.now;
    model_.tick();
    others_answered(0);
  }
}

bool Duel::accept_kept(const LedgerModel::Kept& kept, const PlaceHold& request,
                       const Reply& reply) {
  const auto* refusal = std::get_if<Refusal>(&reply);
  const auto* allow = std::get_if<AllowReply>(&reply);
  if (kept.digest != request.request_digest) {
    return refusal != nullptr && refusal->reason == Reason::conflict;
  }
  if (kept.hold) return allow != nullptr && allow->hold == *kept.hold;
  return refusal != nullptr && refusal->reason == kept.reason;
}

// Judges the answer to a request for a hold, and lets the model do the same.
bool Duel::accept(const PlaceHold& request, std::size_t before, bool may_wait,
                  const std::optional<Reply>& reply, Ticket ticket) {
  if (const auto kept = model_.kept(request)) {
    if (!reply || !accept_kept(*kept, request, *reply)) {
      fail("a bound key, and yet: " + text_of(reply));
    }
    return !failed();
  }
  const bool may = model_.yields(request, before, false);
  const bool must = may && model_.yields(request, before, true);
  std::vector<Verdict> verdicts;
  if (!must) verdicts.push_back(model_.decide(request, may_wait, false));
  if (may) verdicts.push_back(model_.decide(request, may_wait, true));
  const bool waited = before < model_.waiters.size();
  for (Verdict& verdict : verdicts) {
    if (waited && verdict.reason == Reason::credential_revoked && model_.halted(request)) {
      verdict.reason = Reason::halted;
    }
    if (!agrees(verdict, reply)) continue;
    if (verdict.kind == Verdict::Kind::allow) {
      model_.place(ticket, request, verdict, std::get<AllowReply>(*reply).hold);
    } else if (verdict.kind == Verdict::Kind::refuse) {
      model_.refuse(request, verdict);
    } else {
      model_.waiters.push_back({ticket, request, model_.now,
                                model_.now + std::min(request.wait, Duration::seconds(30)),
                                model_.touches(request, LedgerModel::Reach::full)});
    }
    return true;
  }
  std::string expected;
  for (const Verdict& verdict : verdicts) expected += " / " + text_of(verdict);
  fail(fmt::format("expected{}, found {}", expected, text_of(reply)));
  return false;
}

void Duel::expect(const std::optional<Reason>& reason, const std::optional<Reply>& reply) {
  const auto* refusal = reply ? std::get_if<Refusal>(&*reply) : nullptr;
  const bool same =
      reply && (reason ? refusal != nullptr && refusal->reason == *reason : refusal == nullptr);
  if (!same) {
    fail(fmt::format("expected {}, found {}", reason ? to_string(*reason) : "ok", text_of(reply)));
  }
}

// ---- comparing

void Duel::compare() {
  compare_meters();
  compare_pauses();
  check_waiters();
  const auto open = std::ranges::count_if(model_.holds, [](const Hold& hold) { return hold.open; });
  const auto found = static_cast<std::ptrdiff_t>(world_.engine().status().open_holds);
  if (open != found) fail(fmt::format("{} holds are open, expected {}", found, open));
}

void Duel::compare_meters() {
  for (const auto& [name, view] : world_.meters()) {
    std::optional<Wall> wall;
    if (name.wall == "budget") {
      for (const Wall& each : model_.budgets_at(name.subject)) {
        if (each.rule.unit == view.unit && each.rule.window == view.window) wall = each;
      }
    } else {
      for (const WallSpec& rule : model_.policy.walls) {
        const bool same = rule.name == name.wall && rule.unit == view.unit &&
                          rule.window == view.window;  // a name alone may be drawn twice
        if (same) wall = Wall{rule, name.subject};
      }
    }
    if (!wall) return fail("a meter that no rule makes: " + name.text());
    const std::int64_t settled = model_.settled(*wall, model_.now);
    const std::int64_t held = model_.held(*wall, model_.now);
    const std::int64_t cap = model_.cap(*wall);
    if (view.settled == settled && view.held == held && view.cap == cap) continue;
    return fail(fmt::format("{} shows {} + {} of {}, expected {} + {} of {}", name.text(),
                            view.settled, view.held, view.cap, settled, held, cap));
  }
  for (const auto& [id, run] : model_.runs) {
    if (!run.live(model_.now)) continue;
    std::size_t expected = 0;
    for (const std::string& operation : {std::string("tool:t/a"), kFreeModel}) {
      expected = std::max(expected, model_.walls_of(run, operation).size());
    }
    if (world_.engine().quota(id, world_.now).size() < expected) {
      return fail("quota leaves out a wall above " + id);
    }
  }
}

void Duel::compare_pauses() {
  for (const AccountView& account :
       world_.engine().accounts_under("/", world_.now, testing::World::kAccountsMax)) {
    const auto expected = std::ranges::count_if(
        model_.pauses, [&](const auto& pause) { return pause.first == account.path; });
    if (expected == static_cast<std::ptrdiff_t>(account.pauses.size())) continue;
    return fail(fmt::format("{} has {} pauses, expected {}", account.path, account.pauses.size(),
                            expected));
  }
}

// Nobody waits past the end, nor for what is free.
void Duel::check_waiters() {
  for (std::size_t i = 0; i < model_.waiters.size(); ++i) {
    Waiter& waiter = model_.waiters[i];
    const std::set<std::string> full = model_.touches(waiter.request, LedgerModel::Reach::full);
    std::erase_if(waiter.queued_at, [&](const std::string& key) { return !full.contains(key); });
    if (model_.now >= waiter.until) {
      return fail(fmt::format("[{}] waits past its time", waiter.ticket));
    }
    if (model_.kept(waiter.request) || model_.yields(waiter.request, i, false)) continue;
    const Verdict verdict = model_.decide(waiter.request, true, false);
    if (verdict.kind == Verdict::Kind::allow) {
      return fail(fmt::format("[{}] waits for what is free", waiter.ticket));
    }
  }
}

// With nothing open, the counters are what the record adds up to.
void Duel::check_rest() {
  world_.now = world_.now + Duration::hours(2);
  model_.now = world_.now;
  run_ticks();
  if (failed()) return;
  testing::RecordFold fold;
  fold.units = world_.engine().units();
  for (const Event& event : world_.record) fold.feed(event);
  if (fold.open_holds() != 0) return fail("holds are open two hours on");
  for (const auto& [name, view] : world_.meters()) {
    if (view.window.kind == WindowKind::rolling) continue;
    std::int64_t settled = 0;
    for (const auto& [id, meter] : fold.meters()) {
      const bool same = meter.wall == name.wall && meter.unit == name.unit &&
                        meter.subject == name.subject && meter.window == view.window;
      if (same && meter.span.contains(world_.now)) settled = meter.settled;
    }
    if (settled != view.settled || view.held != 0) {
      return fail(fmt::format("at rest {} shows {} + {}, the record adds up to {}", name.text(),
                              view.settled, view.held, settled));
    }
  }
  compare_meters();
}

}  // namespace ringfence::model
