// SPDX-License-Identifier: Apache-2.0
#include "plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "json.h"

namespace mock {
namespace {

constexpr std::string_view kFingerprint = "fp_ringfence_mock";
constexpr std::int64_t kHugeTokens = 999'999'999'999;

// SplitMix64: one well-mixed number per (seed, sequence).
std::uint64_t mixed(std::uint64_t seed, std::uint64_t sequence) {
  std::uint64_t z = seed * 0x9E3779B97F4A7C15ULL + sequence * 0xD1B54A32D192ED03ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

std::int64_t draw(std::int64_t low, std::int64_t high, std::uint64_t random) {
  const auto width = static_cast<std::uint64_t>(high - low) + 1;
  return low + static_cast<std::int64_t>(random % width);
}

std::int64_t wanted_tokens(const Knobs& knobs, std::uint64_t sequence) {
  const auto seed = static_cast<std::uint64_t>(knobs.seed);
  const auto base = draw(knobs.output_tokens_min, knobs.output_tokens_max, mixed(seed, sequence));
  const auto swing = base * std::min<std::int64_t>(knobs.noise_percent, 100) / 100;
  return draw(base - swing, base + swing, mixed(seed + 1, sequence));
}

std::string token_text(std::int64_t bytes) {
  if (bytes == 0) return {};
  if (bytes == 1) return "x";
  static constexpr std::string_view kWord = "tok";
  std::string text;
  while (static_cast<std::int64_t>(text.size()) < bytes - 1)
    text += kWord[text.size() % kWord.size()];
  return text + ' ';
}

std::string tool_name(const ChatRequest& request, const Knobs& knobs) {
  const auto first = request.tools.empty() ? std::string() : request.tools.front();
  if (!request.tool_chosen.empty()) return request.tool_chosen;
  if (request.tool_required) return first;
  if (knobs.tool_call == "true" || knobs.tool_call == "1") return first.empty() ? "tool" : first;
  return knobs.tool_call;
}

std::string repeated(std::string_view text, std::int64_t count) {
  std::string out;
  out.reserve(text.size() * static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) out += text;
  return out;
}

std::string_view finish_reason(const Plan& plan) {
  if (plan.capped) return "length";
  return plan.tool.empty() ? "stop" : "tool_calls";
}

// A tool's arguments are {"text":"tok tok "}; a capped call leaves them open, as a real one does.
std::string arguments(const Plan& plan, std::int64_t first, std::int64_t count) {
  std::string out = first == 0 ? R"({"text":")" : "";
  out += repeated(plan.token, count);
  if (first + count == plan.visible_tokens && !plan.capped) out += R"("})";
  return out;
}

std::string usage_numbers(const std::string& input, const std::string& output,
                          const std::string& total, std::int64_t cached, std::int64_t reasoning) {
  return fmt::format(R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{},)"
                     R"("prompt_tokens_details":{{"cached_tokens":{},"audio_tokens":0}},)"
                     R"("completion_tokens_details":{{"reasoning_tokens":{},"audio_tokens":0,)"
                     R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}})",
                     input, output, total, cached, reasoning);
}

std::string usage_json(const Plan& plan) {
  const auto output = plan.tokens() * plan.choices;
  const auto reasoning = plan.reasoning_tokens * plan.choices;
  const auto numbers = [&](std::int64_t in, std::int64_t out) {
    return usage_numbers(std::to_string(in), std::to_string(out), std::to_string(in + out),
                         plan.cached_tokens, reasoning);
  };
  switch (plan.usage) {
    case UsageReport::honest: return numbers(plan.input_tokens, output);
    case UsageReport::missing:
    case UsageReport::null: return "null";
    case UsageReport::zero: return usage_numbers("0", "0", "0", 0, 0);
    case UsageReport::negative: return numbers(-plan.input_tokens, -output);
    case UsageReport::huge: return numbers(kHugeTokens, kHugeTokens);
    case UsageReport::string:
      return usage_numbers(json_string(std::to_string(plan.input_tokens)), json_string("many"),
                           "[]", 0, 0);
    case UsageReport::low: return numbers(plan.input_tokens / 10, output / 10);
  }
  return "null";
}

}  // namespace

