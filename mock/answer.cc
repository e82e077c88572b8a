// SPDX-License-Identifier: Apache-2.0
#include "answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "fault.h"
#include "generate.h"
#include "plan.h"
#include "reply.h"

namespace mock {
namespace {

using std::chrono::milliseconds;

class Answer {
 public:
  Answer(App& app, Connection& connection, const HttpRequest& request, Wire& wire)
      : app_(app),
        connection_(connection),
        request_(request),
        wire_(wire),
        key_(wire.key(request)),
        sequence_(app.sequence.fetch_add(1)) {}

  bool run() {
    const bool keep = decide();
    if (app_.verbose) {
      fmt::print(stderr, "{} {} {} {} output={} {}\n", request_.method, request_.path, sequence_,
                 call_.model.empty() ? "-" : call_.model, output_tokens_, outcome_);
    }
    return keep;
  }

 private:
  bool decide();
  bool canned();
  bool unbilled(int status, std::string_view body, std::vector<Header> headers = {});
  bool refuse(const Refusal& why, std::vector<Header> headers = {}) {
    return unbilled(why.status, wire_.error(why), std::move(headers));
  }
  std::optional<Refusal> too_much() const;
  std::string read_knobs();
  const Turn* take_turn();
  bool generate();
  bool wait_latency() {
    return knobs_.latency_ms == 0 ||
           connection_.wait_until(Clock::now() + milliseconds(knobs_.latency_ms));
  }

  App& app_;
  Connection& connection_;
  const HttpRequest& request_;
  Wire& wire_;
  std::string key_;
  std::uint64_t sequence_;
  Call call_;
  Knobs knobs_;
  const char* outcome_ = "unbilled";
  std::int64_t output_tokens_ = 0;
};

bool Answer::unbilled(int status, std::string_view body, std::vector<Header> extra) {
  app_.truth.unbilled(key_, call_.model);
  auto all = wire_.headers(sequence_);
  all.push_back({"content-type", body.starts_with('<') ? "text/html" : "application/json"});
  all.insert(all.end(), extra.begin(), extra.end());
  Reply reply(connection_, request_.keep_alive, form_of(knobs_, sequence_));
  return reply.whole(status, all, body) && !reply.must_close();
}

// Knobs the request itself carries, weakest first.
std::string Answer::read_knobs() {
  KnobSettings own;
  std::string wrong;
  static constexpr std::string_view kMagic = "x-mock:";
  if (call_.user.starts_with(kMagic)) {
    wrong += parse_settings(std::string_view(call_.user).substr(kMagic.size()), own);
  }
  const auto hash = call_.model.find('#');
  const std::string plain_model = call_.model.substr(0, hash);
  if (hash != std::string::npos) {
    wrong += parse_settings(std::string_view(call_.model).substr(hash + 1), own);
  }
  wrong += parse_settings(request_.header("x-mock"), own);
  wrong += app_.knobs.resolve(key_, plain_model, own, knobs_);
  return wrong;
}

bool Answer::decide() {
  const auto coding = request_.header("content-encoding");
  if (!coding.empty() && coding != "identity") {
    return refuse({.message = "Encoded bodies are not read.", .status = 415});
  }
  const auto unread = wire_.read(request_, call_);
  if (unread) call_ = Call();
  if (auto wrong = read_knobs(); !wrong.empty()) {
    return refuse({fmt::format("x-mock: {}", wrong), "x-mock", "bad_knob"});
  }
  if (knobs_.send_buffer > 0) connection_.limit_send_buffer(static_cast<int>(knobs_.send_buffer));
  if (unread) return refuse(*unread);
  if (!knobs_.require_key.empty() && knobs_.require_key != key_) {
    return refuse({"Incorrect API key provided.", "", "invalid_api_key", 401});
  }
  return canned();
}

// Answers that never reach the model.
bool Answer::canned() {
  const bool failing = knobs_.fail_first_n > 0 ? app_.knobs.fails_now(key_, knobs_.fail_first_n)
                                               : knobs_.status != 200;
  if ((failing || knobs_.html || !knobs_.redirect.empty()) && !wait_latency()) return false;
  const int status = knobs_.status == 200 && failing ? 500 : static_cast<int>(knobs_.status);
  std::vector<Header> extra;
  if (!knobs_.retry_after.empty()) extra.push_back({"retry-after", knobs_.retry_after});
  if (!knobs_.retry_after_ms.empty()) extra.push_back({"retry-after-ms", knobs_.retry_after_ms});
  if (!knobs_.redirect.empty()) {
    extra.push_back({"location", knobs_.redirect});
    return unbilled(status >= 300 && status < 400 ? status : 307, "{}", extra);
  }
  if (knobs_.html) {
    return unbilled(failing ? status : 200, "<html><body><h1>502 Bad Gateway</h1></body></html>\n",
                    extra);
  }
  if (failing) {
    return refuse({fmt::format("The mock was told to answer {}.", status), "", "", status}, extra);
  }
  if (const auto why = too_much()) return refuse(*why);
  if (call_.counts_only) {
    if (!wait_latency()) return false;
    return unbilled(200, wire_.count(input_tokens_of(call_, knobs_, request_.body.size())));
  }
  return generate();
}

std::optional<Refusal> Answer::too_much() const {
  const auto cap = call_.cap.value_or(0);
  if (cap > knobs_.max_output) return wire_.cap_too_large(cap, knobs_.max_output);
  const auto input = input_tokens_of(call_, knobs_, request_.body.size());
  if (input + cap > knobs_.context) return wire_.too_long(input, cap, knobs_.context);
  return std::nullopt;
}

// A client's small questions beside its work offer no tools: they take no turn of a script of
// tools.
const Turn* Answer::take_turn() {
  if (!knobs_.script || !call_.generates) return nullptr;
  const auto& script = *knobs_.script;
  const bool has_tools =
      std::ranges::any_of(script, [](const Turn& turn) { return !turn.calls.empty(); });
  if (has_tools && call_.tools.empty()) return nullptr;
  const auto number = app_.knobs.take_turn(key_, script.size());
  return number < script.size() ? &script[number] : nullptr;
}

bool Answer::generate() {
  const Plan plan = make_plan(call_, knobs_, take_turn(), request_.body.size(), sequence_);
  Truth::Ticket ticket(app_.truth, {.id = fmt::format("{}{}", wire_.id_prefix(), plan.id),
                                    .key = key_,
                                    .model = call_.model,
                                    .wire = wire_.name(),
                                    .service_tier = plan.service_tier,
                                    .stream = call_.stream,
                                    .input = plan.input});
  outcome_ = "billed";
  if (!wait_latency()) return false;
  Generation generation(connection_, wire_, plan, knobs_, ticket);
  Reply reply(connection_, request_.keep_alive, form_of(knobs_, sequence_));
  const auto headers = wire_.headers(sequence_);
  const bool keep =
      call_.stream ? generation.stream(reply, headers) : generation.plain(reply, headers);
  outcome_ = ticket.outcome();
  output_tokens_ = ticket.output_tokens();
  return keep;
}

}  // namespace

bool answer_call(App& app, Connection& connection, const HttpRequest& request, Wire& wire) {
  return Answer(app, connection, request, wire).run();
}

}  // namespace mock
