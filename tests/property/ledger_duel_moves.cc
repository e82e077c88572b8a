// SPDX-License-Identifier: Apache-2.0
// The duel's moves.
#include <fmt/format.h>

#include <algorithm>

#include "tests/property/ledger_duel.h"

namespace ringfence::model {
namespace {

constexpr Duration kRemembered = Duration::hours(23);  // what is older may be forgotten

const std::vector<std::string> kOperations{"tool:t/a",     "tool:t/a",   "tool:t/b",   "cmd:ls",
                                           kPricedTool,    kPricedModel, kPricedModel, kFreeModel,
                                           kUnpricedModel, "fs:w:/etc/x"};

std::int64_t random_usd(Rng& rng) { return pick(rng, 0, 60) * 10'000'000 + pick(rng, 0, 2); }

}  // namespace

// ---- choosing

Run* Duel::random_run(bool any) {
  std::vector<Run*> found;
  for (auto& [id, run] : model_.runs) {
    if (run.live(model_.now) || (any && (!run.ended || model_.now - run.ended_at < kRemembered))) {
      found.push_back(&run);
    }
  }
  return found.empty() ? nullptr : one_of(rng_, found);
}

Hold* Duel::random_hold(bool open_only) {
  std::vector<Hold*> found;
  for (Hold& hold : model_.holds) {
    const bool known = hold.open || model_.now - hold.resolved < kRemembered;
    if (known && (hold.open || !open_only)) found.push_back(&hold);
  }
  if (found.empty()) return nullptr;
  // Mostly the newest.
  const std::size_t recent = std::min<std::size_t>(found.size(), 8);
  if (chance(rng_, 80))
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(recent));
  return one_of(rng_, found);
}

std::string Duel::random_account() {
  std::vector<std::string> accounts{"/", "a", "b"};
  for (const auto& [id, run] : model_.runs) {
    accounts.push_back(run.agent);
    if (!run.ended) accounts.push_back(run.account);
  }
  std::erase_if(accounts, [&](const std::string& path) {
    return !world_.engine().account(path, world_.now).has_value();
  });
  return one_of(rng_, accounts);
}

// ---- runs

void Duel::start_run() {
  StartRun start;
  start.run_id = fmt::format("r_{}", ++last_run_);
  start.account = one_of(rng_, kAgents);
  start.actor = "test";
  if (chance(rng_, 40)) start.identity.user = chance(rng_, 50) ? "alice" : "bob";
  if (chance(rng_, 30)) start.budgets.push_back({kUsd, pick(rng_, 0, 300) * 10'000'000});
  if (chance(rng_, 20)) start.budgets.push_back({kCalls, pick(rng_, 1, 30)});
  const auto refused = model_.refuses_run(start);
  const auto reply = give(
      start, fmt::format("run {} {} user={}", start.run_id, start.account, start.identity.user));
  expect(refused, reply);
  if (!failed() && !refused) model_.start_run(start, std::get<RunReply>(*reply));
  others_answered(last_ticket_);
}

void Duel::delegate() {
  const Run* parent = random_run(true);
  if (parent == nullptr || parent->chain.size() > 4) return;
  StartRun start;
  start.run_id = fmt::format("r_{}", ++last_run_);
  start.parent_run = parent->id;
  start.actor = "test";
  if (chance(rng_, 60)) start.budgets.push_back({kUsd, pick(rng_, 0, 100) * 10'000'000});
  const auto refused = model_.refuses_run(start);
  const auto reply = give(start, fmt::format("delegate {} {}", start.run_id, parent->id));
  expect(refused, reply);
  if (!failed() && !refused) model_.start_run(start, std::get<RunReply>(*reply));
  others_answered(last_ticket_);
}

void Duel::end_run() {
  const Run* run = random_run(true);
  if (run == nullptr) return;
  expect({}, give(EndRun{run->id, "test", "done"}, "end " + run->id));
  model_.end_run(std::string(run->account), false);
  others_answered(last_ticket_);
}

void Duel::renew_run() {
  Run* run = random_run(true);
  if (run == nullptr) return;
  const auto refused =
      run->ended ? std::optional(Reason::credential_revoked) : std::optional<Reason>();
  expect(refused, give(RenewRun{run->id, "test"}, "renew " + run->id));
  if (!refused) run->lease_until = model_.now + run->lease;
  others_answered(last_ticket_);
}

// ---- holds

