// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/clients.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ringfence::sim {
namespace {

constexpr int kTries = 6;  // after so many refusals of the moment an agent gives up

const std::vector<std::string> kOperations{
    "tool:t/a",         "tool:t/a",          "tool:t/b",          "cmd:ls",
    model::kPricedTool, model::kPricedModel, model::kPricedModel, model::kFreeModel};

bool of_the_moment(Reason reason) {
  switch (reason) {
    case Reason::busy:
    case Reason::throttled:
    case Reason::unverifiable:
    case Reason::approval_required:
    case Reason::approval_pending: return true;
    default: return false;
  }
}

}  // namespace

// ---- the network

void Network::send(Command command, Heard heard) {
  carry([this, command = std::move(command), heard = std::move(heard)] {
    arrive_(command, [this, heard](Reply reply) {
      carry([heard, reply = std::move(reply)] { heard(reply); });
    });
  });
}

void Network::carry(const std::function<void()>& arrival) {
  if (!healed_ && chance(rng_, options_.lost)) return;
  const int times = !healed_ && chance(rng_, options_.duplicated) ? 2 : 1;
  for (int i = 0; i < times; ++i) {
    const Duration longest = healed_ ? Duration::millis(2) : options_.delay_max;
    schedule_.after(Duration{pick(rng_, 1, longest.us)}, arrival);
  }
}

// ---- what they do

Clients::Clients(std::uint64_t seed, Schedule& schedule, Network& network, Oracle& oracle,
                 const Options& options)
    : rng_(seed), schedule_(schedule), network_(network), oracle_(oracle), options_(options) {}

void Clients::send(Command command, Heard heard) {
  network_.send(std::move(command), [this, heard = std::move(heard)](const Reply& reply) {
    ++answers_;
    if (heard) heard(reply);
  });
}

void Clients::act() {
  const auto act = static_cast<Act>(draw(rng_, options_.acts));
  if (runs_.empty() && chance(rng_, 50)) {
    start_run({});
  } else if (act == Act::hold) {
    hold();
  } else {
    operate(act);
  }
}

std::size_t Clients::unanswered() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      errands_, [](const Shared& each) { return each->stage != Errand::Stage::done; }));
}

void Clients::node_died() {
  for (const Shared& each : errands_) {
    if (each->request.holder != kGatewayHolder || each->stage == Errand::Stage::done) continue;
    const bool reconciled = each->hold.number != 0 && chance(rng_, 50);
    if (!reconciled) each->stage = Errand::Stage::done;
  }
}

// ---- an agent's errand

