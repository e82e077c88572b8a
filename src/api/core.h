// SPDX-License-Identifier: Apache-2.0
// ApiCore: what the coroutines of the API share.
//
// Contract: internal to the room; one thread. Held by the Api and by every call in flight, so that
// a call's frame that is destroyed late finds it alive.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "api/api.h"
#include "api/event_pager.h"
#include "api/event_signal.h"
#include "api/plan.h"
#include "notary/log_reader.h"

namespace ringfence::api {

inline constexpr std::size_t kBatchMax = 1'000;  // calls in a batch

class ApiCore : public std::enable_shared_from_this<ApiCore> {
 public:
  ApiCore(Service& service, std::shared_ptr<auth::Authenticator> authenticator,
          auth::RunSigner signer, ApiOptions options);

  http::awaitable<void> handle(http::Request& request, http::Response& response);
  void end_streams();

 private:
  // api.cc
  std::expected<auth::Caller, Answer> identify(const http::Request& request);
  http::awaitable<std::optional<Answer>> answer(http::Request& request, http::Response& response);
  http::awaitable<std::optional<Answer>> read_body(http::Request& request, Plan& plan,
                                                   std::size_t bytes_max);
  http::awaitable<void> prepare(std::vector<Plan>& plans);
  http::awaitable<Answer> look(const Plan& plan);
  http::awaitable<Answer> command(Plan& plan, http::Response& response);
  http::awaitable<Reply> ask_and_watch(Command command, http::Response& response);

  http::awaitable<std::expected<std::string, Answer>> body_of(http::Request& request,
                                                              std::size_t bytes_max);

  // metrics.cc
  http::awaitable<Answer> metrics(bool with_accounts);
  http::awaitable<std::vector<MetricFamily>> budget_metrics();

  // readiness.cc
  http::awaitable<Answer> readiness();

  // approval.cc
  http::awaitable<Answer> approval(http::Response& response, const Plan& plan);
  http::awaitable<void> wait_for_decision(http::Response& response, const Plan& plan,
                                          Duration wait);
  Result<std::optional<std::string>> args_of(const ApprovalView& approval);

  // policy.cc
  http::awaitable<Answer> put_policy(http::Request& request, const Plan& plan);

  // audit.cc
  static std::optional<Answer> refuse_stranger(const Plan& plan);
  Answer audit(const http::Request& request, const Plan& plan, Special what);
  Answer audit_proof(const http::Request& request, const Plan& plan);

  // webhooks.cc
  Answer webhooks(const Plan& plan) const;
  // witnesses.cc
  Answer witnesses(const Plan& plan) const;

  // batch.cc
  http::awaitable<Answer> batch(const Plan& plan);

  // events.cc
  http::awaitable<std::optional<Answer>> events(http::Request& request, http::Response& response,
                                                const Plan& plan);
  http::awaitable<Answer> event_page(EventFilter filter, std::uint64_t after, std::size_t max);
  http::awaitable<void> event_stream(http::Response& response, EventFilter filter,
                                     std::uint64_t after);
  http::awaitable<Result<EventPage>> read_events(const EventFilter& filter, std::uint64_t after,
                                                 std::size_t max);
  http::awaitable<Result<std::uint64_t>> send_events(http::Response& response,
                                                     const EventFilter& filter,
                                                     std::uint64_t after);
  EventSignal& signal(const boost::asio::any_io_executor& executor);

  Service& service_;
  std::shared_ptr<auth::Authenticator> authenticator_;
  auth::RunSigner signer_;
  ApiOptions options_;
  std::shared_ptr<const UnitTable> units_;  // a copy; the engine's may have grown since
  const std::shared_ptr<PolicyChanger> policy_;
  std::optional<EventPager> pager_;
  std::unique_ptr<JournalReader> payloads_;
  std::unique_ptr<notary::LogReader> log_;
  std::optional<EventSignal> signal_;
  bool ending_ = false;  // no event stream goes on, and it is not ready
};

}  // namespace ringfence::api
