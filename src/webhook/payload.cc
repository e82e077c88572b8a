// SPDX-License-Identifier: Apache-2.0
#include "webhook/payload.h"

#include <algorithm>
#include <array>

#include "base/decimal.h"
#include "base/json.h"

namespace ringfence::webhook {
namespace {

constexpr std::string_view kBudgetCause = "budget";
constexpr int kMoneyScale = 9;
// Of these kinds all of an operation is a name that the policy knows.
constexpr std::array<std::string_view, 5> kNamedKinds{"llm", "tool", "net", "pay", "agent"};

void set_text(Json& data, std::string_view key, const std::string& text) {
  if (!text.empty()) data.set(key, text);
}

std::string amount_text(std::int64_t amount, int scale) {
  return format_decimal(amount, scale, scale == kMoneyScale ? 2 : 0);
}

Json amounts_json(const Amounts& amounts, const UnitTable& units) {
  Json json = Json::Object{};
  amounts.for_each([&](Unit unit, std::int64_t amount) {
    json.set(units.name(unit), format_amount(unit, amount));
  });
  return json;
}

// What each type says; those without a row say nothing.
class Data {
 public:
  Data(Json& out, const UnitTable& units, const HaltLookup& halts)
      : out_(out), units_(units), halts_(halts) {}

  void operator()(const AlertFired& e) {
    const Unit unit = units_.find(e.unit).value_or(kCalls);
    set_text(out_, "account", e.subject);
    out_.set("wall", e.wall).set("unit", e.unit);
    out_.set("threshold", format_amount(unit, e.threshold));
    out_.set("settled", format_amount(unit, e.settled)).set("cap", format_amount(unit, e.cap));
  }
  void operator()(const Refused& e) {
    out_.set("account", e.account);
    set_text(out_, "run", e.run_id);
    out_.set("operation", bare_operation(e.operation)).set("reason", to_string(e.reason));
    set_text(out_, "decision_id", e.decision_id);
    if (!e.wall) return;
    Json wall;
    wall.set("name", e.wall->name).set("account", e.wall->account).set("unit", e.wall->unit);
    wall.set("window", to_string(e.wall->window));
    wall.set("cap", amount_text(e.wall->cap, e.wall->scale));
    wall.set("settled", amount_text(e.wall->settled, e.wall->scale));
    wall.set("held", amount_text(e.wall->held, e.wall->scale));
    wall.set("need", amount_text(e.wall->need, e.wall->scale));
    if (e.wall->resets_at) wall.set("resets_at", format_rfc3339(*e.wall->resets_at));
    out_.set("wall", std::move(wall));
  }
  void operator()(const Paused& e) { pause(e); }
  void operator()(const Resumed& e) { pause(e); }
  void operator()(const Halted& e) {
    halt(e);
    set_text(out_, "actor", e.actor);
    set_text(out_, "reason", e.reason);
  }
  void operator()(const HaltLifted& e) {
    if (const auto placed = halts_(e.halt_id)) {
      halt(*placed);
    } else {
      out_.set("halt", e.halt_id);
    }
    set_text(out_, "actor", e.actor);
    set_text(out_, "reason", e.reason);
  }
  void operator()(const HoldResolved& e) {
    out_.set("account", e.account).set("operation", bare_operation(e.operation));
    out_.set("hold", std::to_string(e.hold.number)).set("state", to_string(e.state));
    out_.set("charged", amounts_json(e.charged, units_));
    if (!e.claimed.empty()) out_.set("claimed", amounts_json(e.claimed, units_));
    if (e.implausible) out_.set("implausible", true);
    if (e.late) out_.set("late", true);
    if (e.uncertain) out_.set("uncertain", true);
  }
  void operator()(const PolicyAdopted& e) {
    out_.set("sha256", e.sha256).set("version", e.version).set("source", to_string(e.source));
    set_text(out_, "actor", e.actor);
  }
  void operator()(const ApprovalRequested& e) {
    out_.set("approval", e.approval).set("account", e.account).set("run", e.run_id);
    out_.set("operation", bare_operation(e.operation));
    out_.set("need", amounts_json(e.need, units_));
    out_.set("quorum", e.quorum).set("expires_at", format_rfc3339(e.expires_at));
    set_text(out_, "decision_id", e.decision_id);
  }
  void operator()(const ApprovalGiven& e) {
    out_.set("approval", e.approval).set("account", e.account).set("run", e.run_id);
    out_.set("actor", e.actor).set("uses", e.uses);
  }
  void operator()(const ApprovalRefused& e) {
    out_.set("approval", e.approval).set("account", e.account).set("run", e.run_id);
    set_text(out_, "actor", e.actor);
    set_text(out_, "cause", e.cause);
  }
  void operator()(const auto&) {}

