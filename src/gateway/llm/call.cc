// SPDX-License-Identifier: Apache-2.0
// One admitted call: the request upstream, the answer down, the charge.
#include <boost/asio/this_coro.hpp>

#include "base/checked.h"
#include "base/log.h"
#include "base/money.h"
#include "edge/ask.h"
#include "engine/kept_objects.h"
#include "gateway/llm/beside.h"
#include "gateway/llm/gateway_core.h"
#include "gateway/llm/meter_tap.h"
#include "gateway/llm/pass_headers.h"
#include "gateway/llm/stepwise.h"

namespace ringfence::llm {
namespace {

using http::awaitable;

// How long a client that reads slowly may take over the end of a stream that was cut.
constexpr Duration kCutGrace = Duration::seconds(2);
// What may still come behind a wire's own end.
constexpr Duration kTailTime = Duration::seconds(1);
constexpr std::int64_t kObserveTokens = 1'024;
constexpr std::int64_t kBytesPerToken = 4;  // a guess for alerts alone; no charge rests on it

std::string amounts_text(const Amounts& amounts) {
  static const UnitTable names;
  std::string text;
  amounts.for_each([&](Unit unit, std::int64_t amount) {
    if (unit.index >= kBuiltInUnits || unit == kConcurrent || unit == kSeconds) return;
    if (!text.empty()) text += ", ";
    text += names.name(unit) + "=" + format_amount(unit, amount);
  });
  return text;
}

bool is_event_stream(const http::Headers& headers) {
  const std::string type = http::to_lower(headers.find("content-type").value_or(""));
  return type.starts_with("text/event-stream");
}

class Call {
 public:
  Call(GatewayCore& core, std::shared_ptr<CallControl> control, AdmittedCall& call,
       http::Response& response, boost::asio::any_io_executor executor)
      : core_(core),
        control_(std::move(control)),
        call_(call),
        response_(response),
        executor_(std::move(executor)) {
    if (call_.stepwise && call_.bound.output) {
      steps_.emplace(call_.bound.output->wanted_tokens, call_.bound.output_tokens_wanted,
                     call_.bound.output->output_pico);
    }
  }

  awaitable<CallOutcome> run();

 private:
  awaitable<CallOutcome> answer_to(http::ClientResponse& upstream);
  awaitable<CallOutcome> answer_no_head(const UpstreamFailure& failure);
  bool fails_over() const;
  // What is written into the request; a hold that grows with the answer writes none.
  std::optional<std::int64_t> written_cap() const {
    return call_.stepwise ? std::nullopt : call_.allow.output_cap;
  }
  awaitable<bool> keep_ahead(const Seen& seen);
  Result<http::ClientRequest> upstream_request();
  awaitable<void> pass_body(http::ClientResponse& upstream);
  awaitable<void> pass_stream(http::ClientResponse& upstream);
  awaitable<bool> pass_pieces(http::ClientResponse& upstream, MeterTap& tap);
  awaitable<void> end_cut_stream(const MeterTap& tap);
  awaitable<void> answer_stopped();
  awaitable<void> answer_failure(int status, std::string_view code, std::string_view sentence,
                                 bool retry = false);

  MeterTap tap_of(const http::ClientResponse& upstream, bool streamed) const;
  http::Headers own_headers(const http::Headers& from_upstream) const;
  // `answer`: what it says that the provider keeps.
  void resolve(CallEnd end, int status, const Seen& seen, std::string_view note,
               const MeterTap* answer = nullptr);
  std::vector<std::string> kept_objects(const MeterTap* answer) const;
  void report(CallEnd end, int status, const Seen& seen);
  void note_cap(const Seen& seen);
  void observe(const Seen& seen);
  std::string_view stop_word() const;
  std::string_view stop_code() const;
  std::string stop_sentence() const;

