// SPDX-License-Identifier: Apache-2.0
// What operators do: raises, pauses and halts.
#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "base/path.h"
#include "engine/step.h"

namespace ringfence {

std::optional<Refusal> Step::check_raise(const RaiseCap& c, const Wall& wall) const {
  const Meter* meter = s_.ledger.current(wall, now_.time);
  const Level level = s_.ledger.level(wall, meter);
  if (c.expires_at && *c.expires_at <= now_.time) {
    return refuse(Reason::invalid, "must lie in the future", "expires_at");
  }
  const std::int64_t used = saturating_add(level.settled, level.held);
  if (c.cap > level.cap && c.cap > used) return std::nullopt;
  Refusal refusal = refuse(
      Reason::invalid, "a raise must exceed the cap in force and what is settled and held", "cap");
  refusal.wall = wall_state(wall, meter, 0);
  return refusal;
}

Reply Step::on(RaiseCap& c) {
  const Account* account = s_.ledger.accounts.find(c.account);
  if (account == nullptr && s_.policy->account(c.account).known) {
    open_account(c.account);
    account = s_.ledger.accounts.find(c.account);
  }
  if (account == nullptr) return refuse(Reason::not_found, "There is no such account.", "account");
  const Wall* wall = nullptr;
  for (const WallId id : account->budgets) {
    const Wall& candidate = s_.ledger.wall(id);
    if (candidate.unit == c.unit && candidate.window == c.window) wall = &candidate;
  }
  if (wall == nullptr) {
    return refuse(Reason::not_found, "The account has no budget in this unit and window.", "unit");
  }
  if (auto refusal = check_raise(c, *wall)) return *refusal;
  Raised raised;
  raised.meter = open_current(*wall);
  raised.account = c.account;
  raised.actor = c.actor;
  raised.reason = c.reason;
  raised.cap = c.cap;
  raised.until = s_.ledger.meter(raised.meter)->span.end;
  if (c.expires_at) raised.until = std::min(raised.until, *c.expires_at);
  emit(std::move(raised));
  const std::string key = wall->text();
  const std::vector<Pause> pauses = s_.ledger.accounts.pauses(account->id);
  for (const Pause& pause : pauses) {
    if (pause.cause == "budget" && pause.wall == key) {
      emit(Resumed{c.account, pause.cause, pause.wall, c.actor, "raised"});
    }
  }
  s_.all_dirty = true;
  return OkReply{c.account};
}

Reply Step::on(PauseAccount& c) {
  if (const auto path = check_account_path(c.account); !path) {
    return refuse(Reason::invalid, path.error().message, "account");
  }
  if (s_.ledger.accounts.find(c.account) == nullptr) {
    if (!s_.policy->account(c.account).known) {
      return refuse(Reason::not_found, "There is no such account.", "account");
    }
    open_account(c.account);
  }
  for (const Pause& pause : s_.ledger.accounts.pauses(s_.ledger.accounts.find(c.account)->id)) {
    if (pause.cause == "operator") return OkReply{c.account};
  }
  emit(Paused{c.account, "operator", {}, c.actor, c.reason});
  s_.all_dirty = true;
  return OkReply{c.account};
}

Reply Step::on(ResumeAccount& c) {
  const Account* account = s_.ledger.accounts.find(c.account);
  if (account == nullptr) return refuse(Reason::not_found, "There is no such account.", "account");
  const std::vector<Pause> pauses = s_.ledger.accounts.pauses(account->id);
  for (const Pause& pause : pauses) {
    emit(Resumed{c.account, pause.cause, pause.wall, c.actor, c.reason});
  }
  s_.all_dirty = true;
  return OkReply{c.account};
}

Reply Step::on(PlaceHalt& c) {
  if (!c.everything && c.account.empty() && c.operation.empty()) {
    return refuse(Reason::invalid, "name an account, an operation pattern, or everything",
                  "account");
  }
  if (!c.account.empty()) {
    if (const auto path = check_account_path(c.account); !path) {
      return refuse(Reason::invalid, path.error().message, "account");
    }
    if (s_.ledger.accounts.find(c.account) == nullptr && !s_.policy->account(c.account).known) {
      return refuse(Reason::not_found, "There is no such account.", "account");
    }
  }
  if (!c.operation.empty()) {
    if (const auto pattern = Pattern::parse(c.operation, PatternUse::prefix); !pattern) {
      return refuse(Reason::invalid, pattern.error().message, "operation");
    }
  }
  for (const auto& [id, halt] : s_.halts) {
    if (halt.fact.account == c.account && halt.fact.operation == c.operation &&
        halt.fact.everything == c.everything) {
      return OkReply{id};  // idempotent
    }
  }
  if (s_.halts.contains(c.halt_id)) {
    return refuse(Reason::conflict, "Another halt has this id.", "halt");
  }
  emit(Halted{c.halt_id, c.account, c.operation, c.actor, c.reason, c.everything});
  const Halt& halt = s_.halts.at(c.halt_id);
  cut_in_scope(halt);
  refuse_approvals(approvals_in_scope(halt), "halted");
  if (c.operation.empty()) {
    const std::string top = c.everything ? "/" : c.account;  // by value: the choice is a temporary
    if (const Account* account = s_.ledger.accounts.find(top)) {
      end_subtree(account->id, c.actor, "halted: " + c.reason, true);
    }
  }
  s_.all_dirty = true;  // waiters in scope are refused
  return OkReply{c.halt_id};
}

// Each is charged in full; the gateway that then closes the stream says what was really used.
void Step::cut_in_scope(const Halt& halt) {
  std::vector<HoldId> covered;
  for (const HoldId id : s_.ledger.open_by_deadline()) {
    const Hold& hold = *s_.ledger.find(id);
    const auto operations = known(s_.fact_of(hold));
    const std::string_view account = s_.ledger.accounts.at(hold.account).path;
    const bool in_scope =
        operations.empty() || std::ranges::any_of(operations, [&](const KnownOperation* each) {
          return halt_covers(halt, account, *each);
        });
    if (in_scope) covered.push_back(id);
  }
  for (const HoldId id : covered) {
    close_hold(*s_.ledger.find(id), HoldState::cut, Reason::halted, "halt");
  }
}

Reply Step::on(LiftHalt& c) {
  if (!s_.halts.contains(c.halt_id)) {
    return refuse(Reason::not_found, "There is no such halt.", "halt");
  }
  emit(HaltLifted{c.halt_id, c.actor, c.reason});
  return OkReply{c.halt_id};
}

Reply Step::on(ErasePayloads& c) {
  if (c.first < 1 || c.first > c.last || static_cast<std::uint64_t>(c.last) > s_.last_seq) {
    return refuse(Reason::invalid, "There are no events of these numbers.", "first");
  }
  emit(PayloadsErased{c.first, c.last, c.actor, c.reason});
  return OkReply{};
}

}  // namespace ringfence