PlaceHold Clients::random_request() {
  PlaceHold request;
  request.run_id = one_of(rng_, runs_);
  request.operation = one_of(rng_, kOperations);
  const bool gateway = chance(rng_, options_.gateway_percent);
  request.holder = gateway ? std::string(kGatewayHolder) : "run:" + request.run_id;
  if (chance(rng_, 60)) request.need.set(kUsd, pick(rng_, 0, 60) * 10'000'000);
  if (chance(rng_, 25)) request.need.set(kCalls, pick(rng_, 0, 4));
  if (request.operation.starts_with("llm:") && chance(rng_, 80)) {
    request.need.set(kInputTokens, pick(rng_, 0, 60));
    request.need.set(kOutputTokens, pick(rng_, 0, 30));
  }
  if (gateway) request.physical_max.set(kUsd, pick(rng_, 50, 200) * 10'000'000);
  request.ttl =
      Duration::millis(chance(rng_, 50) ? pick(rng_, 500, 20'000) : pick(rng_, 1, 600'000));
  if (chance(rng_, options_.waits_percent)) request.wait = Duration::millis(pick(rng_, 1, 30'000));
  if (!chance(rng_, options_.keyless_percent))
    request.idempotency_key = fmt::format("k{}", ++last_key_);
  request.request_digest = sha256(fmt::format("{} {}", request.operation, last_key_));
  request.args_digest = sha256(fmt::format("{}", pick(rng_, 1, 2)));
  return request;
}

void Clients::hold() {
  if (runs_.empty()) return start_run({});
  auto errand = std::make_shared<Errand>();
  errand->request = random_request();
  errands_.push_back(errand);
  ask(errand);
}

// Who hears nothing asks again with the same key, or gives up where it has none.
void Clients::ask(const Shared& errand) {
  if (errand->stage != Errand::Stage::asking) return;
  send(errand->request, [this, errand](const Reply& reply) { heard_of_hold(errand, reply); });
  schedule_.after(errand->request.wait + patience(), [this, errand] {
    if (errand->stage != Errand::Stage::asking) return;
    if (errand->request.idempotency_key.empty()) {
      errand->stage = Errand::Stage::done;
    } else {
      ask(errand);
    }
  });
}

void Clients::heard_of_hold(const Shared& errand, const Reply& reply) {
  if (const auto* allow = std::get_if<AllowReply>(&reply)) {
    const bool keyed = !errand->request.idempotency_key.empty();
    if (keyed && errand->hold.number != 0 && errand->hold != allow->hold) {
      oracle_.fail(
          fmt::format("P3: holds {} and {} for one key", errand->hold.number, allow->hold.number));
    }
    if (errand->stage != Errand::Stage::asking) return;
    errand->hold = allow->hold;
    errand->held = allow->held;
    errand->stage = Errand::Stage::holding;
    return use(errand);
  }
  const auto* refusal = std::get_if<Refusal>(&reply);
  if (refusal == nullptr || errand->stage != Errand::Stage::asking) return;
  if (refusal->approval) approvals_.push_back(refusal->approval->id);
  const bool once_more = of_the_moment(refusal->reason) && ++errand->refused < kTries;
  const bool must = refusal->reason == Reason::unverifiable;
  if (!must && (!once_more || winding_up_)) errand->stage = Errand::Stage::done;
}

void Clients::use(const Shared& errand) {
  if (chance(rng_, 20)) {
    schedule_.after(Duration::millis(pick(rng_, 1, 3'000)), [this, errand] { extend(errand); });
  }
  if (chance(rng_, 10)) {  // it dies, and its hold expires
    errand->stage = Errand::Stage::done;
    return;
  }
  errand->settling = {.hold = errand->hold,
                      .holder = errand->request.holder,
                      .ending = chance(rng_, 75)   ? Ending::settle
                                : chance(rng_, 50) ? Ending::release
                                                   : Ending::cut,
                      .actual = {},
                      .uncertain = false,
                      .note = {},
                      .objects = {}};
  if (errand->settling.ending != Ending::release) {
    errand->settling.actual = random_actual(errand->held);
  }
  schedule_.after(Duration::millis(chance(rng_, 70) ? pick(rng_, 1, 3'000) : pick(rng_, 1, 60'000)),
                  [this, errand] { settle(errand); });
}

Amounts Clients::random_actual(const Amounts& held) {
  Amounts actual;
  held.for_each([&](Unit unit, std::int64_t amount) {
    if (unit == kSeconds || unit == kConcurrent || chance(rng_, 40)) return;
    std::int64_t used = chance(rng_, 25) ? amount : pick(rng_, 0, amount);
    if (chance(rng_, 5)) used = amount + pick(rng_, 1, std::max<std::int64_t>(1, amount * 3));
    actual.set(unit, used);
  });
  return actual;
}

void Clients::extend(const Shared& errand) {
  if (errand->stage != Errand::Stage::holding) return;
  ExtendHold extend{.hold = errand->hold, .holder = errand->request.holder, .need = {}, .ttl = {}};
  if (chance(rng_, 70)) extend.need.set(kUsd, pick(rng_, 0, 30) * 10'000'000);
  if (chance(rng_, 50)) extend.ttl = Duration::seconds(pick(rng_, 1, 600));
  send(extend, [this, errand](const Reply& reply) {
    const auto* refusal = std::get_if<Refusal>(&reply);
    const bool unknown = refusal != nullptr && refusal->reason == Reason::not_found;
    if (unknown && !oracle_.may_be_forgotten(errand->hold)) {
      oracle_.fail(fmt::format("P3: hold {} was allowed and is unknown", errand->hold.number));
    }
  });
}

void Clients::settle(const Shared& errand) {
  if (errand->stage == Errand::Stage::done) return;
  errand->stage = Errand::Stage::settling;
  send(errand->settling, [this, errand](const Reply& reply) { heard_of_settling(errand, reply); });
  schedule_.after(patience(), [this, errand] { settle(errand); });
}

void Clients::heard_of_settling(const Shared& errand, const Reply& reply) {
  errand->stage = Errand::Stage::done;
  if (const auto* refusal = std::get_if<Refusal>(&reply)) {
    if (refusal->reason == Reason::unverifiable) {
      errand->stage = Errand::Stage::settling;  // the timer asks again
      return;
    }
    if (oracle_.may_be_forgotten(errand->hold)) return;
    return oracle_.fail(fmt::format("P3: hold {} cannot be settled by its holder: {}",
                                    errand->hold.number, to_string(refusal->reason)));
  }
  const auto& resolved = std::get<ResolveReply>(reply);
  const bool same =
      !errand->settled || errand->corrected ||
      (errand->settled->charged == resolved.charged && errand->settled->state == resolved.state);
  if (!same) {
    oracle_.fail(
        fmt::format("P3: hold {} was settled twice with one content", errand->hold.number));
  }
  errand->settled = resolved;
}

// ---- operators

void Clients::start_run(const std::string& parent) {
  StartRun start;
  start.run_id = fmt::format("r_{}", ++last_run_);
  start.account = one_of(rng_, model::kAgents);
  start.parent_run = parent;
  start.actor = "operator";
  if (chance(rng_, 40)) start.identity.user = chance(rng_, 50) ? "alice" : "bob";
  if (chance(rng_, 30)) start.budgets.push_back({kUsd, pick(rng_, 0, 300) * 10'000'000});
  if (chance(rng_, 20)) start.budgets.push_back({kCalls, pick(rng_, 1, 30)});
  send(start, [this](const Reply& reply) {
    const auto* run = std::get_if<RunReply>(&reply);
    if (run != nullptr && account_of_run_.emplace(run->run_id, run->account).second) {
      runs_.push_back(run->run_id);
    }
  });
}

std::string Clients::random_account() {
  std::vector<std::string> accounts{"/", "a", "b"};
  accounts.insert(accounts.end(), model::kAgents.begin(), model::kAgents.end());
  for (const auto& [run, account] : account_of_run_) accounts.push_back(account);
  return one_of(rng_, accounts);
}

RaiseCap Clients::random_raise() {
  RaiseCap raise;
  raise.actor = "operator";
  raise.reason = "needed";
  const auto known = budgets();
  if (!known.empty()) {
    const model::WallSpec& wall = one_of(rng_, known);
    raise.account = wall.account;
    raise.unit = wall.unit;
    raise.window = wall.window;
    raise.cap = wall.cap + pick(rng_, 1, wall.cap + 5);
  }
  return raise;
}

PlaceHalt Clients::random_halt() {
  PlaceHalt halt;
  halt.halt_id = fmt::format("halt_{}", ++last_halt_);
  halt.actor = "operator";
  halt.reason = "stop";
  const std::int64_t kind = pick(rng_, 1, 20);
  if (kind == 1) halt.everything = true;
  if (kind > 1 && kind < 14) halt.account = random_account();
  if (kind > 10) halt.operation = chance(rng_, 50) ? "tool:*" : "llm:*";
  return halt;
}

void Clients::operate(Act act) {
  const std::string actor = "operator";
  const std::string run = runs_.empty() ? "r_none" : one_of(rng_, runs_);
  switch (act) {
    case Act::start_run: return start_run({});
    case Act::delegate: return start_run(run);
    case Act::end_run: return send(EndRun{run, actor, "done"});
    case Act::renew: return send(RenewRun{run, actor});
    case Act::raise: return send(random_raise());
    case Act::pause: return send(PauseAccount{random_account(), actor, "look"});
    case Act::resume: return send(ResumeAccount{random_account(), actor, "fine"});
    case Act::halt:
      return send(random_halt(), [this](const Reply& reply) {
        if (const auto* ok = std::get_if<OkReply>(&reply)) halts_.push_back(ok->id);
      });
    case Act::lift:
      return halts_.empty() ? void() : send(LiftHalt{one_of(rng_, halts_), actor, "over"});
    case Act::correct: {
      if (errands_.empty()) return;
      const Shared& errand = one_of(rng_, errands_);
      errand->corrected = true;
      CorrectHold correct{.hold = errand->hold, .actual = {}, .actor = actor, .reason = "invoice"};
      correct.actual.set(kUsd, pick(rng_, 0, 60) * 10'000'000);
      return send(correct);
    }
    case Act::decide_approval: {
      if (approvals_.empty()) return;
      return send(DecideApproval{.approval = one_of(rng_, approvals_),
                                 .approve = chance(rng_, 80),
                                 .actor = actor,
                                 .groups = {"*"},
                                 .comment = "seen",
                                 .uses = {},
                                 .until = {}});
    }
    case Act::confirm_clock: return send(ConfirmClock{actor});
    case Act::reload: return send(AdoptPolicy{next_policy(), actor, PolicySource::api, {}, {}});
    case Act::hold: return hold();
  }
}

}  // namespace ringfence::sim
