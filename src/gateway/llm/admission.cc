// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/admission.h"

#include <boost/asio/this_coro.hpp>
#include <exception>

#include "base/checked.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/log.h"
#include "edge/ask.h"
#include "engine/kept_objects.h"
#include "gateway/llm/beside.h"
#include "gateway/llm/bound_above.h"
#include "gateway/llm/client_key.h"
#include "gateway/llm/pass_headers.h"
#include "gateway/llm/route.h"
#include "gateway/llm/stepwise.h"

namespace ringfence::llm {
namespace {

using http::awaitable;

constexpr Duration kWaitMax = Duration::seconds(30);
constexpr Duration kHoldTtlMax = Duration::seconds(3'600);
// A hold outlives its upstream's time by this, so that the gateway cuts before the engine does.
constexpr Duration kDeadlineGrace = Duration::seconds(5);
// How often one request is asked for: of its own model, of cheaper ones, of other providers.
constexpr int kAttemptsMax = 4;

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

CallTerms terms_of(const Route& route, const CallRequest& request, const Bound& bound,
                   const AllowReply& allow, bool stepwise) {
  const CallFacts& facts = request.facts();
  CallTerms terms;
  terms.priced = route.price != nullptr;
  if (terms.priced) terms.price = *route.price;
  terms.dearest = bound.dearest;
  terms.service_tiers = facts.service_tiers;
  terms.bills_nothing = facts.bills_nothing;
  terms.input_tokens_max = bound.input_tokens;
  if (stepwise) {
    terms.output_tokens_max = bound.output_tokens_wanted;
  } else if (allow.output_cap) {
    const auto all = checked_mul(*allow.output_cap, facts.choices);
    terms.output_tokens_max =
        saturating_add(all.value_or(0), all ? facts.prediction_tokens_max : 0);
  }
  terms.held = allow.held;
  // A model that may think proves nothing by an answer without a thought.
  const bool may_think =
      terms.price.hidden_output == HiddenOutput::some && facts.reasoning != ReasoningWish::off;
  terms.visible_output = !may_think && facts.stream && facts.choices == 1 && facts.rounds == 1 &&
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
        response_(response) {
    report_.wire = dialect.name();
    report_.family = dialect.family();
    report_.account = caller.claims->account;
    report_.run = run_id_;
    core_.observer.began(report_, request.headers);
  }

  const CallReport& report() const { return report_; }

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
    std::shared_ptr<const Json> args;
    if (core_.policy->reads_args()) {
      if (auto json = Json::parse(*body)) args = std::make_shared<const Json>(*std::move(json));
    }
    auto parsed = dialect_.parse(head, *std::move(body));
    if (!parsed) {
      Refusal refusal;
      refusal.reason = Reason::invalid;
      refusal.sentence = parsed.error().message;
      refusal.field = parsed.error().where;
      co_return co_await answer(std::move(refusal));
    }
    const auto wishes = wishes_of(request_.headers, core_.options.wait_default);
    if (!wishes) co_return co_await answer(wishes.error());
    Asked asked{.request = **parsed, .digest = digest, .args = std::move(args), .wishes = *wishes};
    std::string model = asked.request.facts().model;
    report_.model = model;
    report_.counts_tokens = asked.request.facts().bills_nothing;
    for (; asked.attempts_left > 0 && !model.empty(); --asked.attempts_left) {
      model = co_await attempt(asked, std::move(model));
    }
  }

 private:
  awaitable<void> answer(Refusal refusal) {
    core_.observer.refused(refusal.reason);
    report_.refused = refusal.reason;
    report_.decision_id = refusal.decision_id;
    WireAnswer answer = refusal_on(dialect_, refusal, *core_.policy);
    co_await send_own(response_, std::move(answer), refusal.decision_id);
  }

  // One request, over all its attempts.
  struct Asked {
    const CallRequest& request;
    Digest digest;
    std::shared_ptr<const Json> args;  // the body, where some rule looks at arguments
    Wishes wishes;
    int attempts_left = kAttemptsMax;
  };
  // One of them: where it goes and what it may cost.
  struct Attempt {
    const Asked& asked;
    std::shared_ptr<const Policy> policy;
    Route route;
    http::Headers client_key = {};
    Bound bound = {};
    bool stepwise = false;
    // Where the request goes next if this ends without an answer; empty: nowhere.
    std::string next = {};
  };

  // Answers, or gives the model to be asked instead.
  awaitable<std::string> attempt(const Asked& asked, std::string model) {
    std::string none;
    const std::shared_ptr<const Policy> policy = core_.policy;
    auto route = route_of(*policy, model, dialect_.family(), SystemClock::read().wall);
    if (!route) {
      co_await answer(route.error());
      co_return none;
    }
    Attempt one{.asked = asked, .policy = policy, .route = *std::move(route)};
    const Provider& provider = *one.route.provider;
    if (one.route.client_pays()) {
      auto key = client_key_of(request_.headers, core_.identify);
      if (!key) {
        co_await answer(key.error());
        co_return none;
      }
      one.client_key = *std::move(key);
    } else if (core_.keys.is_missing(provider.name)) {
      WireAnswer missing = dialect_.failure(
          502, "no_provider_key", "The gateway has no key for this provider. Tell your operator.");
      missing.should_retry = false;
      co_await send_own(response_, std::move(missing));
      co_return none;
    }
    one.stepwise = provider.admission == ringfence::Admission::stepwise && !asked.wishes.strict &&
                   may_step(asked.request.facts()) &&
                   core_.visible.is_visible(one.route.operation.text(), one.route.hidden_output());
    const bool clamp = provider.admission != ringfence::Admission::strict && !asked.wishes.strict;
    const BoundTerms terms{.price = one.route.price.get(),
                           .free = provider.free || one.route.client_pays(),
                           .pass_unknown_fields = provider.pass_unknown_fields,
                           .clamp = clamp,
                           .stepwise = one.stepwise};
    const Bounding bounding{.core = core_,
                            .dialect = dialect_,
                            .request = asked.request,
                            .route = one.route,
                            .run_id = run_id_,
                            .client_headers = request_.headers,
                            .client_key = one.client_key};
    auto bound = co_await bound_above(bounding, terms);
    if (!bound) {
      co_await answer(bound.error());
      co_return none;
    }
    one.bound = *std::move(bound);
    // What is kept at a provider is nowhere else.
    if (asked.attempts_left > 1 && asked.request.facts().object_ids.empty() &&
        !provider.failover.empty()) {
      one.next = provider.failover + "/" + one.route.model;
    }
    co_return co_await hold_and_run(one);
  }

  // The model that a used-up wall names instead, where this request may go there.
  static std::string cheaper_model(const Attempt& one, const Refusal& refusal) {
    if (one.asked.attempts_left <= 1 || !one.asked.request.facts().object_ids.empty()) return {};
    const auto operation = Operation::parse(refusal.downgrade);
    if (!operation || operation->segments().size() != 3) return {};
    return operation->segments()[1] + "/" + operation->segments()[2];
  }

  // Never what is asked of the model.
  static Json what_guards_see(const Attempt& one) {
    Json args;
    args.set("model", one.route.model).set("stream", one.asked.request.facts().stream);
    return args;
  }

  PlaceHold place_of(const Attempt& one) const {
    PlaceHold place;
    place.run_id = run_id_;
    place.operation = one.route.operation.text();
    place.holder = kGatewayHolder;
    place.need = one.bound.need;
    place.output = one.bound.output;
    place.physical_max = one.bound.physical_max;
    place.ttl = std::min(one.route.provider->timeout + kDeadlineGrace, kHoldTtlMax);
    place.wait = one.asked.wishes.wait;
    place.args_digest = one.asked.digest;
    place.args = one.asked.args;
    place.args_left_out = place.args == nullptr;
    for (const std::string& id : one.asked.request.facts().object_ids) {
      place.objects.push_back(object_key(one.route.provider->name, id));
    }
    place.labels = labels_of(request_.headers);
    return place;
  }

  // From the cut list to the end of the call, with the client's end of the line watched throughout.
  awaitable<std::string> hold_and_run(const Attempt& one) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const auto control = std::make_shared<CallControl>();
    core_.under_way.insert(control.get());
    const Ticket ticket = core_.service.reserve_ticket();
    core_.live->join(ticket, executor,
                     [control](const HoldClosed& closed) { control->hold_closed(closed); });
    Beside watch(executor, [this, control]() -> awaitable<void> {
      co_await response_.wait_peer_closed();
      control->client_left();
    });
    std::exception_ptr failure;
    std::string next;
    try {
      next = co_await watched(one, ticket, control);
    } catch (...) {
      failure = std::current_exception();
    }
    control->watching = false;
    control->interrupt = nullptr;
    core_.live->leave(ticket);
    core_.under_way.erase(control.get());
    watch.cancel();
    co_await watch.join();
    if (failure) std::rethrow_exception(failure);
    co_return next;
  }

