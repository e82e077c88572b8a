// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gateway.h"

#include "gateway/llm/admission.h"
#include "gateway/llm/gateway_core.h"
#include "gateway/llm/openai_answers.h"

namespace ringfence::llm {
namespace {

using http::awaitable;

constexpr std::string_view kChatPath = "/v1/chat/completions";
constexpr std::string_view kModelsPath = "/v1/models";

Refusal refusal_of(Reason reason, std::string sentence = {}) {
  Refusal refusal;
  refusal.reason = reason;
  refusal.sentence = std::move(sentence);
  return refusal;
}

// The run that asks, or why it may not.
std::expected<auth::Caller, Refusal> run_of(const GatewayCore& core, const http::Headers& headers) {
  auto caller = core.identify(headers);
  if (!caller) {
    const bool malformed = caller.error().code == ErrorCode::invalid;
    return std::unexpected(refusal_of(malformed ? Reason::invalid : Reason::unauthenticated,
                                      malformed ? caller.error().message : std::string()));
  }
  if (caller->kind == auth::Caller::Kind::none) {
    return std::unexpected(refusal_of(Reason::unauthenticated));
  }
  if (!caller->is_run()) {
    return std::unexpected(refusal_of(
        Reason::forbidden, "An operator token cannot spend. Start a run and use its credential."));
  }
  if (caller->expired) return std::unexpected(refusal_of(Reason::credential_expired));
  return *std::move(caller);
}

}  // namespace

awaitable<void> send_own(http::Response& response, WireAnswer answer, std::string decision_id) {
  http::Headers headers;
  headers.add("content-type", "application/json");
  if (answer.should_retry) {
    headers.add("x-should-retry", *answer.should_retry ? "true" : "false");
  }
  if (answer.retry_after_ms) {
    headers.add("retry-after-ms", std::to_string(*answer.retry_after_ms));
  }
  if (!decision_id.empty()) headers.add("x-ringfence-decision", std::move(decision_id));
  co_await response.send(answer.status, std::move(headers), std::move(answer.body));
}

GatewayCore::GatewayCore(Service& to, std::shared_ptr<const Policy> by, KeyRing with,
                         Gateway::Identify identifies, GatewayOptions under)
    : service(to),
      policy(std::move(by)),
      keys(std::move(with)),
      identify(std::move(identifies)),
      options(std::move(under)),
      upstream(options.client),
      notices_(to.on_notice([live = live](const Notice& notice) { live->on_notice(notice); })) {}

GatewayCore::~GatewayCore() { service.unsubscribe(notices_); }

Gateway::Gateway(Service& service, std::shared_ptr<const Policy> policy, KeyRing keys,
                 Identify identify, GatewayOptions options)
    : core_(std::make_shared<GatewayCore>(service, std::move(policy), std::move(keys),
                                          std::move(identify), std::move(options))) {}

Gateway::~Gateway() = default;

bool Gateway::serves(std::string_view path) { return path == "/v1" || path.starts_with("/v1/"); }

awaitable<void> Gateway::handle(http::Request& request, http::Response& response) {
  const std::shared_ptr<GatewayCore> core = core_;
  const bool chat = request.path == kChatPath;
  if (!chat && request.path != kModelsPath) {
    WireAnswer answer = openai_failure(404, "not_found",
                                       "The gateway does not meter this path, so it does not pass "
                                       "it on.");
    answer.should_retry = false;
    co_return co_await send_own(response, std::move(answer));
  }
  if (request.method != (chat ? "POST" : "GET")) {
    WireAnswer answer =
        openai_failure(405, "method_not_allowed", "This path does not take this method.");
    answer.should_retry = false;
    co_return co_await send_own(response, std::move(answer));
  }
  auto caller = run_of(*core, request.headers);
  if (!caller) co_return co_await send_own(response, openai_refusal(caller.error()));
  if (!chat) co_return co_await list_models(*core, *caller, response);
  co_await admit_and_run(*core, core->chat, *caller, request, response);
}

void Gateway::set_policy(std::shared_ptr<const Policy> policy) {
  core_->policy = std::move(policy);
}

std::size_t Gateway::live_calls() const { return core_->live->size(); }

}  // namespace ringfence::llm
