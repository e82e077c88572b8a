// SPDX-License-Identifier: Apache-2.0
#include "service/service_metrics.h"

#include <algorithm>

namespace ringfence {
namespace {

constexpr MetricName kDecisions{"ringfence_decisions_total",
                                "Decisions on holds that were asked for, by outcome and reason."};
constexpr MetricName kHoldTime{"ringfence_hold_seconds",
                               "From asking for a hold to its durable answer, with any wait for "
                               "room.",
                               kMicroScale};
constexpr MetricName kCommitTime{"ringfence_journal_commit_seconds",
                                 "How long a commit of the journal took.", kMicroScale};
constexpr MetricName kCommitEvents{"ringfence_journal_commit_events",
                                   "How many events a commit of the journal made durable."};
constexpr std::array<std::int64_t, 14> kEventCounts = {1,   2,   4,   8,     16,    32,    64,
                                                       128, 256, 512, 1'024, 2'048, 4'096, 8'192};

bool asks_for_a_hold(const Command& command) { return std::holds_alternative<PlaceHold>(command); }

}  // namespace

ServiceMetrics::ServiceMetrics(std::shared_ptr<Metrics> metrics,
                               std::function<ClockReading()> clock)
    : metrics_(metrics ? std::move(metrics) : std::make_shared<Metrics>()),
      clock_(std::move(clock)),
      allowed_(metrics_->counter(kDecisions, {{"outcome", "allow"}, {"reason", ""}})),
      hold_time_(metrics_->histogram(kHoldTime, kShortTimes)),
      commit_time_(metrics_->histogram(kCommitTime, kShortTimes)),
      commit_events_(metrics_->histogram(kCommitEvents, kEventCounts)) {
  for (std::size_t i = 0; i < refused_.size(); ++i) {
    const std::string reason(to_string(static_cast<Reason>(i)));
    refused_[i] = &metrics_->counter(kDecisions, {{"outcome", "refuse"}, {"reason", reason}});
  }
}

std::function<void(Reply)> ServiceMetrics::measured(const Command& command,
                                                    std::function<void(Reply)> handler) {
  if (!asks_for_a_hold(command)) return handler;
  return [this, asked = now(), handler = std::move(handler)](Reply reply) {
    decided(reply, since(asked));
    if (handler) handler(std::move(reply));
  };
}

std::function<void(std::vector<Reply>)> ServiceMetrics::measured(
    const std::vector<Command>& commands, std::function<void(std::vector<Reply>)> handler) {
  std::vector<std::size_t> holds;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (asks_for_a_hold(commands[i])) holds.push_back(i);
  }
  if (holds.empty()) return handler;
  return [this, asked = now(), holds = std::move(holds),
          handler = std::move(handler)](std::vector<Reply> replies) {
    const Duration took = since(asked);
    for (const std::size_t i : holds) decided(replies[i], took);
    if (handler) handler(std::move(replies));
  };
}

void ServiceMetrics::decided(const Reply& reply, Duration took) {
  if (const auto* refusal = std::get_if<Refusal>(&reply)) {
    refused_[static_cast<std::size_t>(refusal->reason)]->add();
  } else {
    allowed_.add();
  }
  hold_time_.observe(took.us);
}

void ServiceMetrics::committed(std::size_t events, Duration took) {
  commit_events_.observe(static_cast<std::int64_t>(events));
  commit_time_.observe(took.us);
}

}  // namespace ringfence
