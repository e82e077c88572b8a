// SPDX-License-Identifier: Apache-2.0
// ServiceMetrics: what the service counts: how holds were decided, how long their answers took, and
// what each commit was.
//
// Contract: thread-safe; nothing of it runs on the engine's thread. A hold is counted when its
// reply is handed on, which is after its record is durable; its time runs from `submit` to then,
// with what it waited in a queue for room.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "engine/command.h"

namespace ringfence {

class ServiceMetrics {
 public:
  ServiceMetrics(std::shared_ptr<Metrics> metrics, std::function<ClockReading()> clock);

  // The handler of a command, which counts first where that is a hold.
  std::function<void(Reply)> measured(const Command& command, std::function<void(Reply)> handler);
  std::function<void(std::vector<Reply>)> measured(const std::vector<Command>& commands,
                                                   std::function<void(std::vector<Reply>)> handler);

  Duration now() const { return clock_().monotonic; }
  Duration since(Duration begun) const { return {now().us - begun.us}; }
  void committed(std::size_t events, Duration took);

 private:
  void decided(const Reply& reply, Duration took);

  const std::shared_ptr<Metrics> metrics_;
  const std::function<ClockReading()> clock_;
  Counter& allowed_;
  std::array<Counter*, kReasons> refused_{};
  Histogram& hold_time_;
  Histogram& commit_time_;
  Histogram& commit_events_;
};

}  // namespace ringfence
