// SPDX-License-Identifier: Apache-2.0
#include "chat.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "chat_request.h"
#include "json.h"
#include "plan.h"
#include "reply.h"

namespace mock {
namespace {

using std::chrono::milliseconds;

// A fast stream is written in pieces of this size: small enough that a cut bills little unseen.
constexpr std::size_t kWriteBytes = 8 * 1024;

enum class Fault { none, stall, reset, close, error };

struct FaultPoint {
  Fault fault = Fault::none;
  std::int64_t after_tokens = 0;
};

FaultPoint first_fault(const Knobs& knobs, std::int64_t tokens) {
  FaultPoint first;
  const auto consider = [&](Fault fault, const std::optional<std::int64_t>& after) {
    if (!after || *after > tokens) return;
    if (first.fault == Fault::none || *after < first.after_tokens) first = {fault, *after};
  };
  consider(Fault::stall, knobs.stall_after_tokens);
  consider(Fault::reset, knobs.reset_after_tokens);
  consider(Fault::close, knobs.close_after_tokens);
  consider(Fault::error, knobs.error_after_tokens);
  return first;
}

ReplyForm form_of(const Knobs& knobs, std::uint64_t sequence) {
  return {.coding = knobs.compress,
          .length_style = knobs.length_style,
          .split = knobs.split,
          .chunk_bytes = static_cast<std::size_t>(knobs.chunk_bytes),
          .big_headers = static_cast<std::size_t>(knobs.big_headers),
          .seed = static_cast<std::uint64_t>(knobs.seed) + sequence};
}

class Answer {
 public:
  Answer(App& app, Connection& connection, const HttpRequest& request)
      : app_(app),
        connection_(connection),
        request_(request),
        key_(bearer(request)),
        sequence_(app.sequence.fetch_add(1)) {}

  bool run() {
    const bool keep = decide();
    if (app_.verbose) {
      fmt::print(stderr, "{} {} {} {} output={} {}\n", request_.method, request_.path, sequence_,
                 chat_.model.empty() ? "-" : chat_.model, output_tokens_, outcome_);
    }
    return keep;
  }

 private:
  bool decide();
  bool canned();
  bool refuse(int status, std::string_view body, std::vector<Header> headers = {});
  bool refuse(const ChatError& error);
  std::optional<ChatError> too_much() const;
  std::string read_knobs();
  bool generate();
  bool stream(const Plan& plan, Truth::Ticket& ticket);
  bool plain(const Plan& plan, Truth::Ticket& ticket);
  bool stream_until(const ChunkWriter& writer, const Plan& plan, Truth::Ticket& ticket,
                    Reply& reply, std::int64_t last);
  bool break_off(Fault fault, Truth::Ticket& ticket, Reply& reply);
  bool wait_for_token(Clock::time_point start, std::int64_t token);
  bool ended(Truth::Ticket& ticket, const char* outcome, bool keep) {
    ticket.outcome(outcome);
    outcome_ = outcome;
    return keep;
  }
  std::vector<Header> headers(std::string_view content_type) const;

