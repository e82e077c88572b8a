// SPDX-License-Identifier: Apache-2.0
#include "anthropic.h"

#include <fmt/format.h>

#include "anthropic_blocks.h"
#include "anthropic_request.h"
#include "json.h"

namespace mock {
namespace {

using namespace anthropic;  // NOLINT: the pieces of this one wire

std::string_view error_type(int status) {
  switch (status) {
    case 401: return "authentication_error";
    case 402: return "billing_error";
    case 403: return "permission_error";
    case 404: return "not_found_error";
    case 413: return "request_too_large";
    case 429: return "rate_limit_error";
    case 504: return "timeout_error";
    case 529: return "overloaded_error";
    default: return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

std::string error_json(const Refusal& why) {
  return fmt::format(
      R"({{"type":"error","error":{{"type":"{}","message":{}}},"request_id":"req_mock"}})",
      error_type(why.status), json_string(why.message));
}

class MessageStream final : public StreamWriter {
 public:
  explicit MessageStream(const Plan& plan) : plan_(plan) {}

  void begin(std::string& out) override {
    auto first = plan_.input;
    first.output = 1;  // the real one's placeholder
    const auto usage = usage_member(plan_, first, Moment::start, false);
    event(out, "message_start", R"("message":)" + message(plan_, "", "null", usage));
    if (plan_.reasoning_tokens == 0) return;
    start(out, R"({"type":"thinking","thinking":"","signature":""})");
    delta(out, fmt::format(R"({{"type":"thinking_delta","thinking":{}}})", json_string(kThinking)));
  }

  void ping(std::string& out) override { event(out, "ping", ""); }

  void reasoning_end(std::string& out) override {
    delta(out, fmt::format(R"({{"type":"signature_delta","signature":"{}"}})", kSignature));
    stop(out);
  }

  void search(std::string& out, std::int64_t index) override {
    start(out, search_block(plan_, index, "{}"));
    delta(out, json_delta(kSearchInput));
    stop(out);
    start(out, search_result_block(plan_, index));
    stop(out);
  }

  void part_begin(std::string& out, std::size_t part) override {
    start(out, empty_block(plan_, part));
    if (!plan_.parts[part].is_text()) delta(out, json_delta(""));
  }

  void tokens(std::string& out, std::size_t part, std::int64_t first, std::int64_t count) override {
    const auto text = plan_.parts[part].text(first, count);
    delta(out, plan_.parts[part].is_text()
                   ? fmt::format(R"({{"type":"text_delta","text":{}}})", json_string(text))
                   : json_delta(text));
  }

  void part_end(std::string& out, std::size_t) override { stop(out); }

  void end(std::string& out) override {
    if (plan_.usage_steps != UsageSteps::none) message_delta(out, "null", false);
    message_delta(out, fmt::format("\"{}\"", stop_reason(plan_)), true);
    event(out, "message_stop", "");
  }

  void fail(std::string& out, const Refusal& why) override {
    fmt::format_to(std::back_inserter(out), "event: error\ndata: {}\n\n", error_json(why));
  }

 private:
  static void event(std::string& out, std::string_view type, std::string_view members) {
    fmt::format_to(std::back_inserter(out), "event: {}\ndata: {{\"type\":\"{}\"{}{}}}\n\n", type,
                   type, members.empty() ? "" : ",", members);
  }

  static std::string json_delta(std::string_view text) {
    return fmt::format(R"({{"type":"input_json_delta","partial_json":{}}})", json_string(text));
  }

  void start(std::string& out, std::string_view block) {
    event(out, "content_block_start",
          fmt::format(R"("index":{},"content_block":{})", index_, block));
  }

  void delta(std::string& out, std::string_view delta) {
    event(out, "content_block_delta", fmt::format(R"("index":{},"delta":{})", index_, delta));
  }

  void stop(std::string& out) {
    event(out, "content_block_stop", fmt::format(R"("index":{})", index_));
    ++index_;
  }

  void message_delta(std::string& out, std::string_view reason, bool at_end) const {
    event(out, "message_delta",
          fmt::format(R"("delta":{{"stop_reason":{},"stop_sequence":null}}{})", reason,
                      usage_member(plan_, plan_.counts(), Moment::delta, at_end)));
  }

  const Plan& plan_;
  std::int64_t index_ = 0;
};

class AnthropicMessages final : public Wire {
 public:
  explicit AnthropicMessages(bool counts_only) : counts_only_(counts_only) {}

  std::string_view name() const override { return "anthropic_messages"; }
  std::string_view id_prefix() const override { return "msg_"; }
  std::int64_t default_pings() const override { return 1; }

  std::string key(const HttpRequest& request) const override {
    const auto own = request.header("x-api-key");
    return own.empty() ? bearer(request) : std::string(own);
  }

  std::optional<Refusal> read(const HttpRequest& request, Call& out) override {
    return read_anthropic_request(request.body, counts_only_, out);
  }

  Refusal cap_too_large(std::int64_t cap, std::int64_t max) const override {
    return {
        .message = fmt::format(
            "max_tokens: {} > {}, which is the maximum allowed number of output tokens", cap, max)};
  }

  Refusal too_long(std::int64_t input, std::int64_t cap, std::int64_t context) const override {
    if (input > context) {
      return {.message = fmt::format("prompt is too long: {} tokens > {} maximum", input, context)};
    }
    return {.message = fmt::format("input length and `max_tokens` exceed context limit: {} + {} > "
                                   "{}, decrease input length or `max_tokens` and try again",
                                   input, cap, context)};
  }

  std::string error(const Refusal& why) const override { return error_json(why); }

  std::vector<Header> headers(std::uint64_t sequence) const override {
    return {{"request-id", fmt::format("req_mock{:08x}", sequence)},
            {"anthropic-organization-id", "00000000-0000-4000-8000-000000000000"}};
  }

  std::string answer(const Plan& plan) const override {
    std::string content;
    const auto add = [&content](const std::string& block) {
      content += content.empty() ? "" : ",";
      content += block;
    };
    if (plan.reasoning_tokens > 0) {
      add(fmt::format(R"({{"type":"thinking","thinking":{},"signature":"{}"}})",
                      json_string(kThinking), kSignature));
    }
    for (std::int64_t i = 0; i < plan.searches; ++i) {
      add(search_block(plan, i, kSearchInput));
      add(search_result_block(plan, i));
    }
    for (std::size_t i = 0; i < plan.parts.size(); ++i) add(full_block(plan, i));
    return message(plan, content, fmt::format("\"{}\"", stop_reason(plan)),
                   usage_member(plan, plan.counts(), Moment::start, true));
  }

  std::string count(std::int64_t input_tokens) const override {
    return fmt::format(R"({{"input_tokens":{}}})", input_tokens);
  }

  std::unique_ptr<StreamWriter> stream(const Plan& plan) const override {
    return std::make_unique<MessageStream>(plan);
  }

 private:
  bool counts_only_;
};

}  // namespace

std::unique_ptr<Wire> make_anthropic_messages(bool counts_only) {
  return std::make_unique<AnthropicMessages>(counts_only);
}

}  // namespace mock
