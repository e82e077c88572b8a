// SPDX-License-Identifier: Apache-2.0
#include "api/api.h"

#include <boost/asio/this_coro.hpp>

#include "api/admission.h"
#include "api/core.h"
#include "api/peer_watch.h"
#include "base/clock.h"
#include "edge/ask.h"

namespace ringfence::api {
namespace {

using http::awaitable;

Answer health() {
  Json json;
  json.set("status", "ok");
  return json_answer(200, json);
}

// Of a command that may wait in a queue.
bool may_wait(const Command& command) {
  const auto* place = std::get_if<PlaceHold>(&command);
  return place != nullptr && place->wait.us > 0;
}

}  // namespace

Api::Api(Service& service, std::shared_ptr<auth::Authenticator> authenticator,
         auth::RunSigner signer, ApiOptions options)
    : core_(std::make_shared<ApiCore>(service, std::move(authenticator), std::move(signer),
                                      std::move(options))) {}

Api::~Api() = default;

bool Api::serves(std::string_view path) {
  return path.starts_with("/api/") || path == "/api" || path == "/healthz" || path == "/readyz" ||
         path == "/metrics" || path.starts_with("/audit/");
}

awaitable<void> Api::handle(http::Request& request, http::Response& response) {
  const std::shared_ptr<ApiCore> core = core_;
  co_await core->handle(request, response);
}

void Api::end_streams() { core_->end_streams(); }

ApiCore::ApiCore(Service& service, std::shared_ptr<auth::Authenticator> authenticator,
                 auth::RunSigner signer, ApiOptions options)
    : service_(service),
      authenticator_(std::move(authenticator)),
      signer_(std::move(signer)),
      options_(std::move(options)),
      policy_(options_.policy_changer ? options_.policy_changer
                                      : std::make_shared<PolicyChanger>(service)) {
  if (!options_.metrics) options_.metrics = std::make_shared<const Metrics>();
  if (!options_.now) options_.now = [] { return SystemClock::read().wall; };
}

awaitable<void> ApiCore::handle(http::Request& request, http::Response& response) {
  const auto self = shared_from_this();
  auto answered = co_await answer(request, response);
  if (!answered) co_return;  // it was streamed, or the client is gone
  co_await response.send(answered->status, std::move(answered->headers), std::move(answered->body));
}

std::expected<auth::Caller, Answer> ApiCore::identify(const http::Request& request) {
  auto caller = authenticator_->identify(request.headers, options_.now());
  if (!caller) {
    const bool stranger = caller.error().code == ErrorCode::forbidden;
    const Reason reason = stranger ? Reason::unauthenticated : Reason::invalid;
    return std::unexpected(
        problem_answer(refusal_of(reason, caller.error().message, caller.error().where)));
  }
  if (caller->kind == auth::Caller::Kind::none && options_.local) {
    if (auto local = options_.local(request)) return std::move(*local);
  }
  return std::move(*caller);
}

awaitable<std::optional<Answer>> ApiCore::answer(http::Request& request, http::Response& response) {
  const auto caller = identify(request);
  if (!caller) co_return caller.error();
  const bool stranger = caller->kind == auth::Caller::Kind::none;
  if (options_.metrics_open && stranger && request.method == "GET" && request.path == "/metrics") {
    co_return co_await metrics(false);
  }
  const Asker asker{&*caller, &signer_, options_.now()};
  std::vector<Plan> plans;
  plans.push_back(open_plan(request.method, request.path, request.query, asker));
  Plan& plan = plans.front();
  if (plan.decided()) co_return std::move(plan.answer);

  if (const auto* special = std::get_if<Special>(&plan.route->handler)) {
    if (*special == Special::health) co_return health();
    if (*special == Special::readiness) co_return co_await readiness();
    if (*special == Special::metrics) {
      if (const auto refusal = check_scope(*plan.route, *caller, "/")) {
        co_return problem_answer(*refusal);
      }
      co_return co_await metrics(true);
    }
    if (*special == Special::events) co_return co_await events(request, response, plan);
    if (*special == Special::approval) co_return co_await approval(response, plan);
    if (*special == Special::put_policy) co_return co_await put_policy(request, plan);
    if (*special == Special::webhooks) co_return webhooks(plan);
    if (*special == Special::witnesses) co_return witnesses(plan);
    if (*special >= Special::audit_checkpoint) co_return audit(request, plan, *special);
    if (auto failed = co_await read_body(request, plan, options_.batch_bytes_max)) {
      co_return failed;
    }
    co_return co_await batch(plan);
  }
  if (std::holds_alternative<Look>(plan.route->handler)) co_return co_await look(plan);
  if (auto failed = co_await read_body(request, plan, options_.body_bytes_max)) co_return failed;
  co_await prepare(plans);
  if (plan.decided()) co_return std::move(plan.answer);
  co_return co_await command(plan, response);
}

awaitable<std::expected<std::string, Answer>> ApiCore::body_of(http::Request& request,
                                                               std::size_t bytes_max) {
  const auto encoding = request.header("content-encoding");
  if (encoding && !http::equal_ignoring_case(*encoding, "identity")) {
    co_return std::unexpected(problem_answer(
        415, "unsupported_encoding", "An encoded request body is not taken. Send it as it is."));
  }
  auto body = co_await request.body(bytes_max);
  if (body) co_return std::move(*body);
  switch (body.error().code) {
    case ErrorCode::too_large:
      co_return std::unexpected(
          problem_answer(413, "body_too_large",
                         "The body is larger than " + std::to_string(bytes_max) + " bytes."));
    case ErrorCode::timeout:
      co_return std::unexpected(
          problem_answer(408, "body_timeout", "The body did not come in time."));
    default:
      co_return std::unexpected(problem_answer(refusal_of(Reason::invalid, body.error().message)));
  }
}

awaitable<std::optional<Answer>> ApiCore::read_body(http::Request& request, Plan& plan,
                                                    std::size_t bytes_max) {
  const auto body = co_await body_of(request, bytes_max);
  if (!body) co_return body.error();
  if (body->empty()) co_return std::nullopt;  // as {}
  auto json = Json::parse(*body);
  if (!json) {
    co_return problem_answer(refusal_of(
        Reason::invalid, "The body: " + json.error().message + " (" + json.error().where + ")."));
  }
  plan.call.body = std::move(*json);
  co_return std::nullopt;
}

// Looks up what the plans need, all with one question, and builds their commands.
awaitable<void> ApiCore::prepare(std::vector<Plan>& plans) {
  bool lookup = units_ == nullptr;
  for (const Plan& plan : plans) lookup = lookup || needs_lookup(plan);
  if (lookup) {
    co_await ask_query(service_, [&](const Engine& engine, Time now) {
      for (Plan& plan : plans) look_up(plan, engine, now);
      if (!units_) units_ = std::make_shared<const UnitTable>(engine.units());
    });
  }
  bool refreshed = false;
  for (Plan& plan : plans) {
    if (!build(plan, units_) || refreshed) continue;
    co_await ask_query(service_, [&](const Engine& engine, Time) {
      units_ = std::make_shared<const UnitTable>(engine.units());
    });
    refreshed = true;
    plan.answer.reset();
    build(plan, units_);
  }
}

awaitable<Answer> ApiCore::look(const Plan& plan) {
  std::optional<Answer> refused;
  Looked looked_at;
  co_await ask_durable_query(service_, [&](const Engine& engine, Time now) {
    if (plan.call.caller->is_run() && plan.route->runs == RunState::live) {
      if (const auto refusal = check_live(engine.run(plan.call.run()), now)) {
        refused = problem_answer(*refusal);
        return;
      }
    }
    looked_at = std::get<Look>(plan.route->handler)(engine, now, plan.call);
  });
  if (refused) co_return std::move(*refused);
  if (const auto refusal = check_scope(*plan.route, *plan.call.caller, looked_at.scope)) {
    co_return problem_answer(*refusal);
  }
  co_return looked_at.render();
}

awaitable<Answer> ApiCore::command(Plan& plan, http::Response& response) {
  Command command = std::move(plan.asked->command);
  if (auto* place = std::get_if<PlaceHold>(&command); place != nullptr && options_.guards) {
    co_await options_.guards->ask(*place, place->args.get());
  }
  // Not one conditional expression: g++ 12 destroys what a co_await inside one gives twice.
  Reply reply;
  if (may_wait(command)) {
    reply = co_await ask_and_watch(std::move(command), response);
  } else {
    reply = co_await ask(service_, std::move(command));
  }
  co_return render(plan, reply);
}

awaitable<Reply> ApiCore::ask_and_watch(Command command, http::Response& response) {
  const Ticket ticket = service_.reserve_ticket();
  const auto watch = start_peer_watch(
      co_await boost::asio::this_coro::executor, response,
      [this, ticket] { service_.submit(CancelHold{ticket}, [](const Reply&) {}); });
  Reply reply = co_await ask(service_, ticket, std::move(command));
  co_await watch->stop();
  co_return reply;
}

}  // namespace ringfence::api
