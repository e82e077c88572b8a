// SPDX-License-Identifier: Apache-2.0
#include "openai_chat.h"

#include <fmt/format.h>

#include "json.h"
#include "openai.h"
#include "openai_chat_request.h"
#include "plan.h"
#include "usage.h"

namespace mock {
namespace {

constexpr std::string_view kFingerprint = "fp_ringfence_mock";

std::string_view finish_reason(const Plan& plan) {
  if (plan.capped) return "length";
  return plan.calls_tool() ? "tool_calls" : "stop";
}

std::string usage_json(const Plan& plan, bool at_end) {
  const auto told = tell_usage(plan, plan.counts(), at_end);
  if (told.null || !told.shown) return "null";
  const auto& counts = told.counts;
  const auto writes =
      counts.writes() == 0 ? "" : fmt::format(R"("cache_write_tokens":{},)", counts.writes());
  return fmt::format(R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},)"
                     R"("prompt_tokens_details":{{"cached_tokens":{},{}"audio_tokens":0}},)"
                     R"("completion_tokens_details":{{"reasoning_tokens":{},"audio_tokens":0,)"
                     R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}})",
                     told.input(counts.input()), told.output(counts.output),
                     told.total(counts.input() + counts.output), counts.cached, writes,
                     counts.reasoning);
}

std::string call_json(const Plan& plan, std::int64_t choice, std::size_t number,
                      std::string_view name, std::string_view arguments, bool indexed) {
  return fmt::format(
      R"({{{}"id":"call_{}_{}_{}","type":"function","function":{{"name":{},"arguments":{}}}}})",
      indexed ? fmt::format(R"("index":{},)", number) : "", plan.id, choice, number,
      json_string(name), json_string(arguments));
}

std::string message_json(const Plan& plan, std::int64_t choice) {
  std::string content;
  std::string calls;
  std::size_t number = 0;
  for (const auto& part : plan.parts) {
    if (part.is_text()) {
      content += part.text();
    } else {
      calls += calls.empty() ? "" : ",";
      calls += call_json(plan, choice, number++, part.name, part.text(), false);
    }
  }
  const bool no_text = content.empty() && !calls.empty();
  return fmt::format(R"({{"role":"assistant","content":{}{},"refusal":null,"annotations":[]}})",
                     no_text ? "null" : json_string(content),
                     calls.empty() ? "" : fmt::format(R"(,"tool_calls":[{}])", calls));
}

class ChatStream final : public StreamWriter {
 public:
  ChatStream(const Plan& plan, bool include_usage)
      : plan_(plan),
        include_usage_(include_usage),
        prefix_(fmt::format(
            R"(data: {{"id":"chatcmpl-{}","object":"chat.completion.chunk","created":{},)"
            R"("model":{},"service_tier":{},"system_fingerprint":"{}",)",
            plan.id, plan.created_unix_s, json_string(plan.model), json_string(plan.service_tier),
            kFingerprint)) {}

  void begin(std::string& out) override {
    const auto& first = plan_.parts.front();
    for (std::int64_t i = 0; i < plan_.choices; ++i) {
      if (first.is_text()) {
        chunk(out, i, R"({"role":"assistant","content":"","refusal":null})", "null");
        continue;
      }
      chunk(out, i,
            fmt::format(R"({{"role":"assistant","content":null,"tool_calls":[{}],"refusal":null}})",
                        call_json(plan_, i, 0, first.name, "", true)),
            "null");
    }
    if (include_usage_ && plan_.usage_steps != UsageSteps::none) usage(out, false);
  }

  void ping(std::string& out) override { out += ": ping\n\n"; }

  void part_begin(std::string& out, std::size_t part) override {
    if (part == 0 || plan_.parts[part].is_text()) return;
    for (std::int64_t i = 0; i < plan_.choices; ++i) {
      const auto call = call_json(plan_, i, number_of(part), plan_.parts[part].name, "", true);
      chunk(out, i, fmt::format(R"({{"tool_calls":[{}]}})", call), "null");
    }
  }

  void tokens(std::string& out, std::size_t part, std::int64_t first, std::int64_t count) override {
    const auto text = json_string(plan_.parts[part].text(first, count));
    const auto delta =
        plan_.parts[part].is_text()
            ? fmt::format(R"({{"content":{}}})", text)
            : fmt::format(R"({{"tool_calls":[{{"index":{},"function":{{"arguments":{}}}}}]}})",
                          number_of(part), text);
    for (std::int64_t i = 0; i < plan_.choices; ++i) chunk(out, i, delta, "null");
  }

  void end(std::string& out) override {
    const auto reason = fmt::format("\"{}\"", finish_reason(plan_));
    for (std::int64_t i = 0; i < plan_.choices; ++i) chunk(out, i, "{}", reason);
    if (include_usage_ && plan_.usage != UsageReport::missing) usage(out, true);
    out += "data: [DONE]\n\n";
  }

  void fail(std::string& out, const Refusal& why) override {
    out += fmt::format("data: {{\"error\":{}}}\n\n", openai_error_object(why));
  }

 private:
  // Tools are numbered without the texts between them.
  std::size_t number_of(std::size_t part) const {
    std::size_t number = 0;
    for (std::size_t i = 0; i < part; ++i) number += plan_.parts[i].is_text() ? 0 : 1;
    return number;
  }

  void chunk(std::string& out, std::int64_t choice, std::string_view delta,
             std::string_view reason_json) const {
    out += prefix_;
    fmt::format_to(
        std::back_inserter(out),
        R"("choices":[{{"index":{},"delta":{},"logprobs":null,"finish_reason":{}}}]{}}})", choice,
        delta, reason_json, include_usage_ ? R"(,"usage":null)" : "");
    out += "\n\n";
  }

  void usage(std::string& out, bool at_end) const {
    out += prefix_;
    fmt::format_to(std::back_inserter(out), R"("choices":[],"usage":{}}})",
                   usage_json(plan_, at_end));
    out += "\n\n";
  }

  const Plan& plan_;
  bool include_usage_;
  std::string prefix_;
};

class OpenAiChat final : public OpenAiWire {
 public:
  OpenAiChat() : OpenAiWire("max_tokens", "messages") {}

  std::string_view name() const override { return "openai_chat"; }
  std::string_view id_prefix() const override { return "chatcmpl-"; }

  std::optional<Refusal> read(const HttpRequest& request, Call& out) override {
    return read_chat_request(request.body, out, extras_);
  }

  std::string answer(const Plan& plan) const override {
    std::string choices;
    for (std::int64_t i = 0; i < plan.choices; ++i) {
      choices +=
          fmt::format(R"({}{{"index":{},"message":{},"logprobs":null,"finish_reason":"{}"}})",
                      i == 0 ? "" : ",", i, message_json(plan, i), finish_reason(plan));
    }
    const auto usage = plan.usage == UsageReport::missing
                           ? std::string()
                           : fmt::format(R"("usage":{},)", usage_json(plan, true));
    return fmt::format(R"({{"id":"chatcmpl-{}","object":"chat.completion","created":{},"model":{},)"
                       R"("choices":[{}],{}"service_tier":{},"system_fingerprint":"{}"}})",
                       plan.id, plan.created_unix_s, json_string(plan.model), choices, usage,
                       json_string(plan.service_tier), kFingerprint);
  }

  std::unique_ptr<StreamWriter> stream(const Plan& plan) const override {
    return std::make_unique<ChatStream>(plan, extras_.include_usage);
  }

 private:
  ChatExtras extras_;
};

}  // namespace

std::unique_ptr<Wire> make_openai_chat() { return std::make_unique<OpenAiChat>(); }

}  // namespace mock
