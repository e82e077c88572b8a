// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gateway.h"

#include "gateway/llm/admission.h"
#include "gateway/llm/gateway_core.h"
#include "gateway/llm/gemini.h"

namespace ringfence::llm {
namespace {

using http::awaitable;

// What Claude Code asks before its first call, to see that someone is there.
bool is_greeting(std::string_view method, std::string_view path) {
  if (path == "/api/hello") return method == "GET" || method == "HEAD";
  return path == "/" && method == "HEAD";
}

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

awaitable<void> send_unserved(http::Response& response, const Dialect& wire, int status,
                              std::string_view code, std::string_view sentence) {
  WireAnswer answer = wire.failure(status, code, sentence);
  answer.should_retry = false;
  co_await send_own(response, std::move(answer));
}

}  // namespace

WireAnswer refusal_on(const Dialect& dialect, const Refusal& refusal, const Policy& policy) {
  return dialect.refusal(refusal,
                         policy.final_status(dialect.name()).value_or(dialect.final_status()));
}

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
      observer(options.metrics, options.tracer),
      upstream(options.client),
      notices_(to.on_notice([live = live](const Notice& notice) { live->on_notice(notice); })) {}

GatewayCore::~GatewayCore() { service.unsubscribe(notices_); }

Gateway::Gateway(Service& service, std::shared_ptr<const Policy> policy, KeyRing keys,
                 Identify identify, GatewayOptions options)
    : core_(std::make_shared<GatewayCore>(service, std::move(policy), std::move(keys),
                                          std::move(identify), std::move(options))) {}

Gateway::~Gateway() = default;

bool Gateway::serves(std::string_view method, std::string_view path) {
  return path == "/v1" || path.starts_with("/v1/") || path == "/v1beta" ||
         path.starts_with("/v1beta/") || is_greeting(method, path);
}

awaitable<void> Gateway::handle(http::Request& request, http::Response& response) {
  const std::shared_ptr<GatewayCore> core = core_;
  if (is_greeting(request.method, request.path)) {
    http::Headers headers;
    headers.add("content-type", "application/json");
    co_await response.send(200, std::move(headers), "{}");
    co_return;
  }
  const WireRequest head{.method = request.method,
                         .path = request.path,
                         .query = request.query,
                         .headers = request.headers};
  const Dialect* dialect = core->wires.find(request.path);
  const Dialect& wire = core->wires.nearest(head);
  const auto gemini_models = gemini_models_path(head);
  const bool asks_models =
      wire.family() == "gemini" ? gemini_models.has_value() : is_models_path(request.path);
  const bool models = dialect == nullptr && asks_models;
  if (dialect == nullptr && !models) {
    co_return co_await send_unserved(response, wire, 404, "not_found",
                                     "The gateway does not meter this path, so it does not pass it "
                                     "on.");
  }
  // Codex asks for one first; at this status it goes on over HTTP at once.
  if (request.headers.has_token("upgrade", "websocket")) {
    co_return co_await send_unserved(response, wire, 426, "no_websocket",
                                     "The gateway serves this path over plain HTTP only.");
  }
  if (request.method != (models ? "GET" : "POST")) {
    co_return co_await send_unserved(response, wire, 405, "method_not_allowed",
                                     "This path does not take this method.");
  }
  auto caller = run_of(*core, request.headers);
  if (!caller) {
    core->observer.refused(caller.error().reason);
    WireAnswer answer = refusal_on(wire, caller.error(), *core->policy);
    co_return co_await send_own(response, std::move(answer));
  }
  if (models && gemini_models) {
    co_return co_await answer_gemini_models(*core, *caller, *gemini_models, response);
  }
  if (models) co_return co_await answer_models(*core, *caller, wire, request, response);
  co_await admit_and_run(*core, *dialect, *caller, request, response);
}

void Gateway::set_policy(std::shared_ptr<const Policy> policy, KeyRing keys) {
  core_->policy = std::move(policy);
  std::swap(core_->keys, keys);  // the old ones are wiped as they go
}

void Gateway::cut_calls() {
  for (CallControl* call : core_->under_way) call->gateway_stops();
}

std::size_t Gateway::live_calls() const { return core_->live->size(); }

}  // namespace ringfence::llm