  awaitable<std::string> watched(const Attempt& one, Ticket ticket,
                                 std::shared_ptr<CallControl> control) {
    std::string none;
    PlaceHold place = place_of(one);
    if (core_.options.guards) {
      const Json args = what_guards_see(one);
      co_await core_.options.guards->ask(place, &args);
      if (control->client_gone) co_return none;
    }
    control->interrupt = [this, ticket] {
      core_.service.submit(CancelHold{ticket}, [](const Reply&) {});
    };
    Reply reply = co_await ask(core_.service, ticket, std::move(place));
    control->interrupt = nullptr;
    if (auto* refusal = std::get_if<Refusal>(&reply)) {
      if (control->client_gone) co_return none;
      std::string cheaper = cheaper_model(one, *refusal);
      if (!cheaper.empty()) co_return cheaper;
      co_await answer(std::move(*refusal));
      co_return none;
    }
    auto* allow = std::get_if<AllowReply>(&reply);
    if (allow == nullptr) co_return none;  // the server answers for us: nothing was held
    if (const auto closed = core_.live->bind(ticket, allow->hold)) control->hold_closed(*closed);
    if (control->client_gone) {
      // CancelHold may have come too late to release it.
      core_.service.submit(ResolveHold{.hold = allow->hold,
                                       .holder = std::string(kGatewayHolder),
                                       .ending = Ending::release,
                                       .actual = {},
                                       .uncertain = false,
                                       .note = "disconnect",
                                       .objects = {}},
                           [](const Reply&) {});
      co_return none;
    }
    const CallRequest& request = one.asked.request;
    report_.decision_id = allow->decision_id;
    report_.refused.reset();
    report_.first_byte.reset();
    report_.usage.reset();
    report_.held_nano = allow->held.get(kUsd);
    report_.provider = one.route.provider->name;
    report_.provider_model = one.route.model;
    control->outlives_client = !request.facts().stream;
    AdmittedCall call{.policy = one.policy,
                      .dialect = dialect_,
                      .request = request,
                      .provider = *one.route.provider,
                      .operation = one.route.operation.text(),
                      .model = one.route.model,
                      .bound = one.bound,
                      .terms = terms_of(one.route, request, one.bound, *allow, one.stepwise),
                      .allow = std::move(*allow),
                      .client_headers = request_.headers,
                      .client_key = one.client_key,
                      .may_fail_over = !one.next.empty(),
                      .rerouted = one.asked.attempts_left < kAttemptsMax,
                      .stepwise = one.stepwise,
                      .report = report_};
    const CallOutcome outcome = co_await run_call(core_, control, call, response_);
    if (outcome == CallOutcome::failed && !control->client_gone) co_return one.next;
    co_return none;
  }

  GatewayCore& core_;
  const Dialect& dialect_;
  std::string run_id_;
  http::Request& request_;
  http::Response& response_;
  CallReport report_;
};

}  // namespace

awaitable<void> admit_and_run(GatewayCore& core, const Dialect& dialect, const auth::Caller& caller,
                              http::Request& request, http::Response& response) {
  Admitting admission(core, dialect, caller, request, response);
  co_await admission.run();
  core.observer.ended(admission.report(), response.status());
}

}  // namespace ringfence::llm
