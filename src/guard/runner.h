// SPDX-License-Identifier: Apache-2.0
// GuardRunner: asks the guards of holds before these are placed.
//
// Contract: one io_context, one thread; outlived by nothing that it started. All guards of a
// request are asked at once, but no more than `running_max` of all requests together; the others
// queue, and where the queue is full or too slow the answer is a denial. Whatever is no proper
// answer is a denial too, with a sentence that names the kind of failure and nothing of what the
// guard said. The engine decides by the answers: forgetting to ask allows nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "engine/command.h"
#include "guard/hook.h"
#include "service/service.h"

namespace ringfence::guard {

struct RunnerOptions {
  std::size_t running_max = 16;
  std::size_t queue_max = 1'024;
  Duration queue_time = Duration::seconds(10);
  std::vector<std::string> keeper;  // default: this very program with kKeeperWord
  auth::Environment environment;
};

// A hold that is about to be placed, and its arguments as guards see them.
struct Asking {
  PlaceHold* hold = nullptr;
  const Json* args = nullptr;  // null: none
};

class GuardRunner {
 public:
  GuardRunner(Service& service, std::shared_ptr<const Policy> policy, Hooks hooks,
              RunnerOptions options);
  ~GuardRunner();
  GuardRunner(const GuardRunner&) = delete;
  GuardRunner& operator=(const GuardRunner&) = delete;

  // Of the version in force; one that is out of date costs an answer, never lets one through.
  void set_policy(std::shared_ptr<const Policy> policy, Hooks hooks);
  // Puts the guards' answers into the holds. Those that the engine refuses anyway, or whose key has
  // an answer, are asked about nobody.
  boost::asio::awaitable<void> ask(std::vector<Asking> about);
  boost::asio::awaitable<void> ask(PlaceHold& hold, const Json* args);

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

}  // namespace ringfence::guard
