// SPDX-License-Identifier: Apache-2.0
// A person agrees first: which rules and walls ask, which approval an operation may use, and what
// is asked when there is none (2-semantics, Approvals).
#include <fmt/format.h>

#include <algorithm>

#include "base/canonical.h"
#include "base/checked.h"
#include "base/ensure.h"
#include "engine/line_bounds.h"
#include "engine/step.h"

namespace ringfence {
namespace {

constexpr Duration kFullRetry = Duration::seconds(5);

// What makes two requests the same action, but for how much they need.
Digest action_digest(const PlaceHold& request, const Run& run) {
  Json operations = Json::Array{};
  operations.push(request.operation);
  for (const std::string& text : request.further) operations.push(text);
  Json action;
  action.set("account", run.fact.account);
  action.set("args", to_hex(request.args_digest));
  action.set("operations", std::move(operations));
  return canonical_digest(action);
}

std::string refused_sentence(const Approval& approval, ApprovalState state) {
  const std::string& id = approval.fact.approval;
  if (state == ApprovalState::expired) {
    return fmt::format(
        "Nobody approved this in time ({}), so it is refused. Do not retry; tell "
        "your operator.",
        id);
  }
  if (approval.refusal->cause.empty()) {
    return fmt::format("A person refused this ({}): {} Do not retry.", id,
                       approval.refusal->comment);
  }
  return fmt::format(
      "This was not approved ({}): {} Do not retry.", id,
      approval.refusal->cause == "halted" ? "the work was halted." : "its run has ended.");
}

}  // namespace

void Asking::add(const AskTerms& terms) {
  if (!terms.approvers.empty()) {
    std::string list = fmt::format("{}", fmt::join(terms.approvers, " "));
    if (std::ranges::find(approvers, list) == approvers.end()) approvers.push_back(std::move(list));
  }
  quorum = std::max(quorum, terms.quorum);
  uses = std::min(uses, terms.uses);
  expires = std::min(expires, terms.expires);
}

// A wall with `on_exceed: ask` stands in the way for good. When nothing else does, a person may be
// asked to raise it: it is looked past, and what is found then counts.
Outlook Step::look_past_askable(Cleared& cleared, Outlook found, std::uint64_t arrival,
                                bool may_wait) {
  if (found.fits || found.may_wait) return found;
  const auto& output = cleared.demand.output();
  std::int64_t least = output ? output->wanted_tokens : 0;
  if (output && output->clamp) least = std::min(output->min_tokens, least);
  bool any = false;
  for (Applied& applied : cleared.walls) {
    const Wall& wall = *applied.wall;
    if (!wall.enforced || s_.rules.at(wall.rule).on_exceed != OnExceed::ask) continue;
    const std::int64_t need = cleared.need_at(applied, least);
    if (need <= 0) continue;
    const Level level = s_.ledger.level(wall, applied.meter);
    if (stand(wall, applied.meter, level, need, now_.time).standing < Standing::too_large) continue;
    const std::int64_t most = cleared.need_at(applied, output ? output->wanted_tokens : 0);
    const auto used = checked_add(level.settled, level.held);
    if (!used || !checked_add(*used, most)) continue;  // no cap is that large
    applied.excused = any = true;
  }
  return any ? look(cleared, arrival, may_wait) : found;
}

// Who has to agree to what fits, or to what fits once walls that ask are raised.
std::expected<Asking, Refusal> Step::asking_of(const PlaceHold& request, const Cleared& cleared,
                                               std::int64_t output_cap) const {
  Asking asking;
  const auto& output = cleared.demand.output();
  bool whole = true;
  bool rules = false;
  const RoleId role = *role_of(cleared.run->account);
  for (const KnownOperation* operation : cleared.operations) {
    const auto* asks = operation->asks(*s_.policy, role);
    whole = whole && asks != nullptr;
    rules = rules || (asks != nullptr && !asks->empty());
  }
  if (!whole) {
    return std::unexpected(refuse(Reason::denied, "Too many ask rules match this operation."));
  }
  const bool excused = std::ranges::any_of(cleared.walls, &Applied::excused);
  if (!rules && !excused && cleared.asking_guards.empty()) return asking;
  std::optional<Refusal> uncounted;
  asking.need = cleared.demand.amounts_at(output ? output->wanted_tokens : 0);
  for (const KnownOperation* operation : cleared.operations) {
    for (const AskRule* rule : *operation->asks(*s_.policy, role)) {
      // A declared unit counts here also where no wall does.
      rule->over.for_each([&](Unit unit, std::int64_t) {
        if (unit.index < kBuiltInUnits) return;
        const auto count =
            s_.policy->declared_count(unit, operation->operation(), request.args.get());
        if (!count) uncounted = refuse_argument(count.error());
        if (!count || !*count) return;
        if ((*count)->by_arguments && request.args_left_out) {
          uncounted = refuse(Reason::unverifiable, kArgsUnread);
        }
        asking.need.raise_to(unit, (*count)->count);
      });
      if (uncounted) return std::unexpected(*std::move(uncounted));
      if (!rule->covers(asking.need)) continue;
      if (std::ranges::find(asking.rules, rule->match) == asking.rules.end()) {
        asking.rules.push_back(rule->match);
      }
      asking.add(rule->terms);
    }
  }
  for (const std::string& guard : cleared.asking_guards) {
    asking.rules.push_back("guard " + guard);
    asking.add(AskTerms{});
  }
  for (const Applied& applied : cleared.walls) {
    if (!applied.excused) continue;
    const Level level = s_.ledger.level(*applied.wall, applied.meter);
    if (cleared.need_at(applied, output_cap) <= level.free()) continue;  // there is room again
    asking.walls.push_back(applied.wall->text());
    asking.add(s_.rules.at(applied.wall->rule).ask);
  }
  if (line_bytes(asking.rules) + line_bytes(asking.walls) + line_bytes(asking.approvers) >
      kAskingBytesMax) {
    return std::unexpected(refuse(Reason::denied, "Too much asks for an approval of this."));
  }
  return asking;
}

// Nothing: go on, with `cleared.approval` when one is used. What is refused here is on record.
std::optional<Refusal> Step::check_approval(const PlaceHold& request, Cleared& cleared,
                                            const Asking& asking) {
  const Digest action = action_digest(request, *cleared.run);
  if (!request.approval.empty()) {
    const Approval* named = s_.approvals.find(request.approval);
    if (named == nullptr || named->fact.run_id != request.run_id || named->fact.action != action) {
      return record(request, refuse(Reason::approval_mismatch));
    }
  }
  if (!asking.needed()) return std::nullopt;
  const Approval* pending = nullptr;
  const Approval* refused = nullptr;
  for (const Approval* each : s_.approvals.of(request.run_id, action)) {
    switch (each->state(now_.time)) {
      case ApprovalState::approved:
        if (!each->within(asking.need, asking.walls) ||
            !each->agreed_by(asking.approvers, asking.quorum)) {
          break;
        }
        cleared.approval = each->fact.approval;
        return std::nullopt;
      case ApprovalState::pending:
        if (each->within(asking.need, asking.walls)) pending = each;
        break;
      case ApprovalState::refused:
      case ApprovalState::expired: refused = each; break;
      default: break;
    }
  }
  if (refused != nullptr) {
    Refusal refusal =
        refuse(Reason::approval_refused, refused_sentence(*refused, refused->state(now_.time)));
    refusal.approval = refused->note(now_.time);
    return record(request, std::move(refusal));
  }
  if (pending == nullptr) return request_approval(request, cleared, asking, action);
  Refusal refusal = refuse(
      Reason::approval_pending,
      fmt::format("This waits for a person's approval ({}). Send the same request again once it is "
                  "approved, and not before.",
                  pending->fact.approval));
  refusal.approval = pending->note(now_.time);
  return record(request, std::move(refusal));
}

Refusal Step::request_approval(const PlaceHold& request, const Cleared& cleared,
                               const Asking& asking, const Digest& action) {
  const bool run_full =
      s_.approvals.pending_of(request.run_id).size() >= kPendingApprovalsPerRunMax;
  if (run_full || s_.approvals.pending() >= kPendingApprovalsMax) {
    Refusal refusal =
        refuse(Reason::busy, run_full ? "This run waits for too many approvals already. Retry once "
                                        "a person has decided some of them."
                                      : "Too many approvals wait for a person already. Retry once "
                                        "some of them are decided.");
    refusal.retry_after = kFullRetry;
    return record(request, std::move(refusal));
  }
  // What is said to a model may be long and private: it is told by its digest alone.
  const bool kept = request.args != nullptr && cleared.operation().operation().kind() != "llm";
  std::string args;
  if (kept) append_canonical(args, *request.args);
  if (args.size() > kApprovalArgsMax) {
    return record(request,
                  refuse(Reason::denied,
                         "This needs a person's approval, and its arguments are too large to be "
                         "shown to one. Do not retry it as it is; make them smaller.",
                         "args"));
  }
  ApprovalRequested event;
  const std::uint64_t number = s_.last_seq + 1;
  event.approval = "ap_" + std::to_string(number);
  event.run_id = request.run_id;
  event.account = cleared.run->fact.account;
  event.operation = request.operation;
  event.further = request.further;
  event.action = action;
  event.args_digest = request.args_digest;
  event.has_args = kept;
  event.need = asking.need;
  event.rules = asking.rules;
  event.walls = asking.walls;
  event.approvers = asking.approvers;
  event.quorum = asking.quorum;
  event.uses = asking.uses;
  event.expires_at = std::min(now_.time + asking.expires, cleared.run->fact.hard_end);
  event.policy = s_.policy_sha256.substr(0, 16);
  event.decision_id = next_decision_id();
  const std::string id = event.approval;
  Refusal refusal =
      refuse(Reason::approval_required,
             fmt::format("A person has to approve this first ({}). Nothing was done. Send the same "
                         "request again once it is approved.",
                         id));
  refusal.decision_id = event.decision_id;
  emit(std::move(event));
  if (kept) out_.payloads.push_back({number, std::move(args)});
  refusal.approval = s_.approvals.note(id, now_.time);
  return refusal;
}

Reply Step::admit_approved(Ticket ticket, const PlaceHold& request, Cleared& cleared,
                           const Outlook& outlook) {
  const auto asking = asking_of(request, cleared, outlook.output_cap);
  if (!asking) return record(request, asking.error());
  if (asking->needed() || !request.approval.empty()) {
    if (auto refusal = check_approval(request, cleared, *asking)) return *std::move(refusal);
    if (!asking->walls.empty()) raise_for(cleared, outlook.output_cap);
  }
  return admit(ticket, request, cleared, outlook);
}

// The cap in force becomes what was approved and nothing beyond, so that the hold is within it.
void Step::raise_for(const Cleared& cleared, std::int64_t output_cap) {
  const Approval& approval = *s_.approvals.find(cleared.approval);
  std::string actors;
  for (const GivenApproval& each : approval.given) {
    actors += (actors.empty() ? "" : ", ") + each.actor;
  }
  for (const Applied& applied : cleared.walls) {
    const Wall& wall = *applied.wall;
    const std::int64_t need = cleared.need_at(applied, output_cap);
    if (!applied.excused || need <= s_.ledger.level(wall, applied.meter).free()) continue;
    Raised raised;
    raised.meter = open_current(wall);
    Meter& meter = *s_.ledger.meter(raised.meter);
    const Level level = s_.ledger.level(wall, &meter);
    const auto used = checked_add(level.settled, level.held);
    const auto cap = used ? checked_add(*used, need) : std::nullopt;
    RF_ENSURE(cap.has_value(), "a wall is looked past only where its cap can grow");
    raised.account = wall.subject;
    raised.actor = actors;
    raised.reason = "approval " + cleared.approval;
    raised.cap = *cap;
    raised.until =
        wall.window.kind == WindowKind::rolling ? now_.time + wall.window.span : meter.span.end;
    // An operator's raise ends when it was to end, and this one with it.
    if (meter.raised_cap() && *meter.raised_cap() > wall.cap) {
      raised.until = std::min(raised.until, meter.rare().raised_until);
    }
    emit(std::move(raised));
  }
}

// An open hold does not grow past what a person would have had to be asked for.
std::optional<Refusal> Step::check_extension(const Hold& hold, const HoldFact& fact,
                                             const Amounts& added) const {
  const auto role = role_of(hold.account);
  if (!role) return std::nullopt;
  Amounts total = hold.need;
  added.for_each([&](Unit unit, std::int64_t amount) {
    total.set(unit, saturating_add(total.get(unit), amount));
  });
  const Approval* approval = s_.approvals.find(fact.approval);
  // More time is more only where a rule looks at time.
  Amounts timeless = total;
  timeless.clear(kSeconds);
  const auto asked = [&](const AskRule* rule) {
    if (!rule->covers(total)) return false;
    if (approval == nullptr) return !rule->covers(hold.need);
    return !approval->within(rule->over.has(kSeconds) ? total : timeless, {});
  };
  for (const KnownOperation* operation : known(fact)) {
    const auto* asks = operation->asks(*s_.policy, *role);
    if (asks == nullptr || std::ranges::any_of(*asks, asked)) {
      return refuse(Reason::denied,
                    "A person has to approve this much, and an open hold cannot ask. Settle it, "
                    "and place a new one.");
    }
  }
  return std::nullopt;
}

}  // namespace ringfence
