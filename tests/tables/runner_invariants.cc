// SPDX-License-Identifier: Apache-2.0
// What must hold after every line of every table, and at its end.
#include <fmt/format.h>

#include <algorithm>

#include "tests/tables/runner.h"

namespace ringfence::tables {
namespace {

using testing::MeterName;

// What may lift settled + held over a cap: bills that came in higher, and caps that came down.
bool excuses(const EventBody& body) {
  if (const auto* resolved = std::get_if<HoldResolved>(&body)) {
    return resolved->late || resolved->corrected || resolved->state == HoldState::overrun;
  }
  return std::holds_alternative<RaiseEnded>(body) || std::holds_alternative<PolicyAdopted>(body);
}

std::string amounts_text(const Amounts& amounts) {
  std::string text;
  amounts.for_each(
      [&](Unit unit, std::int64_t n) { text += fmt::format("{}:{} ", unit.index, n); });
  return text;
}

}  // namespace

void Runner::check_invariants() {
  check_walls();
  check_fold();
}

// P1 from outside: only a bill or a lowered cap puts a wall over, and then nothing adds to it.
void Runner::check_walls() {
  const bool excused =
      std::any_of(world_.record.begin() +
                      static_cast<std::ptrdiff_t>(std::min(line_begin_, world_.record.size())),
                  world_.record.end(), [](const Event& event) { return excuses(event.body); });
  if (excused) return;
  for (const auto& [name, view] : world_.meters()) {
    if (view.observe_only || view.settled + view.held <= view.cap) continue;
    const auto before = before_.find(name);
    const std::int64_t was =
        before == before_.end() ? 0 : before->second.settled + before->second.held;
    if (view.settled + view.held > was) {
      complain(fmt::format("P1: {} is over its cap: {} + {} > {}", name.text(), view.settled,
                           view.held, view.cap));
    }
  }
}

// The counters say what the record adds up to.
void Runner::check_fold() {
  for (const auto& [name, view] : world_.meters()) {
    if (view.window.kind == WindowKind::rolling) continue;
    std::int64_t settled = 0;
    std::int64_t held = 0;
    for (const auto& [id, meter] : fold_.meters()) {
      const bool same_name = meter.wall == name.wall && meter.unit == name.unit &&
                             meter.subject == name.subject && meter.window == view.window;
      if (!same_name || !meter.span.contains(world_.now)) continue;
      settled = meter.settled;
      held = meter.held;
    }
    if (settled != view.settled || held != view.held) {
      complain(fmt::format("{} shows {} + {}, the record adds up to {} + {}", name.text(),
                           view.settled, view.held, settled, held));
    }
  }
  const std::size_t open = world_.engine().status().open_holds;
  if (open != fold_.open_holds()) {
    complain(fmt::format("{} holds are open, by the record {}", open, fold_.open_holds()));
  }
}

// All that must survive a restart, but for the meters.
std::string Runner::picture(const Engine& engine) const {
  std::string text;
  for (const AccountView& account :
       engine.accounts_under("/", world_.now, testing::World::kAccountsMax)) {
    text += fmt::format("account {} role={} open={} halted={} run={}", account.path, account.role,
                        account.open, account.halted, account.is_run);
    for (const PauseView& pause : account.pauses) {
      text += fmt::format(" pause={}/{}/{}", pause.cause, pause.wall, pause.reason);
    }
    text += "\n";
  }
  for (const auto& [name, account] : run_accounts_) {
    const auto run = engine.run(run_id(name));
    if (!run) continue;
    text += fmt::format("run {} {} live={} revoked={} lease={} end={} holds={} user={}/{}/{}/{}\n",
                        run->run_id, run->account, run->live, run->revoked, run->lease_until.us,
                        run->hard_end.us, run->holds, run->identity.user, run->identity.team,
                        run->identity.org, run->identity.session);
  }
  for (const HaltView& halt : engine.halts()) {
    text += fmt::format("halt {} {} {} {} {} {}\n", halt.id, halt.account, halt.operation,
                        halt.everything, halt.reason, halt.placed.us);
  }
  ApprovalFilter everything;
  everything.max = testing::World::kAccountsMax;
  for (const ApprovalView& approval : engine.approvals(everything, world_.now)) {
    text += fmt::format("approval {} {} {} uses={} given={} expires={} comment={}\n", approval.id,
                        to_string(approval.state), approval.operation, approval.uses_left,
                        approval.given.size(), approval.expires_at.us, approval.comment);
  }
  for (const auto& [name, id] : holds_) {
    const auto hold = engine.hold(id);
    if (!hold || (hold->holder == kGatewayHolder)) continue;
    text += fmt::format("hold {} {} {} {} need={} charged={} until={}\n", id.number, hold->run_id,
                        hold->operation, to_string(hold->state), amounts_text(hold->need),
                        amounts_text(hold->charged), hold->deadline.us);
  }
  return text;
}

void Runner::finish() {
  if (!world_.started()) throw BadTable{"a table without a policy"};
  for (const auto& [name, reply] : answers_) complain("nobody asked for the answer of " + name);
  world_.step(0, Tick{}, clock_stepped_);
  const auto before = world_.meters();
  const std::string picture_before = picture(world_.engine());
  const bool gateway_open = std::ranges::any_of(holds_, [&](const auto& each) {
    const auto hold = world_.engine().hold(each.second);
    return hold && hold->state == HoldState::open && hold->holder == kGatewayHolder;
  });

  const std::vector<Event> record = world_.record;
  std::vector<std::string> first;
  for (int round = 0; round < 2; ++round) {
    world_.record = record;
    if (auto done = world_.restart(); !done) {
      complain("restart: " + done.error().text());
      return;
    }
    world_.step(0, Tick{}, clock_stepped_);
    auto lines = world_.lines();
    if (round == 0)
      first = std::move(lines);
    else if (first != lines)
      complain("two restarts from one record differ");
  }
  for (std::size_t i = record.size(); i < world_.record.size(); ++i) {
    const EventBody& body = world_.record[i].body;
    const bool expected = std::holds_alternative<Started>(body) ||
                          (gateway_open && (std::holds_alternative<HoldResolved>(body) ||
                                            std::holds_alternative<AlertFired>(body) ||
                                            std::holds_alternative<Paused>(body)));
    if (!expected) complain(fmt::format("a restart wrote {}", event_type(body)));
  }
  const auto after = world_.meters();
  for (const auto& [name, view] : before) {
    const auto found = after.find(name);
    if (found == after.end()) {
      complain("after a restart there is no meter " + name.text());
      continue;
    }
    const MeterView& now = found->second;
    const bool by_time = view.unit == kSeconds || view.unit == kConcurrent;
    const bool equal = gateway_open ? by_time || view.settled + view.held == now.settled + now.held
                                    : view.settled == now.settled && view.held == now.held;
    if (!equal || view.cap != now.cap || view.policy_cap != now.policy_cap ||
        view.raised_until != now.raised_until) {
      complain(fmt::format("after a restart {} shows {} + {} of {}, before {} + {} of {}",
                           name.text(), now.settled, now.held, now.cap, view.settled, view.held,
                           view.cap));
    }
  }
  if (after.size() != before.size()) complain("a restart brought other meters");
  if (!gateway_open && picture(world_.engine()) != picture_before) {
    complain("a restart changed\n" + picture_before + "into\n" + picture(world_.engine()));
  }
}

}  // namespace ringfence::tables
