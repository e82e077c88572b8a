// SPDX-License-Identifier: Apache-2.0
#include "engine/prospect.h"

#include <algorithm>
#include <deque>

#include "base/path.h"
#include "engine/engine.h"
#include "engine/step.h"

namespace ringfence {
namespace {

constexpr std::string_view kNewRun = "a-new-run";

}  // namespace

// The checks of a decision without a run: those that it shares with Step are Step's.
class Prospector {
 public:
  Prospector(Step& step, const ProspectQuestion& question)
      : step_(step), s_(step.s_), question_(question), request_(question.hold) {}

  Prospect look() {
    found_.clock_stopped = s_.clock_stopped;
    found_.known = s_.policy->account(question_.account).known;
    if (request_.unreadable.empty()) {
      found_.operations = step_.read_operations(request_, cleared_);
    } else {
      found_.operations = step_.refuse(Reason::denied, request_.unreadable);
    }
    for (std::string_view path = question_.account; !path.empty(); path = parent_path(path)) {
      account(path);
    }
    if (found_.role) role();
    if (found_.operations) return std::move(found_);
    for (const auto& [id, halt] : s_.halts) look_at_halt(id, halt);
    limits();
    rules_without_runs();
    measure();
    asks();
    return std::move(found_);
  }

 private:
  void account(std::string_view path) {
    const AccountRules rules = s_.policy->account(path);
    if (!found_.role && rules.role) {
      found_.role = rules.role;
      found_.role_from = path;
    }
    found_.walled = found_.walled || rules.unlimited;
    for (const WallRule& budget : rules.budgets) add_budget(budget, path);
    const Account* opened = s_.ledger.accounts.find(path);
    if (opened == nullptr) return;
    for (const Pause& pause : s_.ledger.accounts.pauses(opened->id)) {
      found_.pauses.push_back({std::string(path), {pause.cause, pause.wall, pause.reason}});
    }
  }

  void role() {
    const RoleId role = *found_.role;
    found_.role_name = s_.policy->role_name(role);
    for (const KnownOperation* operation : cleared_.operations) {
      found_.verdicts.emplace_back(operation->text(),
                                   operation->verdict(*s_.policy, role, question_.identity));
    }
    for (const std::string& danger : request_.dangers) {
      Verdict verdict = s_.policy->check_danger(role, danger, question_.identity);
      if (!verdict.allowed) found_.verdicts.emplace_back(danger, std::move(verdict));
    }
    const RunRule rule = s_.policy->run_rule(role);
    for (const WallRule& budget : rule.budgets) add_budget(budget, new_run());
    require(rule.require);
  }

  void require(const std::vector<std::string Identity::*>& fields) {
    for (const auto field : fields) {
      const std::string name(identity_field_name(field));
      if (!(question_.identity.*field).empty()) continue;
      if (std::ranges::find(found_.missing, name) == found_.missing.end()) {
        found_.missing.push_back(name);
      }
    }
  }

  void look_at_halt(const std::string& id, const Halt& halt) {
    const bool covers = std::ranges::any_of(cleared_.operations, [&](const KnownOperation* each) {
      return step_.halt_covers(halt, question_.account, *each);
    });
    if (!covers) return;
    found_.halts.push_back({id, halt.fact.account, halt.fact.operation, halt.fact.actor,
                            halt.fact.reason, halt.fact.everything, halt.placed});
  }

  void limits() {
    const RunPlace place{.run_accounts = {new_run()}, .identity = question_.identity};
    for (const auto& [index, parts] : limits_of(cleared_.operations)) {
      const LimitRule& limit = s_.policy->limits()[index];
      if (!limit.whom.covers(question_.identity)) continue;
      require(limit.require);
      for (const std::string& subject : limit_subjects(limit, place)) {
        add(limit.wall, subject, true);
        if (cleared_.operations.size() > 1) cleared_.walls.back().parts = parts;
      }
    }
  }

  void rules_without_runs() {
    for (const KnownOperation* operation : cleared_.operations) {
      if (!found_.arguments) found_.arguments = step_.check_arguments(request_, *operation);
      for (const std::uint32_t index : operation->guards()) {
        const std::string& name = s_.policy->guards()[index].name;
        if (std::ranges::find(found_.guards, name) == found_.guards.end()) {
          found_.guards.push_back(name);
        }
      }
      for (const std::uint32_t index : operation->loops()) {
        found_.loops.push_back(s_.policy->loops()[index]);
      }
    }
  }

  // Whom rules would ask for what is needed at most.
  void asks() {
    if (!found_.role || found_.need) return;
    const auto& output = cleared_.demand.output();
    const Amounts need = cleared_.demand.amounts_at(output ? output->wanted_tokens : 0);
    for (const KnownOperation* operation : cleared_.operations) {
      const auto* rules = operation->asks(*s_.policy, *found_.role);
      if (rules == nullptr) continue;  // too many to be sure; its verdict says so
      for (const AskRule* rule : *rules) {
        if (rule->covers(need)) found_.asks.push_back(rule->match);
      }
    }
  }

  void measure() {
    found_.need = step_.complete_need(request_, cleared_);
    for (std::size_t i = 0; i < cleared_.walls.size(); ++i) {
      const Applied& applied = cleared_.walls[i];
      const Wall& wall = *applied.wall;
      const Level level = s_.ledger.level(wall, applied.meter);
      ProspectWall& found = found_.walls.emplace_back();
      found.limit = is_limit_[i];
      found.meter = view_of_wall(s_, wall, applied.meter, step_.now_.time);
      if (found_.need) continue;
      found.need = std::max<std::int64_t>(0, cleared_.need_at(applied, 0));
      if (found.need == 0 || !wall.enforced) continue;
      const Answer answer = stand(wall, applied.meter, level, found.need, step_.now_.time);
      found.fits = answer.standing == Standing::fits;
    }
  }

  void add_budget(const WallRule& rule, std::string_view subject) {
    found_.walled = found_.walled || ends_spending(rule);
    add(rule, subject, false);
  }

  void add(const WallRule& rule, std::string_view subject, bool limit) {
    const Wall* wall = s_.ledger.find_wall({rule.name, subject, rule.unit, rule.window});
    if (wall == nullptr) {
      Wall& fresh = untouched_.emplace_back(untouched_wall(rule, texts_.emplace_back(subject)));
      fresh.name = texts_.emplace_back(rule.name);  // the rule itself may be a copy
      wall = &fresh;
    }
    cleared_.walls.push_back({wall, s_.ledger.current(*wall, step_.now_.time)});
    is_limit_.push_back(limit);
  }

  std::string new_run() const { return join_path(question_.account, kNewRun); }

  Step& step_;
  EngineState& s_;
  const ProspectQuestion& question_;
  PlaceHold request_;
  Cleared cleared_;
  std::deque<Wall> untouched_;
  std::deque<std::string> texts_;  // of those
  std::vector<bool> is_limit_;     // by wall
  Prospect found_;
};

Prospect Engine::prospect(const ProspectQuestion& question, Time now) const {
  Output nothing;
  Step step(*state_, Now{std::max(now, state_->last_time), false}, nothing);
  return Prospector(step, question).look();
}

}  // namespace ringfence