  GatewayCore& core_;
  std::shared_ptr<CallControl> control_;
  AdmittedCall& call_;
  http::Response& response_;
  boost::asio::any_io_executor executor_;
  bool resolved_ = false;
  bool stalled_ = false;
  bool caught_up_ = false;       // all that the provider had sent was read
  std::int64_t cost_nano_ = -1;  // as charged; -1: no price
  std::int64_t observed_tokens_ = 0;
  std::optional<Steps> steps_;  // of a stepwise call
};

// ---- the request

Result<http::ClientRequest> Call::upstream_request() {
  const Rewrite rewrite{
      .model = call_.model, .output_cap = written_cap(), .cap_field = call_.provider.cap_field};
  auto request = core_.upstream.prepare(call_.provider, call_.request.upstream_target(rewrite));
  if (!request) return request;
  request->headers = headers_for_upstream(call_.client_headers);
  const std::string_view key = core_.keys.find(call_.provider.name);
  if (!key.empty()) call_.dialect.authorize(request->headers, key);
  for (const http::Headers::Field& field : call_.client_key) {
    request->headers.add(field.name, field.value);
  }
  if (std::string trace = CallObserver::traceparent_of(call_.report); !trace.empty()) {
    request->headers.set("traceparent", std::move(trace));
  }
  request->body = call_.request.rewritten(rewrite);
  request->head_time = call_.provider.timeout + kCutGrace;
  return request;
}

awaitable<CallOutcome> Call::run() {
  const Alarm deadline(executor_, call_.provider.timeout.us,
                       [control = control_] { control->deadline_passed(); });
  auto request = upstream_request();
  // The last look before the first byte: from here on a stop has something to cut.
  if (!request || control_->must_stop()) {
    resolve(CallEnd::never_sent, 0, {}, request ? stop_word() : "unusable");
    if (request) {
      co_await answer_stopped();
    } else {
      log_error("gateway: provider " + call_.provider.name + ": " + request.error().text());
      co_await answer_failure(502, "upstream_unusable",
                              "This provider's settings cannot be used. Do not retry; tell your "
                              "operator.");
    }
    co_return CallOutcome::answered;
  }
  call_.report.begun = CallObserver::since({});
  Upstream::Answer upstream = co_await core_.upstream.send(*std::move(request), *control_);
  if (!upstream) co_return co_await answer_no_head(upstream.error());
  co_return co_await answer_to(*upstream);
}

bool Call::fails_over() const {
  return call_.may_fail_over && !control_->must_stop() && !control_->client_gone;
}

awaitable<CallOutcome> Call::answer_no_head(const UpstreamFailure& failure) {
  const bool sent = failure.may_have_been_received;
  const bool stopped = control_->must_stop();
  const CallEnd cut = stopped ? CallEnd::cut : CallEnd::broken;
  const std::string_view broken = sent ? "reset" : "unreachable";
  resolve(sent ? cut : CallEnd::never_sent, 0, {}, stopped ? stop_word() : broken);
  if (stopped) {
    co_await answer_stopped();
    co_return CallOutcome::answered;
  }
  log_warn("gateway: provider " + call_.provider.name + ": " + failure.error.text());
  if (fails_over()) co_return CallOutcome::failed;
  if (sent) {
    co_await answer_failure(502, "upstream_broken",
                            "The provider ended the connection before it answered.");
  } else {
    co_await answer_failure(502, "upstream_unreachable",
                            "The provider cannot be reached; nothing was charged.", true);
  }
  co_return CallOutcome::answered;
}

awaitable<CallOutcome> Call::answer_to(http::ClientResponse& upstream) {
  const int status = upstream.status();
  call_.report.first_byte = CallObserver::since(call_.report.begun);
  if (fails_over() && (status == 429 || status >= 500)) {
    upstream.close();
    resolve(CallEnd::answered, status, {}, "");
    co_return CallOutcome::failed;
  }
  if (status >= 200 && status < 300 && is_event_stream(upstream.headers())) {
    co_await pass_stream(upstream);
  } else {
    co_await pass_body(upstream);
  }
  control_->interrupt = nullptr;
  co_return CallOutcome::answered;
}

// ---- the answer

MeterTap Call::tap_of(const http::ClientResponse& upstream, bool streamed) const {
  return {call_.dialect.meter(call_.request.facts(), streamed),
          upstream.headers().find("content-encoding").value_or("")};
}

http::Headers Call::own_headers(const http::Headers& from_upstream) const {
  http::Headers headers = headers_for_client(from_upstream);
  headers.set("x-ringfence-decision", call_.allow.decision_id);
  headers.set("x-ringfence-held", amounts_text(call_.allow.held));
  headers.set("x-ringfence-remaining", amounts_text(call_.allow.remaining));
  if (call_.rerouted) headers.set("x-ringfence-model", call_.provider.name + "/" + call_.model);
  if (call_.allow.clamped && call_.allow.output_cap) {
    headers.set("x-ringfence-clamped", std::to_string(*call_.allow.output_cap));
  }
  return headers;
}

awaitable<void> Call::pass_body(http::ClientResponse& upstream) {
  const int status = upstream.status();
  MeterTap tap = tap_of(upstream, false);
  std::string body;
  control_->interrupt = [&upstream] { upstream.close(); };
  bool whole = false;
  bool too_large = false;
  while (!whole && !too_large && !control_->must_stop()) {
    const auto piece = co_await upstream.read_some(call_.provider.timeout);
    if (!piece) break;
    whole = piece->empty();
    too_large = piece->size() > core_.options.answer_bytes_max - body.size();
    if (!too_large) tap.feed(*piece, body);
  }
  control_->interrupt = nullptr;
  if (control_->must_stop() && !whole) {
    upstream.close();
    resolve(CallEnd::cut, status, tap.seen_at_cut(), stop_word());
    co_return co_await answer_stopped();
  }
  if (!whole) {
    upstream.close();
    resolve(CallEnd::broken, status, tap.seen_at_cut(), too_large ? "too_large" : "reset");
    co_return co_await answer_failure(502, too_large ? "upstream_too_large" : "upstream_broken",
                                      "The provider's answer could not be read to its end.");
  }
  tap.end(body);
  const Seen seen = tap.seen();
  resolve(CallEnd::answered, status, seen, "", &tap);
  if (control_->client_gone) co_return;
  if (status >= 300 && status < 400) {
    co_return co_await answer_failure(502, "upstream_redirect",
                                      "The provider redirects elsewhere, which is not followed.");
  }
  if (status < 300 && seen.damaged && !tap.coded()) {
    co_return co_await answer_failure(502, "upstream_garbage",
                                      "The provider's answer is not what this wire answers.");
  }
  http::Headers headers = own_headers(upstream.headers());
  if (cost_nano_ >= 0) {
    headers.set("x-ringfence-cost", Money::from_nano(cost_nano_).text());
  }
  co_await response_.send(status, std::move(headers), std::move(body));
}

awaitable<void> Call::pass_stream(http::ClientResponse& upstream) {
  const CallObserver::OpenStream counted(core_.observer);
  MeterTap tap = tap_of(upstream, true);
  // Set beside the interrupt: a client that takes nothing must not keep a cut stream open.
  std::optional<Alarm> abandon;
  control_->interrupt = [&] {
    upstream.close();
    abandon.emplace(executor_, kCutGrace.us, [this] { response_.abort(); });
  };
  const auto started = co_await response_.start(upstream.status(), own_headers(upstream.headers()));
  if (!started) control_->client_gone = true;
  const bool whole = co_await pass_pieces(upstream, tap);
  control_->interrupt = nullptr;
  if (!whole) upstream.close();
  if (whole || tap.seen().finished) {
    resolve(CallEnd::answered, upstream.status(), tap.seen(), "", &tap);
    if (!control_->client_gone) co_await response_.finish();
    co_return;
  }
  const bool stopped = control_->must_stop();
  Seen seen = tap.seen_at_cut();
  // Cut while its client was slow: what waits unread between provider and us was generated too.
  if (!caught_up_) seen.damaged = true;
  resolve(stopped ? CallEnd::cut : CallEnd::broken, upstream.status(), seen,
          stopped ? stop_word() : "reset", &tap);
  if (!control_->client_gone) co_await end_cut_stream(tap);
}

// True when the provider's answer came to its end.
awaitable<bool> Call::pass_pieces(http::ClientResponse& upstream, MeterTap& tap) {
  std::string out;
  for (bool whole = false; !whole;) {
    if (control_->must_stop()) co_return false;
    const bool ended = tap.seen().finished;
    caught_up_ = true;
    const auto piece = co_await upstream.read_some(ended ? kTailTime : call_.provider.timeout);
    if (!piece) co_return ended;
    caught_up_ = false;
    if (control_->must_stop()) co_return false;
    out.clear();
    whole = piece->empty();
    if (whole) {
      tap.end(out);
    } else {
      tap.feed(*piece, out);
    }
    const Seen seen = tap.seen();
    // Settled before the client can see the end, so that its next call finds the room.
    if (whole || seen.finished) {
      resolve(CallEnd::answered, upstream.status(), seen, "", &tap);
    }
    if (!out.empty()) {
      const auto written = co_await response_.write(out);
      if (!written) {
        stalled_ = written.error().code == ErrorCode::timeout;
        control_->client_gone = true;
      }
    }
    if (resolved_) continue;
    observe(seen);
    const bool ahead = co_await keep_ahead(seen);
    if (!ahead) co_return false;
  }
  co_return true;
}

// Grows the hold of a stepwise call; false when that does not fit, which has cut it.
awaitable<bool> Call::keep_ahead(const Seen& seen) {
  if (!steps_) co_return true;
  const auto need = steps_->next(seen.text_bytes_max);
  if (!need) co_return true;
  ExtendHold extend;
  extend.hold = call_.allow.hold;
  extend.holder = kGatewayHolder;
  extend.need = *need;
  const Reply reply = co_await ask(core_.service, std::move(extend));
  if (const auto* grown = std::get_if<AllowReply>(&reply)) {
    call_.terms.held = grown->held;
    co_return true;
  }
  if (!control_->closed) {
    const auto* refusal = std::get_if<Refusal>(&reply);
    const Reason reason = refusal != nullptr ? refusal->reason : Reason::unverifiable;
    control_->hold_closed({call_.allow.hold, HoldState::cut, reason});
  }
  co_return false;
}

awaitable<void> Call::end_cut_stream(const MeterTap& tap) {
  if (!tap.may_add_event()) {
    response_.abort();
    co_return;
  }
  auto event = tap.error_event(stop_code(), stop_sentence(), call_.allow.decision_id);
  if (!event) {
    event = call_.dialect.error_event(stop_code(), stop_sentence(), call_.allow.decision_id);
  }
  const auto written = co_await response_.write(*event);
  if (written) co_await response_.finish();
}

awaitable<void> Call::answer_stopped() {
  if (control_->client_gone) co_return;
  if (control_->timed_out || (control_->closed && control_->closed->state == HoldState::expired)) {
    co_return co_await answer_failure(504, "timeout", stop_sentence());
  }
  if (control_->stopping && !control_->closed) {
    co_return co_await answer_failure(503, "stopping", stop_sentence());
  }
  Refusal refusal;
  refusal.reason = control_->closed ? control_->closed->reason : Reason::halted;
  refusal.decision_id = call_.allow.decision_id;
  WireAnswer answer = refusal_on(call_.dialect, refusal, *call_.policy);
  co_await send_own(response_, std::move(answer), call_.allow.decision_id);
}

awaitable<void> Call::answer_failure(int status, std::string_view code, std::string_view sentence,
                                     bool retry) {
  if (control_->client_gone) co_return;
  WireAnswer answer = call_.dialect.failure(status, code, sentence);
  answer.should_retry = retry;  // a call that may have been charged is not repeated unasked
  co_await send_own(response_, std::move(answer), call_.allow.decision_id);
}

// ---- the charge

std::string_view Call::stop_word() const {
  if (control_->closed) {
    if (control_->closed->state == HoldState::expired) return "deadline";
    return control_->closed->reason == Reason::halted ? "halt" : "extend";
  }
  if (control_->timed_out) return "deadline";
  if (control_->stopping) return "shutdown";
  return stalled_ ? "stall" : "disconnect";
}

std::string_view Call::stop_code() const {
  if (!control_->must_stop()) return "upstream_broken";
  if (stop_word() == "deadline") return "timeout";
  if (stop_word() == "shutdown") return "stopping";
  return to_string(control_->closed ? control_->closed->reason : Reason::halted);
}

std::string Call::stop_sentence() const {
  if (!control_->must_stop()) return "The provider broke its answer off.";
  if (stop_word() == "deadline") return "The provider took longer than this call may take.";
  if (stop_word() == "shutdown") return "The gateway is being stopped and has cut this call.";
  return default_sentence(control_->closed ? control_->closed->reason : Reason::halted);
}

std::vector<std::string> Call::kept_objects(const MeterTap* answer) const {
  std::vector<std::string> keys;
  if (answer == nullptr) return keys;
  for (const std::string& id : answer->object_ids()) {
    if (keys.size() < kObjectsPerRequestMax) keys.push_back(object_key(call_.provider.name, id));
  }
  return keys;
}

void Call::resolve(CallEnd end, int status, const Seen& seen, std::string_view note,
                   const MeterTap* answer) {
  if (resolved_) return;
  resolved_ = true;
  CallTerms terms = call_.terms;
  terms.visible_output =
      terms.visible_output && core_.visible.is_visible(call_.operation, terms.price.hidden_output);
  const Charge charge = charge_call(terms, end, status, seen, note);
  if (end == CallEnd::answered && status >= 200 && status < 300) {
    core_.visible.learn(call_.operation, seen);
    note_cap(seen);
  }
  if (terms.priced && charge.ending != Ending::release) {
    cost_nano_ = charge.actual.has(kUsd) ? charge.actual.get(kUsd) : terms.held.get(kUsd);
  }
  report(end, status, seen);
  // The engine has charged all of a hold that it closed itself; only less is news.
  if (control_->closed && charge.actual.empty() && charge.ending != Ending::release) return;
  core_.service.submit(ResolveHold{.hold = call_.allow.hold,
                                   .holder = std::string(kGatewayHolder),
                                   .ending = charge.ending,
                                   .actual = charge.actual,
                                   .uncertain = charge.uncertain,
                                   .note = std::string(charge.note),
                                   .objects = kept_objects(answer)},
                       [](const Reply& reply) {
                         if (const auto* refusal = std::get_if<Refusal>(&reply)) {
                           log_warn("gateway: a hold was not settled, it will expire charged: " +
                                    std::string(to_string(refusal->reason)));
                         }
                       });
}

void Call::report(CallEnd end, int status, const Seen& seen) {
  CallReport& report = call_.report;
  report.end = end;
  report.upstream_status = status;
  report.took = CallObserver::since(report.begun);
  report.cost_nano = cost_nano_ >= 0 ? std::optional(cost_nano_) : std::nullopt;
  if (seen.usage_state == UsageState::stated) report.usage = seen.usage;
  if (control_->closed) report.refused = control_->closed->reason;
  core_.observer.upstream_ended(report);
}

// An answer longer than its cap: from now on this model is held at its maximum.
void Call::note_cap(const Seen& seen) {
  if (!written_cap() || seen.usage_state != UsageState::stated) return;
  const CallFacts& facts = call_.request.facts();
  const auto most = checked_mul(*written_cap(), facts.choices);
  if (!most || seen.usage.output() <= saturating_add(*most, facts.prediction_tokens_max)) {
    return;
  }
  core_.service.submit(MarkCapUnproven{call_.operation}, [](const Reply&) {});
}

// For alerts while the answer still runs.
void Call::observe(const Seen& seen) {
  const std::int64_t tokens = seen.text_bytes_max / kBytesPerToken;
  if (tokens < observed_tokens_ + kObserveTokens) return;
  observed_tokens_ = tokens;
  Amounts so_far =
      amounts_of(call_.terms, call_.terms.dearest, Usage{}.set(Dimension::output, tokens));
  so_far.clear(kCalls);
  core_.service.submit(ObserveHold{call_.allow.hold, so_far}, [](const Reply&) {});
}

}  // namespace

awaitable<CallOutcome> run_call(GatewayCore& core, std::shared_ptr<CallControl> control,
                                AdmittedCall& call, http::Response& response) {
  Call one(core, std::move(control), call, response, co_await boost::asio::this_coro::executor);
  co_return co_await one.run();
}

}  // namespace ringfence::llm
