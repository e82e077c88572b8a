// SPDX-License-Identifier: Apache-2.0
#include "service/policy_changer.h"

#include <future>
#include <utility>

#include "engine/past.h"
#include "policy/check.h"
#include "service/record.h"

namespace ringfence {
namespace {

Refusal refusal_with(Reason reason, std::string sentence) {
  Refusal refusal;
  refusal.reason = reason;
  refusal.sentence = std::move(sentence);
  return refusal;
}

std::unexpected<PolicyProblem> no(Reason reason, std::string sentence) {
  return std::unexpected(PolicyProblem{refusal_with(reason, std::move(sentence)), {}});
}

std::unexpected<PolicyProblem> stopping() {
  return no(Reason::unverifiable, "Ringfence takes no more requests at the moment. Retry later.");
}

constexpr const char* kOvertaken = "Another version of the policy is in force by now.";

}  // namespace

PolicyChanger::~PolicyChanger() {
  {
    const std::lock_guard hold(mutex_);
    closed_ = true;
  }
  arrived_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (Waiting& each : waiting_) each.handler(stopping());
}

void PolicyChanger::change(PolicyChange change, Handler handler) {
  {
    const std::lock_guard hold(mutex_);
    if (!closed_ && waiting_.size() < kPolicyChangesMax) {
      waiting_.push_back({std::move(change), std::move(handler)});
      if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
      arrived_.notify_all();
      return;
    }
  }
  handler(stopping());
}

void PolicyChanger::work() {
  for (;;) {
    Waiting next;
    {
      std::unique_lock hold(mutex_);
      arrived_.wait(hold, [this] { return closed_ || !waiting_.empty(); });
      if (closed_) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    make(next);
  }
}

bool PolicyChanger::look(std::function<void(const Engine&, Time)> reader) {
  auto done = std::make_shared<std::promise<void>>();
  auto looked = done->get_future();
  service_.query([reader = std::move(reader), done](const Engine& engine, Time now) {
    reader(engine, now);
    done->set_value();
  });
  done.reset();  // a question that is dropped breaks the promise
  try {
    looked.get();
  } catch (const std::future_error&) {
    return false;
  }
  return true;
}

void PolicyChanger::make(Waiting& waiting) {
  PolicyChange& change = waiting.change;
  UnitTable units;
  PolicyOutcome outcome;
  if (!look([&](const Engine& engine, Time) {
        units = engine.units();
        outcome.reply.sha256 = engine.status().policy_sha256;
        outcome.reply.version = engine.policy_versions().back().version;
      })) {
    return waiting.handler(stopping());
  }
  const auto compiled = Policy::compile(change.text, change.name, units);
  if (!compiled) {
    CheckReport report = check_policy(change.text, change.name);
    if (report.problems.empty()) report.problems.push_back(compiled.error().text());
    PolicyProblem problem{
        refusal_with(Reason::invalid, "The policy has mistakes; the one in force stays."),
        std::move(report.problems)};
    return waiting.handler(std::unexpected(std::move(problem)));
  }
  const std::shared_ptr<const Policy>& policy = *compiled;
  if (check_) {
    if (const auto fit = check_(*policy); !fit) {
      return waiting.handler(no(Reason::invalid, fit.error().text()));
    }
  }
  if (change.dry_run) {
    if (!change.follows.empty() && change.follows != outcome.reply.sha256) {
      return waiting.handler(no(Reason::conflict, kOvertaken));
    }
    outcome.reply.changed = outcome.reply.sha256 != policy->sha256_hex();
    outcome.reply.sha256 = policy->sha256_hex();
    if (outcome.reply.changed) ++outcome.reply.version;
    outcome.warnings = check_policy(change.text, change.name).warnings;
    return waiting.handler(std::move(outcome));
  }

  AdoptionPlan plan;
  if (!look([&](const Engine& engine, Time now) { plan = engine.plan_adoption(*policy, now); })) {
    return waiting.handler(stopping());
  }
  std::shared_ptr<Past> past;
  if (plan.reads_record) {
    past = std::make_shared<Past>(plan.since);
    const auto read = read_durable(service_.data_dir(), 0, units,
                                   [&past](const Event& event) { past->read(event); });
    if (!read) return waiting.handler(no(Reason::unverifiable, "The record could not be read."));
  }
  outcome.warnings = check_policy(change.text, change.name).warnings;
  AdoptPolicy adopt{policy, std::move(change.actor), change.source, std::move(change.follows),
                    std::move(past)};
  service_.submit(std::move(adopt), [handler = std::move(waiting.handler),
                                     outcome = std::move(outcome)](Reply reply) mutable {
    if (auto* adopted = std::get_if<PolicyReply>(&reply)) {
      outcome.reply = std::move(*adopted);
      return handler(std::move(outcome));
    }
    auto* refusal = std::get_if<Refusal>(&reply);
    handler(
        std::unexpected(PolicyProblem{refusal != nullptr ? std::move(*refusal) : Refusal{}, {}}));
  });
}

}  // namespace ringfence
