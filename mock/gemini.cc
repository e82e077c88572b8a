// SPDX-License-Identifier: Apache-2.0
#include "gemini.h"

#include <fmt/format.h>

#include "gemini_request.h"
#include "json.h"
#include "plan.h"
#include "usage.h"

namespace mock {
namespace {

constexpr std::string_view kThought = R"({"text":"Let me think.","thought":true})";

std::string_view status_name(int status) {
  switch (status) {
    case 401: return "UNAUTHENTICATED";
    case 403: return "PERMISSION_DENIED";
    case 404: return "NOT_FOUND";
    case 429: return "RESOURCE_EXHAUSTED";
    case 503: return "UNAVAILABLE";
    case 504: return "DEADLINE_EXCEEDED";
    default: return status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT";
  }
}

std::string error_json(const Refusal& why) {
  return fmt::format(R"({{"error":{{"code":{},"message":{},"status":"{}"}}}})", why.status,
                     json_string(why.message), status_name(why.status));
}

std::string text_part(std::string_view text) {
  return fmt::format(R"({{"text":{}}})", json_string(text));
}

// Nothing for a call that the cap cut: the real one is never seen.
std::string whole_part(const Part& part) {
  if (part.is_text()) return text_part(part.text());
  if (!part.whole) return {};
  return fmt::format(R"({{"functionCall":{{"name":{},"args":{}}}}})", json_string(part.name),
                     part.text());
}

std::string usage_member(const Plan& plan, const Counts& honest, bool at_end) {
  const auto told = tell_usage(plan, honest, at_end);
  if (!told.shown) return {};
  if (told.null) return R"("usageMetadata":null,)";
  const auto& counts = told.counts;
  const auto prompt = told.input(counts.input());
  std::string out =
      fmt::format(R"("usageMetadata":{{"promptTokenCount":{},"candidatesTokenCount":{},)"
                  R"("totalTokenCount":{},)",
                  prompt, told.output(counts.output - counts.reasoning),
                  told.total(counts.input() + counts.output));
  if (counts.cached != 0) out += fmt::format(R"("cachedContentTokenCount":{},)", counts.cached);
  if (counts.reasoning != 0) out += fmt::format(R"("thoughtsTokenCount":{},)", counts.reasoning);
  if (plan.service_tier != "standard") {
    out += fmt::format(R"("serviceTier":{},)", json_string(plan.service_tier));
  }
  return out +
         fmt::format(R"("promptTokensDetails":[{{"modality":"TEXT","tokenCount":{}}}]}},)", prompt);
}

std::string candidate(const Plan& plan, std::int64_t index, std::string_view parts, bool at_end) {
  std::string end;
  if (at_end) {
    end = fmt::format(R"("finishReason":"{}",)", plan.capped ? "MAX_TOKENS" : "STOP");
    std::string queries;
    for (std::int64_t i = 0; i < plan.searches; ++i) queries += i == 0 ? R"("mock")" : R"(,"mock")";
    if (!queries.empty()) {
      end += fmt::format(R"("groundingMetadata":{{"webSearchQueries":[{}]}},)", queries);
    }
  }
  return fmt::format(R"({{"content":{{"parts":[{}],"role":"model"}},{}"index":{}}})", parts, end,
                     index);
}

std::string response(const Plan& plan, std::string_view candidates, std::string_view usage) {
  return fmt::format(R"({{"candidates":[{}],{}"modelVersion":{},"responseId":"{}"}})", candidates,
                     usage, json_string(plan.model), plan.id);
}

class GeminiStream final : public StreamWriter {
 public:
  GeminiStream(const Plan& plan, bool sse, bool thoughts)
      : plan_(plan), sse_(sse), thoughts_(thoughts), so_far_(plan.input) {}

  void begin(std::string& out) override {
    if (!sse_) out += '[';
  }

  void reasoning(std::string&, std::int64_t count) override {
    so_far_.output += count * plan_.choices;
    so_far_.reasoning += count * plan_.choices;
  }

  void reasoning_end(std::string& out) override {
    for (std::int64_t i = 0; thoughts_ && i < plan_.choices; ++i) chunk(out, i, kThought, false);
  }

  void tokens(std::string& out, std::size_t part, std::int64_t first, std::int64_t count) override {
    const auto& planned = plan_.parts[part];
    const bool last = first + count == planned.tokens;
    for (std::int64_t i = 0; i < plan_.choices; ++i) {
      so_far_.output += count;
      if (planned.is_text()) {
        chunk(out, i, text_part(planned.text(first, count)), false);
      } else if (last && planned.whole) {
        chunk(out, i, whole_part(planned), false);
      }
    }
  }

