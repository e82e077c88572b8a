// SPDX-License-Identifier: Apache-2.0
#include "whatif/trial.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.h"
#include "base/path.h"
#include "whatif/asked.h"
#include "whatif/assume.h"

namespace ringfence {
namespace {

constexpr Ticket kTicket = 1;
constexpr std::string_view kActor = "test";

std::string who(const TestRequest& request) {
  return fmt::format("{}\n{}\n{}\n{}\n{}", request.account, request.user, request.team, request.org,
                     request.session);
}

// "budget usd/day of acme"
std::string wall_text(const WallState& wall) {
  return fmt::format("{} {}/{} of {}", wall.name, wall.unit, to_string(wall.window), wall.account);
}

TestExpectation decision_of(const Refusal& refusal) {
  const bool asks = to_string(refusal.reason).starts_with("approval_required");
  return asks ? TestExpectation::ask : TestExpectation::refuse;
}

const std::string& what(const TestRequest& request) {
  return request.command.empty() ? request.operation : request.command;
}

// The rule of the role that decides about the hold: that of the first program that is not allowed,
// or of the first.
std::string deciding_rule(const Policy& policy, const TestRequest& request,
                          const PlaceHold& place) {
  if (!place.unreadable.empty()) return {};
  const Identity identity{request.user, request.team, request.org, request.session};
  std::optional<RoleId> role;
  for (std::string_view path = request.account; !role && !path.empty(); path = parent_path(path)) {
    role = policy.account(path).role;
  }
  if (!role) return {};
  std::vector<Verdict> verdicts;
  const auto check = [&](const std::string& text) {
    if (const auto operation = Operation::parse(text)) {
      verdicts.push_back(policy.check(*role, *operation, identity));
    }
  };
  check(place.operation);
  for (const std::string& text : place.further) check(text);
  for (const std::string& danger : place.dangers) {
    verdicts.push_back(policy.check_danger(*role, danger, identity));
  }
  const auto refused = std::ranges::find(verdicts, false, &Verdict::allowed);
  if (refused != verdicts.end()) return refused->rule;
  return verdicts.empty() ? std::string() : verdicts.front().rule;
}

std::string text_of(const PolicyTest& test) {
  std::string text(to_string(test.expect));
  std::string_view before = " (";
  for (const auto& [what, value] :
       {std::pair<std::string_view, const std::string&>("", test.reason),
        {"at ", test.wall},
        {"by the rule ", test.rule}}) {
    if (value.empty()) continue;
    text += before;
    text += what;
    text += value;
    before = " ";
  }
  return before == " " ? text + ")" : text;
}

std::string text_of(const TrialAnswer& got) {
  std::string text(to_string(got.decision));
  if (got.refusal) {
    text += fmt::format(" ({}", to_string(got.refusal->reason));
    if (got.refusal->wall) text += " at " + wall_text(*got.refusal->wall);
    if (!got.rule.empty() && got.refusal->reason == Reason::denied) {
      text += " by the rule " + got.rule;
    }
    text += fmt::format("): {}", got.refusal->sentence);
  } else if (!got.rule.empty()) {
    text += " (by the rule " + got.rule + ")";
  }
  return text;
}

bool agrees(const PolicyTest& test, const TrialAnswer& got) {
  if (test.expect != got.decision) return false;
  if (!test.rule.empty() && test.rule != got.rule) return false;
  if (!test.reason.empty() && (!got.refusal || test.reason != to_string(got.refusal->reason))) {
    return false;
  }
  if (test.wall.empty()) return true;
  if (!got.refusal || !got.refusal->wall) return false;
  const WallState& wall = *got.refusal->wall;
  return test.wall == wall.name || test.wall == wall_text(wall) ||
         test.wall == fmt::format("{} {}/{}", wall.name, wall.unit, to_string(wall.window));
}

}  // namespace

TrialBench::TrialBench(std::shared_ptr<const Policy> policy, Time at)
    : policy_(std::move(policy)), now_{at, false} {
  const auto started = engine_.start(policy_, "test", nullptr, now_, out_);
  RF_ENSURE(started.has_value(), "an engine without a past takes any policy");
  policy_ = engine_.policy();
}

std::optional<Refusal> TrialBench::run_for(const TestRequest& request, std::string& run_id) {
  const std::string key = who(request);
  for (const auto& [have, id] : runs_) {
    if (have != key) continue;
    run_id = id;
    return std::nullopt;
  }
  run_id = fmt::format("r_test{}", runs_.size() + 1);
  StartRun start;
  start.run_id = run_id;
  start.account = request.account;
  start.actor = kActor;
  start.identity = {request.user, request.team, request.org, request.session};
  start.lease = Lease::none;
  out_.clear();
  engine_.step(kTicket, std::move(start), now_, out_);
  if (const auto* refusal = std::get_if<Refusal>(&out_.replies.back().second)) return *refusal;
  runs_.emplace_back(key, run_id);
  return std::nullopt;
}

TrialAnswer TrialBench::ask(const TestRequest& request) {
  TrialAnswer answer;
  auto asked = hold_for(request);
  if (!asked) {
    Refusal& refusal = answer.refusal.emplace();
    refusal.reason = Reason::invalid;
    refusal.sentence = asked.error().where + " " + asked.error().message;
    return answer;
  }
  PlaceHold& place = *asked;
  answer.rule = deciding_rule(*policy_, request, place);
  std::string run_id;
  answer.refusal = run_for(request, run_id);
  if (!answer.refusal) {
    place.run_id = run_id;
    place.holder = "run:" + run_id;
    assume_guards_allow(*policy_, place);
    const std::string holder = place.holder;
    out_.clear();
    engine_.step(kTicket, std::move(place), now_, out_);
    const Reply& reply = out_.replies.back().second;
    if (const auto* allow = std::get_if<AllowReply>(&reply)) {
      answer.decision = TestExpectation::allow;
      if (!request.open) {
        ResolveHold settle;
        settle.hold = allow->hold;
        settle.holder = holder;
        out_.clear();
        engine_.step(kTicket, std::move(settle), now_, out_);
      }
      return answer;
    }
    answer.refusal = std::get<Refusal>(reply);
  }
  answer.decision = decision_of(*answer.refusal);
  return answer;
}

TrialResult run_trial(const std::shared_ptr<const Policy>& policy, const PolicyTest& test) {
  TrialBench bench(policy, test.at.value_or(*parse_rfc3339(kTrialTime)));
  TrialResult result;
  result.expected_text = text_of(test);
  for (const TestRequest& request : test.after) {
    for (std::int64_t i = 0; i < request.times; ++i) {
      const TrialAnswer earlier = bench.ask(request);
      if (earlier.decision == TestExpectation::allow) continue;
      result.problem = fmt::format("the earlier request {} of {} was not allowed: {}",
                                   what(request), request.account, text_of(earlier));
      return result;
    }
  }
  result.got = bench.ask(test.request);
  result.got_text = text_of(result.got);
  result.passed = agrees(test, result.got);
  return result;
}

}  // namespace ringfence
