// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/admission.h"

#include <boost/asio/this_coro.hpp>
#include <exception>

#include "base/checked.h"
#include "base/decimal.h"
#include "base/log.h"
#include "edge/ask.h"
#include "gateway/llm/beside.h"
#include "gateway/llm/pass_headers.h"

namespace ringfence::llm {
namespace {

using http::awaitable;

constexpr Duration kWaitMax = Duration::seconds(30);
constexpr Duration kHoldTtlMax = Duration::seconds(3'600);
// A hold outlives its upstream's time by this, so that the gateway cuts before the engine does.
constexpr Duration kDeadlineGrace = Duration::seconds(5);

std::unexpected<Refusal> refuse(Reason reason, std::string sentence, std::string field = {}) {
  Refusal refusal;
  refusal.reason = reason;
  refusal.sentence = std::move(sentence);
  refusal.field = std::move(field);
  return std::unexpected(std::move(refusal));
}

// What the client asks of the admission itself, beside the request.
struct Wishes {
  Duration wait;
  bool strict = false;
};

std::expected<Wishes, Refusal> wishes_of(const http::Headers& headers, Duration wait_default) {
  Wishes wishes{.wait = wait_default};
  if (const auto mode = headers.find("x-ringfence-admission")) {
    wishes.strict = *mode == "strict";
    if (!wishes.strict && *mode != "clamp") {
      return refuse(Reason::invalid, "\"strict\" or \"clamp\" was expected.",
                    "x-ringfence-admission");
    }
  }
  if (const auto wait = headers.find("x-ringfence-wait-ms")) {
    const auto ms = parse_decimal(*wait, 0);
    if (!ms || *ms < 0 || *ms > kWaitMax.whole_ms()) {
      return refuse(Reason::invalid, "An integer from 0 to 30000 was expected.",
                    "x-ringfence-wait-ms");
    }
    wishes.wait = Duration::millis(*ms);
  }
  return wishes;
}

// Where a model is served and under which operation.
struct Route {
  Operation operation;
  const Provider* provider = nullptr;
  const Price* price = nullptr;
  std::string model;  // the provider's own name
};

// The client's spelling, without our provider's name before it.
std::string own_name(const std::string& stated, const Operation& operation) {
  const std::string& provider = operation.segments()[1];
  const std::string& model = operation.segments().back();
  const std::string folded = http::to_lower(stated);
  if (folded == model) return stated;
  if (folded == provider + "/" + model) return stated.substr(provider.size() + 1);
  return model;
}

std::expected<Route, Refusal> route_of(const Policy& policy, const std::string& model,
                                       std::string_view family) {
  auto operation = policy.resolve_model(model);
  if (!operation) {
    const bool nobody = operation.error().code == ErrorCode::not_found;
    return refuse(nobody ? Reason::unpriced : Reason::invalid, operation.error().message, "model");
  }
  if (operation->segments().size() < 3) {
    return refuse(Reason::invalid, "This is no model's name.", "model");
  }
  const Provider* provider = policy.provider(operation->segments()[1]);
  if (provider == nullptr || provider->wire != family) {
    return refuse(Reason::unpriced, "No provider on this wire serves this model.", "model");
  }
  const Price* price = policy.price(*operation);
  std::string own = own_name(model, *operation);
  return Route{*std::move(operation), provider, price, std::move(own)};
}

// Only where a request cannot be bounded does it matter which walls there are.
awaitable<WallKinds> walls_above(Service& service, const std::string& run_id) {
  WallKinds walls{.money = false, .tokens = false};
  co_await ask_query(service, [&](const Engine& engine, Time now) {
    for (const MeterView& meter : engine.quota(run_id, now)) {
      if (meter.observe_only) continue;
      walls.money = walls.money || meter.unit == kUsd;
      walls.tokens = walls.tokens || meter.unit == kTokens || meter.unit == kInputTokens ||
                     meter.unit == kOutputTokens;
    }
  });
  co_return walls;
}

awaitable<std::expected<Bound, Refusal>> bound_under_walls(Service& service,
                                                           const std::string& run_id,
                                                           const CallFacts& facts,
                                                           BoundTerms terms) {
  auto bound = bound_call(facts, terms);
  if (bound || bound.error().reason == Reason::invalid) co_return bound;
  terms.walls = co_await walls_above(service, run_id);
  co_return bound_call(facts, terms);
}

CallTerms terms_of(const Route& route, const CallRequest& request, const Bound& bound,
                   const AllowReply& allow) {
  const CallFacts& facts = request.facts();
  CallTerms terms;
  terms.priced = route.price != nullptr;
  if (terms.priced) terms.price = *route.price;
  terms.dearest = bound.dearest;
  terms.service_tiers = facts.service_tiers;
  terms.bills_nothing = facts.bills_nothing;
  terms.input_tokens_max = bound.input_tokens;
  if (allow.output_cap) {
    const auto all = checked_mul(*allow.output_cap, facts.choices);
    terms.output_tokens_max =
        saturating_add(all.value_or(0), all ? facts.prediction_tokens_max : 0);
  }
  terms.held = allow.held;
  terms.visible_output = facts.stream && facts.choices == 1 && facts.rounds == 1 &&
                         facts.reasoning != ReasoningWish::on && facts.prediction_tokens_max == 0 &&
                         facts.unpriced.empty();
  return terms;
}

// 413 and the rest of what a body can be; nothing where the client is gone.
awaitable<void> answer_unread(const Dialect& dialect, const Error& error,
                              http::Response& response) {
  if (error.code == ErrorCode::closed || error.code == ErrorCode::timeout) co_return;
  const bool large = error.code == ErrorCode::too_large;
  WireAnswer answer = dialect.failure(
      large ? 413 : 400, large ? "too_large" : "invalid",
      large ? "This body is larger than the gateway takes." : "This body could not be read.");
  answer.should_retry = false;
  co_await send_own(response, std::move(answer));
}

class Admitting {
 public:
  Admitting(GatewayCore& core, const Dialect& dialect, const auth::Caller& caller,
            http::Request& request, http::Response& response)
      : core_(core),
        dialect_(dialect),
        run_id_(caller.claims->run),
        request_(request),
        response_(response) {}

  awaitable<void> run() {
    if (const auto coding = request_.header("content-encoding");
        coding && !http::equal_ignoring_case(*coding, "identity")) {
      WireAnswer answer = dialect_.failure(415, "encoded_body", "Send the body unencoded.");
      answer.should_retry = false;
      co_return co_await send_own(response_, std::move(answer));
    }
    auto body = co_await request_.body(core_.options.body_bytes_max);
    if (!body) co_return co_await answer_unread(dialect_, body.error(), response_);
    const Digest digest = sha256(*body);
    const WireRequest head{.method = request_.method,
                           .path = request_.path,
                           .query = request_.query,
                           .headers = request_.headers};
    auto parsed = dialect_.parse(head, *std::move(body));
    if (!parsed) {
      Refusal refusal;
      refusal.reason = Reason::invalid;
      refusal.sentence = parsed.error().message;
      refusal.field = parsed.error().where;
      co_return co_await answer(std::move(refusal));
    }
    co_await admit(**parsed, digest);
  }

 private:
  awaitable<void> answer(Refusal refusal) {
    WireAnswer answer = refusal_on(dialect_, refusal, *core_.policy);
    co_await send_own(response_, std::move(answer), refusal.decision_id);
  }

  awaitable<void> admit(const CallRequest& request, const Digest& digest) {
    const std::shared_ptr<const Policy> policy = core_.policy;
    const auto wishes = wishes_of(request_.headers, core_.options.wait_default);
    if (!wishes) co_return co_await answer(wishes.error());
    auto route = route_of(*policy, request.facts().model, dialect_.family());
    if (!route) co_return co_await answer(route.error());
    const Provider& provider = *route->provider;
    const bool clamp = provider.admission == ringfence::Admission::clamp && !wishes->strict;
    BoundTerms terms{.price = route->price,
                     .free = provider.free,
                     .pass_unknown_fields = provider.pass_unknown_fields,
                     .clamp = clamp};
    auto bound = co_await bound_under_walls(core_.service, run_id_, request.facts(), terms);
    if (!bound) co_return co_await answer(bound.error());
    if (core_.keys.is_missing(provider.name)) {
      WireAnswer missing = dialect_.failure(
          502, "no_provider_key", "The gateway has no key for this provider. Tell your operator.");
      missing.should_retry = false;
      co_return co_await send_own(response_, std::move(missing));
    }

    PlaceHold place;
    place.run_id = run_id_;
    place.operation = route->operation.text();
    place.holder = kGatewayHolder;
    place.need = bound->need;
    place.output = bound->output;
    place.physical_max = bound->physical_max;
    place.ttl = std::min(provider.timeout + kDeadlineGrace, kHoldTtlMax);
    place.wait = wishes->wait;
    place.args_digest = digest;
    place.labels = labels_of(request_.headers);
    co_await hold_and_run(policy, *route, request, *bound, std::move(place));
  }

  // From the cut list to the end of the call, with the client's end of the line watched throughout.
  awaitable<void> hold_and_run(std::shared_ptr<const Policy> policy, const Route& route,
                               const CallRequest& request, const Bound& bound, PlaceHold place) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto control = std::make_shared<CallControl>();
    const Ticket ticket = core_.service.reserve_ticket();
    core_.live->join(ticket, executor,
                     [control](const HoldClosed& closed) { control->hold_closed(closed); });
    Beside watch(executor, [this, control]() -> awaitable<void> {
      co_await response_.wait_peer_closed();
      control->client_left();
    });
    std::exception_ptr failure;
    try {
      co_await watched(std::move(policy), route, request, bound, std::move(place), ticket, control);
    } catch (...) {
      failure = std::current_exception();
    }
    control->watching = false;
    control->interrupt = nullptr;
    core_.live->leave(ticket);
    watch.cancel();
    co_await watch.join();
    if (failure) std::rethrow_exception(failure);
  }

  awaitable<void> watched(std::shared_ptr<const Policy> policy, const Route& route,
                          const CallRequest& request, const Bound& bound, PlaceHold place,
                          Ticket ticket, std::shared_ptr<CallControl> control) {
    control->interrupt = [this, ticket] {
      core_.service.submit(CancelHold{ticket}, [](const Reply&) {});
    };
    Reply reply = co_await ask(core_.service, ticket, std::move(place));
    control->interrupt = nullptr;
    if (auto* refusal = std::get_if<Refusal>(&reply)) {
      if (!control->client_gone) co_await answer(std::move(*refusal));
      co_return;
    }
    auto* allow = std::get_if<AllowReply>(&reply);
    if (allow == nullptr) co_return;  // the server answers for us: nothing was held
    if (const auto closed = core_.live->bind(ticket, allow->hold)) control->hold_closed(*closed);
    if (control->client_gone) {
      // CancelHold may have come too late to release it.
      core_.service.submit(ResolveHold{.hold = allow->hold,
                                       .holder = std::string(kGatewayHolder),
                                       .ending = Ending::release,
                                       .actual = {},
                                       .uncertain = false,
                                       .note = "disconnect"},
                           [](const Reply&) {});
      co_return;
    }
    control->outlives_client = !request.facts().stream;
    AdmittedCall call{.policy = std::move(policy),
                      .dialect = dialect_,
                      .request = request,
                      .provider = *route.provider,
                      .operation = route.operation.text(),
                      .model = route.model,
                      .bound = bound,
                      .terms = terms_of(route, request, bound, *allow),
                      .allow = std::move(*allow),
                      .client_headers = request_.headers};
    co_await run_call(core_, control, call, response_);
  }

  GatewayCore& core_;
  const Dialect& dialect_;
  std::string run_id_;
  http::Request& request_;
  http::Response& response_;
};

}  // namespace

awaitable<void> admit_and_run(GatewayCore& core, const Dialect& dialect, const auth::Caller& caller,
                              http::Request& request, http::Response& response) {
  Admitting admission(core, dialect, caller, request, response);
  co_await admission.run();
}

}  // namespace ringfence::llm