  App& app_;
  Connection& connection_;
  const HttpRequest& request_;
  std::string key_;
  std::uint64_t sequence_;
  ChatRequest chat_;
  Knobs knobs_;
  const char* outcome_ = "unbilled";
  std::int64_t output_tokens_ = 0;
  std::string pending_;              // events not yet written
  std::int64_t pending_tokens_ = 0;  // generated with them, all choices
};

std::vector<Header> Answer::headers(std::string_view content_type) const {
  return {{"content-type", std::string(content_type)},
          {"x-request-id", fmt::format("req_mock{:08x}", sequence_)},
          {"openai-version", "2020-10-01"},
          {"openai-processing-ms", std::to_string(knobs_.latency_ms)}};
}

bool Answer::refuse(int status, std::string_view body, std::vector<Header> extra) {
  app_.truth.unbilled(key_, chat_.model);
  outcome_ = "refused";
  auto all = headers(body.starts_with('<') ? "text/html" : "application/json");
  all.insert(all.end(), extra.begin(), extra.end());
  Reply reply(connection_, request_.keep_alive, form_of(knobs_, sequence_));
  return reply.whole(status, all, body) && !reply.must_close();
}

bool Answer::refuse(const ChatError& error) {
  return refuse(400, error_body(error.message, "invalid_request_error", error.param, error.code));
}

// Knobs the request itself carries, weakest first.
std::string Answer::read_knobs() {
  KnobSettings own;
  std::string wrong;
  static constexpr std::string_view kMagic = "x-mock:";
  if (chat_.user.starts_with(kMagic)) {
    wrong += parse_settings(std::string_view(chat_.user).substr(kMagic.size()), own);
  }
  const auto hash = chat_.model.find('#');
  const std::string plain_model = chat_.model.substr(0, hash);
  if (hash != std::string::npos) {
    wrong += parse_settings(std::string_view(chat_.model).substr(hash + 1), own);
  }
  wrong += parse_settings(request_.header("x-mock"), own);
  wrong += app_.knobs.resolve(key_, plain_model, own, knobs_);
  return wrong;
}

bool Answer::decide() {
  const auto coding = request_.header("content-encoding");
  if (!coding.empty() && coding != "identity") {
    return refuse(415, error_body("Encoded bodies are not read.", "invalid_request_error", "", ""));
  }
  auto parsed = parse_chat_request(request_.body);
  if (parsed) chat_ = std::move(*parsed);
  if (auto wrong = read_knobs(); !wrong.empty()) {
    return refuse({fmt::format("x-mock: {}", wrong), "x-mock", "bad_knob"});
  }
  if (knobs_.send_buffer > 0) connection_.limit_send_buffer(static_cast<int>(knobs_.send_buffer));
  if (!parsed) return refuse(parsed.error());
  if (!knobs_.require_key.empty() && knobs_.require_key != key_) {
    return refuse(401, error_body("Incorrect API key provided.", "invalid_request_error", "",
                                  "invalid_api_key"));
  }
  return canned();
}

// Answers that never reach the model.
bool Answer::canned() {
  const bool failing = knobs_.fail_first_n > 0 ? app_.knobs.fails_now(key_, knobs_.fail_first_n)
                                               : knobs_.status != 200;
  const bool wait = failing || knobs_.html || !knobs_.redirect.empty();
  if (wait && knobs_.latency_ms > 0 &&
      !connection_.wait_until(Clock::now() + milliseconds(knobs_.latency_ms))) {
    return false;
  }
  const int status = knobs_.status == 200 && failing ? 500 : static_cast<int>(knobs_.status);
  std::vector<Header> extra;
  if (!knobs_.retry_after.empty()) extra.push_back({"retry-after", knobs_.retry_after});
  if (!knobs_.retry_after_ms.empty()) extra.push_back({"retry-after-ms", knobs_.retry_after_ms});
  if (!knobs_.redirect.empty()) {
    extra.push_back({"location", knobs_.redirect});
    return refuse(status >= 300 && status < 400 ? status : 307, "{}", extra);
  }
  if (knobs_.html) {
    return refuse(failing ? status : 200, "<html><body><h1>502 Bad Gateway</h1></body></html>\n",
                  extra);
  }
  if (failing) {
    const auto type = status == 429   ? "requests"
                      : status >= 500 ? "server_error"
                                      : "invalid_request_error";
    const auto code = status == 429 ? "rate_limit_exceeded" : "";
    return refuse(
        status, error_body(fmt::format("The mock was told to answer {}.", status), type, "", code),
        extra);
  }
  if (const auto error = too_much()) return refuse(*error);
  return generate();
}

std::optional<ChatError> Answer::too_much() const {
  if (chat_.cap && *chat_.cap > knobs_.max_output) {
    return ChatError{fmt::format("max_tokens is too large: {}. This model supports at most {} "
                                 "completion tokens, whereas you provided {}.",
                                 *chat_.cap, knobs_.max_output, *chat_.cap),
                     "max_tokens", "invalid_value"};
  }
  const auto plan = make_plan(chat_, knobs_, request_.body.size(), sequence_);
  if (plan.input_tokens + chat_.cap.value_or(0) > knobs_.context) {
    return ChatError{fmt::format("This model's maximum context length is {} tokens. However, you "
                                 "requested {} tokens ({} in the messages, {} in the completion).",
                                 knobs_.context, plan.input_tokens + chat_.cap.value_or(0),
                                 plan.input_tokens, chat_.cap.value_or(0)),
                     "messages", "context_length_exceeded"};
  }
  return std::nullopt;
}

bool Answer::generate() {
  const Plan plan = make_plan(chat_, knobs_, request_.body.size(), sequence_);
  Truth::Ticket ticket(app_.truth, {.id = plan.id,
                                    .key = key_,
                                    .model = chat_.model,
                                    .stream = chat_.stream,
                                    .input_tokens = plan.input_tokens,
                                    .cached_tokens = plan.cached_tokens});
  outcome_ = "cut";
  if (knobs_.latency_ms > 0 &&
      !connection_.wait_until(Clock::now() + milliseconds(knobs_.latency_ms))) {
    return false;
  }
  const bool keep = chat_.stream ? stream(plan, ticket) : plain(plan, ticket);
  if (app_.verbose) output_tokens_ = ticket.output_tokens();
  return keep;
}

// True when token number `token` (from 1) of each choice is due; false when the peer has gone.
bool Answer::wait_for_token(Clock::time_point start, std::int64_t token) {
  if (knobs_.tokens_per_second <= 0) return true;
  const auto nanos =
      static_cast<std::int64_t>(static_cast<double>(token) * 1e9 / knobs_.tokens_per_second);
  return connection_.wait_until(start + std::chrono::nanoseconds(nanos));
}

bool Answer::plain(const Plan& plan, Truth::Ticket& ticket) {
  const auto fault = first_fault(knobs_, plan.tokens());
  const auto last = fault.fault == Fault::none ? plan.tokens() : fault.after_tokens;
  const auto start = Clock::now();
  const auto step = knobs_.tokens_per_second > 0 ? 1 : std::max<std::int64_t>(last, 1);
  for (std::int64_t at = 0; at < last; at += step) {
    const auto count = std::min(step, last - at);
    if (!wait_for_token(start, at + count)) return false;
    const auto hidden = std::clamp<std::int64_t>(plan.reasoning_tokens - at, 0, count);
    ticket.generated(count * plan.choices, hidden * plan.choices);
  }
  Reply reply(connection_, request_.keep_alive, form_of(knobs_, sequence_));
  if (fault.fault == Fault::close) {
    const auto body = completion_json(plan);
    (void)reply.truncated(200, headers("application/json"), body, body.size() / 2);
    return ended(ticket, "truncated", false);
  }
  if (fault.fault == Fault::error) {
    const auto body = error_body("The model failed.", "server_error", "", "");
    ticket.outcome("failed");
    return reply.whole(500, headers("application/json"), body) && !reply.must_close();
  }
  if (fault.fault != Fault::none) return break_off(fault.fault, ticket, reply);
  // Ended before the bytes leave: who has the answer finds it in the truth.
  (void)ended(ticket, "completed", true);
  return reply.whole(200, headers("application/json"), completion_json(plan)) &&
         !reply.must_close();
}

bool Answer::break_off(Fault fault, Truth::Ticket& ticket, Reply& reply) {
  switch (fault) {
    case Fault::stall: connection_.wait_for_close(); return ended(ticket, "stalled", false);
    case Fault::reset: connection_.reset(); return ended(ticket, "reset", false);
    case Fault::error:
      (void)(reply.add("data: " + error_body("The model failed.", "server_error", "", "") +
                       "\n\n") &&
             reply.end());
      return ended(ticket, "failed", false);
    case Fault::close:
    case Fault::none: return ended(ticket, "truncated", false);
  }
  return false;
}

bool Answer::stream_until(const ChunkWriter& writer, const Plan& plan, Truth::Ticket& ticket,
                          Reply& reply, std::int64_t last) {
  const bool paced = knobs_.tokens_per_second > 0;
  const auto start = Clock::now();
  const auto per_chunk = std::max<std::int64_t>(knobs_.tokens_per_chunk, 1);
  const auto flush = [&] {
    if (!pending_.empty() && !reply.add(pending_)) return false;
    if (pending_tokens_ > 0) ticket.generated(pending_tokens_, 0);
    pending_.clear();
    pending_tokens_ = 0;
    return true;
  };
  for (std::int64_t at = 0; at < last;) {
    const bool hidden = at < plan.reasoning_tokens;
    const auto count = std::min(hidden ? 1 : per_chunk, last - at);
    if (!wait_for_token(start, at + count)) return false;
    if (hidden) {
      ticket.generated(plan.choices, plan.choices);
    } else {
      for (std::int64_t i = 0; i < plan.choices; ++i) {
        writer.tokens(pending_, i, at - plan.reasoning_tokens, count);
      }
      pending_tokens_ += count * plan.choices;
    }
    at += count;
    if ((paced || pending_.size() >= kWriteBytes) && !flush()) return false;
  }
  return flush();
}

bool Answer::stream(const Plan& plan, Truth::Ticket& ticket) {
  const auto fault = first_fault(knobs_, plan.tokens());
  Reply reply(connection_, request_.keep_alive, form_of(knobs_, sequence_));
  const ChunkWriter writer(plan, chat_.include_usage);
  if (!reply.begin(200, headers("text/event-stream; charset=utf-8"))) return false;
  for (std::int64_t i = 0; i < plan.choices; ++i) writer.role(pending_, i);
  if (knobs_.tokens_per_second > 0 || fault.fault != Fault::none) {
    if (!reply.add(pending_)) return false;
    pending_.clear();
  }
  const auto last = fault.fault == Fault::none ? plan.tokens() : fault.after_tokens;
  if (!stream_until(writer, plan, ticket, reply, last)) return false;
  if (fault.fault != Fault::none) return break_off(fault.fault, ticket, reply);
  std::string tail;
  for (std::int64_t i = 0; i < plan.choices; ++i) writer.finish(tail, i);
  writer.done(tail);
  (void)ended(ticket, "completed", true);
  return reply.add(tail) && reply.end() && !reply.must_close();
}

}  // namespace

std::string bearer(const HttpRequest& request) {
  const auto value = request.header("authorization");
  static constexpr std::string_view kScheme = "Bearer ";
  if (value.size() <= kScheme.size() ||
      !equals_ignoring_case(value.substr(0, kScheme.size()), kScheme)) {
    return "-";
  }
  return std::string(value.substr(kScheme.size()));
}

bool answer_chat(App& app, Connection& connection, const HttpRequest& request) {
  return Answer(app, connection, request).run();
}

}  // namespace mock