  void end(std::string& out) override {
    so_far_ = plan_.counts();
    for (std::int64_t i = 0; i < plan_.choices; ++i) chunk(out, i, R"({"text":""})", true);
    if (!sse_) out += "\n]\n";
  }

  void fail(std::string& out, const Refusal& why) override {
    event(out, error_json(why));
    if (!sse_) out += "\n]\n";
  }

 private:
  void chunk(std::string& out, std::int64_t index, std::string_view parts, bool at_end) {
    event(out, response(plan_, candidate(plan_, index, parts, at_end),
                        usage_member(plan_, so_far_, at_end)));
  }

  void event(std::string& out, const std::string& json) {
    if (sse_) {
      out += "data: " + json + "\r\n\r\n";
    } else {
      out += (first_ ? "" : ",\r\n") + json;
    }
    first_ = false;
  }

  const Plan& plan_;
  bool sse_;
  bool thoughts_;
  Counts so_far_;
  bool first_ = true;
};

class Gemini final : public Wire {
 public:
  explicit Gemini(GeminiTarget target) : target_(std::move(target)) {}

  std::string_view name() const override { return "gemini"; }

  std::string key(const HttpRequest& request) const override {
    if (const auto own = request.header("x-goog-api-key"); !own.empty()) return std::string(own);
    const auto query = request.query_value("key");
    return query.empty() ? bearer(request) : std::string(query);
  }

  std::optional<Refusal> read(const HttpRequest& request, Call& out) override {
    out.model = target_.model;
    out.stream = target_.method == GeminiMethod::stream;
    out.counts_only = target_.method == GeminiMethod::count;
    sse_ = request.query_value("alt") == "sse";
    return read_gemini_request(request.body, out, extras_);
  }

  Refusal cap_too_large(std::int64_t cap, std::int64_t max) const override {
    return {.message = fmt::format("Unable to submit request because it has a maxOutputTokens "
                                   "value of {} but the supported range is from 1 (inclusive) to "
                                   "{} (exclusive). Update the value and try again.",
                                   cap, max + 1)};
  }

  Refusal too_long(std::int64_t input, std::int64_t, std::int64_t context) const override {
    return {.message = fmt::format("The input token count ({}) exceeds the maximum number of "
                                   "tokens allowed ({}).",
                                   input, context)};
  }

  // A stream that is no SSE is an array, also when it fails at once.
  std::string error(const Refusal& why) const override {
    const bool in_array = target_.method == GeminiMethod::stream && !sse_;
    return in_array ? '[' + error_json(why) + "]\n" : error_json(why);
  }

  std::vector<Header> headers(std::uint64_t) const override {
    return {{"vary", "Origin, X-Origin, Referer"}};
  }

  std::string answer(const Plan& plan) const override {
    std::string parts;
    const auto add = [&parts](std::string_view part) {
      if (!parts.empty() && !part.empty()) parts += ',';
      parts += part;
    };
    if (extras_.include_thoughts && plan.reasoning_tokens > 0) add(kThought);
    for (const auto& part : plan.parts) add(whole_part(part));
    std::string candidates;
    for (std::int64_t i = 0; i < plan.choices; ++i) {
      candidates += (i == 0 ? "" : ",") + candidate(plan, i, parts, true);
    }
    return response(plan, candidates, usage_member(plan, plan.counts(), true));
  }

  std::string count(std::int64_t input_tokens) const override {
    return fmt::format(R"({{"totalTokens":{},"promptTokensDetails":)"
                       R"([{{"modality":"TEXT","tokenCount":{}}}]}})",
                       input_tokens, input_tokens);
  }

  std::string_view stream_type() const override {
    return sse_ ? "text/event-stream" : "application/json; charset=UTF-8";
  }

  std::unique_ptr<StreamWriter> stream(const Plan& plan) const override {
    return std::make_unique<GeminiStream>(plan, sse_, extras_.include_thoughts);
  }

 private:
  GeminiTarget target_;
  GeminiExtras extras_;
  bool sse_ = false;
};

}  // namespace

std::unique_ptr<Wire> make_gemini(std::string_view path) {
  auto target = gemini_target(path);
  if (!target) return nullptr;
  return std::make_unique<Gemini>(std::move(*target));
}

}  // namespace mock