Plan make_plan(const ChatRequest& request, const Knobs& knobs, std::size_t body_bytes,
               std::uint64_t sequence) {
  Plan plan;
  plan.id = fmt::format("chatcmpl-mock{:08x}", sequence);
  plan.model = request.model;
  plan.created_unix_s = static_cast<std::int64_t>(std::time(nullptr));
  plan.choices = request.choices;
  const auto divisor = std::max<std::int64_t>(knobs.input_bytes_per_token, 1);
  const auto counted = (request.text_bytes + divisor - 1) / divisor;
  plan.input_tokens = knobs.input_tokens.value_or(
      std::clamp<std::int64_t>(counted, 1, static_cast<std::int64_t>(body_bytes)));
  plan.cached_tokens = std::min(knobs.cached_tokens, plan.input_tokens);
  const auto room = std::max<std::int64_t>(knobs.context - plan.input_tokens, 0);
  auto limit = std::min(knobs.max_output, room);
  if (request.cap && !knobs.ignore_cap) limit = std::min(limit, *request.cap);
  const auto wanted = wanted_tokens(knobs, sequence);
  plan.reasoning_tokens = std::min(knobs.reasoning_tokens, limit);
  plan.visible_tokens = std::min(wanted, limit - plan.reasoning_tokens);
  plan.capped = knobs.reasoning_tokens + wanted > limit;
  plan.tool = tool_name(request, knobs);
  plan.token = token_text(knobs.bytes_per_token);
  plan.usage = knobs.usage;
  return plan;
}

std::string completion_json(const Plan& plan) {
  std::string choices;
  for (std::int64_t i = 0; i < plan.choices; ++i) {
    std::string message;
    if (plan.tool.empty()) {
      message =
          fmt::format(R"("content":{})", json_string(repeated(plan.token, plan.visible_tokens)));
    } else {
      message = fmt::format(R"("content":null,"tool_calls":[{{"id":"call_{}_{}","type":"function",)"
                            R"("function":{{"name":{},"arguments":{}}}}}])",
                            plan.id, i, json_string(plan.tool),
                            json_string(arguments(plan, 0, plan.visible_tokens)));
    }
    choices += fmt::format(
        R"({}{{"index":{},"message":{{"role":"assistant",{},"refusal":null,"annotations":[]}},)"
        R"("logprobs":null,"finish_reason":"{}"}})",
        i == 0 ? "" : ",", i, message, finish_reason(plan));
  }
  const auto usage = plan.usage == UsageReport::missing
                         ? std::string()
                         : fmt::format(R"("usage":{},)", usage_json(plan));
  return fmt::format(
      R"({{"id":"{}","object":"chat.completion","created":{},"model":{},"choices":[{}],)"
      R"({}"service_tier":"default","system_fingerprint":"{}"}})",
      plan.id, plan.created_unix_s, json_string(plan.model), choices, usage, kFingerprint);
}

ChunkWriter::ChunkWriter(const Plan& plan, bool include_usage)
    : plan_(plan),
      include_usage_(include_usage),
      prefix_(fmt::format(R"(data: {{"id":"{}","object":"chat.completion.chunk","created":{},)"
                          R"("model":{},"service_tier":"default","system_fingerprint":"{}",)",
                          plan.id, plan.created_unix_s, json_string(plan.model), kFingerprint)) {}

void ChunkWriter::chunk(std::string& out, std::int64_t choice, std::string_view delta,
                        std::string_view finish_reason_json) const {
  out += prefix_;
  fmt::format_to(std::back_inserter(out),
                 R"("choices":[{{"index":{},"delta":{},"logprobs":null,"finish_reason":{}}}]{}}})",
                 choice, delta, finish_reason_json, include_usage_ ? R"(,"usage":null)" : "");
  out += "\n\n";
}

void ChunkWriter::role(std::string& out, std::int64_t choice) const {
  if (plan_.tool.empty()) {
    chunk(out, choice, R"({"role":"assistant","content":"","refusal":null})", "null");
    return;
  }
  chunk(out, choice,
        fmt::format(
            R"({{"role":"assistant","content":null,"tool_calls":[{{"index":0,"id":"call_{}_{}",)"
            R"("type":"function","function":{{"name":{},"arguments":""}}}}],"refusal":null}})",
            plan_.id, choice, json_string(plan_.tool)),
        "null");
}

void ChunkWriter::tokens(std::string& out, std::int64_t choice, std::int64_t first,
                         std::int64_t count) const {
  if (plan_.tool.empty()) {
    chunk(out, choice,
          fmt::format(R"({{"content":{}}})", json_string(repeated(plan_.token, count))), "null");
    return;
  }
  chunk(out, choice,
        fmt::format(R"({{"tool_calls":[{{"index":0,"function":{{"arguments":{}}}}}]}})",
                    json_string(arguments(plan_, first, count))),
        "null");
}

void ChunkWriter::finish(std::string& out, std::int64_t choice) const {
  chunk(out, choice, "{}", fmt::format("\"{}\"", finish_reason(plan_)));
}

void ChunkWriter::done(std::string& out) const {
  if (include_usage_ && plan_.usage != UsageReport::missing) {
    out += prefix_;
    fmt::format_to(std::back_inserter(out), R"("choices":[],"usage":{}}})", usage_json(plan_));
    out += "\n\n";
  }
  out += "data: [DONE]\n\n";
}

}  // namespace mock