void Duel::random_need(PlaceHold& request) {
  const bool model = request.operation.starts_with("llm:");
  if (chance(rng_, 60)) request.need.set(kUsd, random_usd(rng_));
  if (chance(rng_, 25)) request.need.set(kCalls, pick(rng_, 0, 4));
  if (!model) return;
  const bool gateway = request.holder == kGatewayHolder;
  if (gateway || chance(rng_, 60)) request.need.set(kInputTokens, pick(rng_, 0, 60));
  if (!gateway && chance(rng_, 60)) request.need.set(kOutputTokens, pick(rng_, 0, 30));
  if (!gateway && chance(rng_, 15)) request.need.set(kTokens, pick(rng_, 0, 120));
  if (!gateway) return;
  request.need.clear(kUsd);
  const FlatPrice* price = price_of(request.operation);
  OutputBound output;
  output.wanted_tokens = pick(rng_, 0, 40);
  output.min_tokens = pick(rng_, 0, 10);
  output.choices = chance(rng_, 20) ? 2 : 1;
  output.output_pico = price != nullptr ? price->output_pico : 0;
  output.fixed_pico = price != nullptr ? price->input_pico * request.need.get(kInputTokens) : 0;
  output.clamp = chance(rng_, 75);
  request.output = output;
}

PlaceHold Duel::random_request() {
  PlaceHold request;
  const Run* run = random_run(chance(rng_, 5));
  request.run_id = run != nullptr ? run->id : "r_nobody";
  request.operation = one_of(rng_, kOperations);
  const bool gateway = chance(rng_, request.operation.starts_with("llm:") ? 60 : 15);
  request.holder = gateway ? std::string(kGatewayHolder) : "run:" + request.run_id;
  random_need(request);
  if (gateway) request.physical_max.set(kUsd, pick(rng_, 50, 200) * 10'000'000);
  request.ttl = chance(rng_, 30) ? Duration::seconds(pick(rng_, 1, 20))
                                 : Duration::millis(pick(rng_, 1, 3'600'000));
  if (chance(rng_, 30)) request.wait = Duration::millis(pick(rng_, 1, 40'000));
  if (chance(rng_, 15)) request.idempotency_key = fmt::format("k{}", pick(rng_, 1, 6));
  // Few contents, so that keys meet the same and others.
  request.request_digest = sha256(fmt::format("{}", pick(rng_, 1, 3)));
  request.args_digest = sha256(fmt::format("{}", pick(rng_, 1, 2)));
  return request;
}

void Duel::place_hold() {
  PlaceHold request = random_request();
  if (const auto kept = model_.kept(request); kept && kept->hold) {
    const Hold* hold = model_.find(*kept->hold);
    if (!hold->open && model_.now - hold->resolved >= kRemembered) request.idempotency_key.clear();
  }
  std::string need;
  request.need.for_each(
      [&](Unit unit, std::int64_t n) { need += fmt::format(" {}:{}", unit.index, n); });
  const auto reply = give(
      request,
      fmt::format(
          "hold {} {} by {} need{} wait={} key={} ttl={}us{}", request.run_id, request.operation,
          request.holder, need, request.wait.whole_ms(), request.idempotency_key, request.ttl.us,
          request.output ? fmt::format(" out={} min={} n={} clamp={}",
                                       request.output->wanted_tokens, request.output->min_tokens,
                                       request.output->choices, request.output->clamp)
                         : ""));
  const Ticket ticket = last_ticket_;
  if (!failed()) {
    accept(request, model_.waiters.size(), request.wait.us > 0, reply, ticket);
  }
  others_answered(ticket);
}

Amounts Duel::random_actual(const Hold& hold) {
  Amounts actual;
  hold.need.for_each([&](Unit unit, std::int64_t held) {
    if (unit == kSeconds || unit == kConcurrent || chance(rng_, 40)) return;
    std::int64_t used = chance(rng_, 25) ? held : pick(rng_, 0, held);
    if (chance(rng_, 8)) used = held + pick(rng_, 1, std::max<std::int64_t>(1, held * 3));
    actual.set(unit, used);
  });
  return actual;
}

void Duel::resolve_hold() {
  Hold* hold = random_hold(chance(rng_, 80));
  if (hold == nullptr) return;
  ResolveHold resolve;
  resolve.hold = hold->id;
  resolve.holder = chance(rng_, 4) ? "run:r_other" : hold->holder;
  resolve.ending = chance(rng_, 65)   ? Ending::settle
                   : chance(rng_, 50) ? Ending::release
                                      : Ending::cut;
  if (resolve.ending != Ending::release) resolve.actual = random_actual(*hold);
  const Amounts before = hold->charged;
  const auto expected = model_.resolve(resolve);
  std::string actual;
  resolve.actual.for_each(
      [&](Unit unit, std::int64_t n) { actual += fmt::format(" {}:{}", unit.index, n); });
  const auto reply =
      give(resolve, fmt::format("resolve #{} by {} as {}{}", hold->id.number, resolve.holder,
                                static_cast<int>(resolve.ending), actual));
  if (const auto* reason = std::get_if<Reason>(&expected)) {
    expect(*reason, reply);
    if (hold->charged != before) fail("a refused settle changed the model");
  } else {
    expect({}, reply);
    const auto* resolved = reply ? std::get_if<ResolveReply>(&*reply) : nullptr;
    if (resolved == nullptr || resolved->state != std::get<HoldState>(expected) ||
        resolved->charged != hold->charged) {
      std::string charged;
      hold->charged.for_each(
          [&](Unit unit, std::int64_t n) { charged += fmt::format(" {}:{}", unit.index, n); });
      fail(fmt::format("expected {}{}", to_string(std::get<HoldState>(expected)), charged));
    }
  }
  others_answered(last_ticket_);
}

void Duel::extend_hold() {
  const Hold* hold = random_hold(chance(rng_, 90));
  if (hold == nullptr) return;
  ExtendHold extend;
  extend.hold = hold->id;
  extend.holder = hold->holder;
  if (chance(rng_, 70)) extend.need.set(kUsd, random_usd(rng_));
  if (hold->need.has(kOutputTokens) && chance(rng_, 50)) {
    extend.need.set(kOutputTokens, pick(rng_, 0, 20));
  }
  if (chance(rng_, 30)) extend.ttl = Duration::seconds(pick(rng_, 1, 3'600));
  const auto refused = model_.extend(extend);
  expect(refused,
         give(extend, fmt::format("extend #{} usd+{}", hold->id.number, extend.need.get(kUsd))));
  others_answered(last_ticket_);
}

void Duel::correct_hold() {
  const Hold* hold = random_hold(false);
  if (hold == nullptr) return;
  CorrectHold correct;
  correct.hold = hold->id;
  correct.actual.set(kUsd, random_usd(rng_));
  correct.actor = "test";
  correct.reason = "invoice";
  const auto refused = model_.correct(correct);
  expect(refused, give(correct, fmt::format("correct #{} usd={}", hold->id.number,
                                            correct.actual.get(kUsd))));
  others_answered(last_ticket_);
}

void Duel::cancel_hold() {
  CancelHold cancel;
  std::vector<Ticket> tickets;
  for (const Waiter& waiter : model_.waiters) tickets.push_back(waiter.ticket);
  for (const Hold& hold : model_.holds) {
    if (hold.open && hold.ticket != 0) tickets.push_back(hold.ticket);
  }
  if (tickets.empty()) return;
  cancel.placed = one_of(rng_, tickets);
  std::erase_if(model_.waiters, [&](const Waiter& each) { return each.ticket == cancel.placed; });
  for (Hold& hold : model_.holds) {
    if (hold.open && hold.ticket == cancel.placed) model_.release(hold);
  }
  expect({}, give(cancel, fmt::format("cancel [{}]", cancel.placed)));
  std::erase_if(world_.out.replies, [&](const auto& each) { return each.first == cancel.placed; });
  others_answered(last_ticket_);
}

// ---- operators

void Duel::raise_cap() {
  RaiseCap raise;
  raise.account = random_account();
  const auto walls = model_.budgets_at(raise.account);
  if (walls.empty()) return;
  const Wall& wall = one_of(rng_, walls);
  raise.unit = wall.rule.unit;
  raise.window = wall.rule.window;
  const std::int64_t base = model_.cap(wall);
  raise.cap = chance(rng_, 20) ? base : base + pick(rng_, 1, base / 2 + 5);
  raise.actor = "test";
  raise.reason = "needed";
  if (chance(rng_, 40)) raise.expires_at = model_.now + Duration::seconds(pick(rng_, 1, 7'200));
  const auto refused = model_.refuses_raise(raise);
  expect(refused, give(raise, fmt::format("raise {} to {}", wall.key(), raise.cap)));
  if (!refused) model_.raise(raise);
  others_answered(last_ticket_);
}

void Duel::pause_account() {
  const std::string account = random_account();
  expect({}, give(PauseAccount{account, "test", "look"}, "pause " + account));
  model_.pauses.insert({account, "operator"});
  others_answered(last_ticket_);
}

void Duel::resume_account() {
  const std::string account =
      !model_.pauses.empty() && chance(rng_, 80) ? model_.pauses.begin()->first : random_account();
  if (!world_.engine().account(account, world_.now)) return;
  expect({}, give(ResumeAccount{account, "test", "fine"}, "resume " + account));
  std::erase_if(model_.pauses, [&](const auto& pause) { return pause.first == account; });
  others_answered(last_ticket_);
}

void Duel::place_halt() {
  PlaceHalt halt;
  halt.halt_id = fmt::format("halt_{}", ++last_halt_);
  halt.actor = "test";
  halt.reason = "stop";
  const std::int64_t kind = pick(rng_, 1, 20);
  if (kind == 1) halt.everything = true;
  if (kind > 1 && kind < 14) halt.account = random_account();
  if (kind > 10) halt.operation = chance(rng_, 50) ? "tool:*" : "llm:*";
  expect({}, give(halt, fmt::format("halt {} {} {}", halt.account, halt.operation,
                                    halt.everything ? "everything" : "")));
  model_.halt(halt);
  others_answered(last_ticket_);
}

void Duel::lift_halt() {
  if (model_.halts.empty()) return;
  const std::string id = model_.halts.begin()->first;
  expect({}, give(LiftHalt{id, "test", "over"}, "lift " + id));
  model_.halts.erase(id);
  others_answered(last_ticket_);
}

void Duel::revive() {
  while (!model_.halts.empty() && !failed()) lift_halt();
  while (!model_.pauses.empty() && !failed()) {
    const std::string account = model_.pauses.begin()->first;
    expect({}, give(ResumeAccount{account, "test", "fine"}, "resume " + account));
    std::erase_if(model_.pauses, [&](const auto& pause) { return pause.first == account; });
    others_answered(last_ticket_);
  }
  if (!failed()) start_run();
}

// ---- time

void Duel::pass_time() {
  static const std::vector<Duration> kSteps{
      Duration::millis(1),   Duration::millis(300), Duration::seconds(1),
      Duration::seconds(7),  Duration::seconds(40), Duration::minutes(3),
      Duration::minutes(20), Duration::hours(3),    Duration::hours(30)};
  const std::int64_t longest = chance(rng_, 85) ? 5 : 8;
  const Duration step = kSteps[static_cast<std::size_t>(pick(rng_, 0, longest))];
  const Time target = world_.now + Duration{pick(rng_, 1, step.us)};
  trace_.push_back("until " + format_rfc3339(target));
  while (!failed() && world_.engine().next_tick() <= target) {
    world_.now = std::max(world_.now, world_.engine().next_tick());
    model_.now = world_.now;
    run_ticks();
    if (!failed()) compare();
  }
  world_.now = target;
  model_.now = target;
}

void Duel::restart() {
  std::optional<PolicySpec> changed;
  if (chance(rng_, 50)) changed = model_.policy.changed(rng_, model_.now);
  trace_.push_back(fmt::format("{} restart{}", format_rfc3339(world_.now),
                               changed ? " with another policy" : ""));
  const auto done = world_.restart(changed ? changed->document() : std::string());
  if (!done)
    return fail("restart: " + done.error().text() + (changed ? "\n" + changed->document() : ""));
  model_.restart(std::move(changed));
  run_ticks();
}

void Duel::reload() {
  PolicySpec changed = model_.policy.changed(rng_, model_.now);
  const bool file = chance(rng_, 30);
  const std::string document = changed.document();
  const auto policy = Policy::compile(document, "policy", world_.engine().units());
  if (!policy) return fail("reload: " + policy.error().text() + "\n" + document);
  if (file) world_.write_file(document);
  model_.adopt(std::move(changed));
  expect({},
         give(AdoptPolicy{*policy, "test", file ? PolicySource::file : PolicySource::api, {}, {}},
              file ? "reload the file" : "put a policy"));
  others_answered(last_ticket_);
}

}  // namespace ringfence::model
