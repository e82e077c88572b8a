// SPDX-License-Identifier: Apache-2.0
// PolicyChanger: brings another version of the policy into force while the service runs.
//
// Contract: thread-safe. One change after the other, on a thread of its own: the document is
// compiled there, and what its new walls need of the record is read there, so that the engine only
// reads what came since and decides nothing else for as long as that takes. A document that does
// not validate is refused whole; the version in force stays. `handler` runs exactly once, on any
// thread, after what it is told is durable; it must not block. Destroy it before the service stops.
// Limitations: a change walks all accounts on the engine's thread, some microseconds for each.
#pragma once

#include <condition_variable>
#include <deque>
#include <expected>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "service/service.h"

namespace ringfence {

inline constexpr std::size_t kPolicyDocumentMax = 8 * 1024 * 1024;
inline constexpr std::size_t kPolicyChangesMax = 8;  // waiting; more are refused

struct PolicyChange {
  std::string text;
  std::string name = "policy";  // where it comes from, for the places of mistakes
  std::string actor;
  PolicySource source = PolicySource::api;
  std::string follows;  // when set: the version that must be in force, else `conflict`
  bool dry_run = false;
};
struct PolicyOutcome {
  PolicyReply reply;  // of a dry run: what would come
  std::vector<std::string> warnings;
};
struct PolicyProblem {
  Refusal refusal;
  std::vector<std::string> mistakes;  // of the document, each with its place
};

class PolicyChanger {
 public:
  using Handler = std::function<void(std::expected<PolicyOutcome, PolicyProblem>)>;
  // What else must hold before a version is adopted, such as its keys being readable.
  using Check = std::function<Result<void>(const Policy&)>;

  explicit PolicyChanger(Service& service, Check check = {})
      : service_(service), check_(std::move(check)) {}
  ~PolicyChanger();
  PolicyChanger(const PolicyChanger&) = delete;
  PolicyChanger& operator=(const PolicyChanger&) = delete;

  void change(PolicyChange change, Handler handler);

 private:
  struct Waiting {
    PolicyChange change;
    Handler handler;
  };

  void work();
  void make(Waiting& waiting);
  // Runs on the engine's thread and waits for it; false when the service takes nothing any more.
  bool look(std::function<void(const Engine&, Time)> reader);

  Service& service_;
  const Check check_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Waiting> waiting_;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace ringfence