 private:
  void pause(const auto& e) {
    out_.set("account", e.account).set("cause", e.cause);
    set_text(out_, "wall", e.wall_key);
    set_text(out_, "actor", e.actor);
    set_text(out_, "reason", e.reason);
  }
  void halt(const Halted& e) {
    out_.set("halt", e.halt_id);
    set_text(out_, "account", e.account);
    if (!e.operation.empty()) out_.set("operation", bare_operation(e.operation));
    if (e.everything) out_.set("everything", true);
  }

  Json& out_;
  const UnitTable& units_;
  const HaltLookup& halts_;
};

WebhookEvent either(const std::string& cause, WebhookEvent by_budget, WebhookEvent by_people) {
  return cause == kBudgetCause ? by_budget : by_people;
}

}  // namespace

std::optional<WebhookEvent> kind_of(const EventBody& body) {
  using enum WebhookEvent;
  if (std::holds_alternative<AlertFired>(body)) return alert_fired;
  if (std::holds_alternative<Halted>(body)) return halt_placed;
  if (std::holds_alternative<HaltLifted>(body)) return halt_lifted;
  if (std::holds_alternative<PolicyAdopted>(body)) return policy_adopted;
  if (std::holds_alternative<ApprovalRequested>(body)) return approval_requested;
  if (std::holds_alternative<ApprovalGiven>(body)) return approval_given;
  if (std::holds_alternative<ApprovalRefused>(body)) return approval_refused;
  if (const auto* refused = std::get_if<Refused>(&body)) {
    if (refused->reason == Reason::exhausted) return exhausted_refused;
  }
  if (const auto* paused = std::get_if<Paused>(&body)) {
    return either(paused->cause, exhausted_paused, halt_paused);
  }
  if (const auto* resumed = std::get_if<Resumed>(&body)) {
    return either(resumed->cause, exhausted_resumed, halt_resumed);
  }
  if (const auto* resolved = std::get_if<HoldResolved>(&body)) {
    if (resolved->state == HoldState::overrun) return overrun_charged;
    if (resolved->implausible) return overrun_implausible;
    if (!resolved->claimed.empty()) return overrun_claimed;
  }
  return std::nullopt;
}

std::string account_of(const EventBody& body, const HaltLookup& halts) {
  if (const auto* e = std::get_if<HaltLifted>(&body)) {
    const auto placed = halts(e->halt_id);
    return placed ? placed->account : std::string();
  }
  return std::visit(
      [](const auto& e) {
        if constexpr (requires { e.account; }) return e.account;
        if constexpr (requires { e.subject; }) return e.subject;
        return std::string();
      },
      body);
}

std::string payload_of(const Event& event, const UnitTable& units, const HaltLookup& halts) {
  const auto kind = kind_of(event.body);
  Json data;
  data.set("seq", static_cast<std::int64_t>(event.seq));
  std::visit(Data(data, units, halts), event.body);
  Json json;
  json.set("type", "ringfence." + std::string(kind ? to_string(*kind) : "event"));
  json.set("timestamp", format_rfc3339(event.time));
  json.set("data", std::move(data));
  return json.text();
}

std::string bare_operation(std::string_view operation) {
  const std::string_view kind = operation.substr(0, operation.find(':'));
  if (std::ranges::find(kNamedKinds, kind) != kNamedKinds.end()) return std::string(operation);
  const std::size_t second = operation.find(':', std::min(kind.size() + 1, operation.size()));
  return std::string(operation.substr(0, second));
}

}  // namespace ringfence::webhook
