// SPDX-License-Identifier: Apache-2.0
#include "openai_responses.h"

#include <fmt/format.h>

#include "json.h"
#include "openai.h"
#include "openai_responses_items.h"
#include "openai_responses_request.h"

namespace mock {
namespace {

using namespace responses;  // NOLINT: the pieces of this one wire

class ResponseStream final : public StreamWriter {
 public:
  ResponseStream(const Plan& plan, const ResponsesExtras& extras) : plan_(plan), extras_(extras) {}

  void begin(std::string& out) override {
    ResponseState state;
    whole(out, "response.created", state);
    state.tells_usage = plan_.usage_steps != UsageSteps::none;
    whole(out, "response.in_progress", state);
    if (plan_.reasoning_tokens > 0) item(out, "added", reasoning_item(plan_, extras_));
  }

  void ping(std::string& out) override { out += ": ping\n\n"; }

  void reasoning_end(std::string& out) override {
    item(out, "done", reasoning_item(plan_, extras_));
    ++index_;
  }

  void search(std::string& out, std::int64_t index) override {
    item(out, "added", search_item(plan_, index, "in_progress"));
    for (const auto* stage : {"in_progress", "searching", "completed"}) {
      event(out, fmt::format("response.web_search_call.{}", stage),
            fmt::format(R"("item_id":"{}","output_index":{})", search_id(plan_, index), index_));
    }
    item(out, "done", search_item(plan_, index, "completed"));
    ++index_;
  }

  void part_begin(std::string& out, std::size_t part) override {
    item(out, "added", begun_item(plan_, part));
    if (plan_.parts[part].is_text()) content_part(out, part, "added", "");
  }

  void tokens(std::string& out, std::size_t part, std::int64_t first, std::int64_t count) override {
    const auto text = json_string(plan_.parts[part].text(first, count));
    text_event(out, part, "delta", fmt::format(R"("delta":{})", text));
  }

  void part_end(std::string& out, std::size_t part) override {
    using enum Part::Kind;
    const auto& planned = plan_.parts[part];
    const auto* const name = planned.kind == text       ? "text"
                             : planned.kind == function ? "arguments"
                                                        : "input";
    text_event(out, part, "done", fmt::format(R"("{}":{})", name, json_string(planned.text())));
    if (planned.is_text()) content_part(out, part, "done", planned.text());
    item(out, "done", done_item(plan_, part));
    ++index_;
  }

  void end(std::string& out) override {
    whole(out, plan_.capped ? "response.incomplete" : "response.completed", ended(plan_, extras_));
  }

  void fail(std::string& out, const Refusal& why) override {
    ResponseState state{.status = "failed"};
    state.error =
        fmt::format(R"({{"code":"server_error","message":{}}})", json_string(why.message));
    whole(out, "response.failed", state);
  }

 private:
  void event(std::string& out, std::string_view type, std::string_view members) {
    fmt::format_to(std::back_inserter(out),
                   "event: {}\ndata: {{\"type\":\"{}\",\"sequence_number\":{},{}}}\n\n", type, type,
                   sequence_++, members);
  }

  void whole(std::string& out, std::string_view type, const ResponseState& state) {
    event(out, type, fmt::format(R"("response":{})", response(plan_, extras_, state)));
  }

  void item(std::string& out, std::string_view what, std::string_view json) {
    event(out, fmt::format("response.output_item.{}", what),
          fmt::format(R"("output_index":{},"item":{})", index_, json));
  }

  void content_part(std::string& out, std::size_t part, std::string_view what,
                    std::string_view text) {
    event(out, fmt::format("response.content_part.{}", what),
          fmt::format(R"("item_id":"{}","output_index":{},"content_index":0,"part":{})",
                      part_id(plan_, part), index_, text_part(text)));
  }

  void text_event(std::string& out, std::size_t part, std::string_view what,
                  std::string_view member) {
    using enum Part::Kind;
    const auto kind = plan_.parts[part].kind;
    const auto* const name = kind == text       ? "output_text"
                             : kind == function ? "function_call_arguments"
                                                : "custom_tool_call_input";
    event(out, fmt::format("response.{}.{}", name, what),
          fmt::format(R"("item_id":"{}","output_index":{},{}{})", part_id(plan_, part), index_,
                      kind == text ? R"("content_index":0,"logprobs":[],)" : "", member));
  }

  const Plan& plan_;
  const ResponsesExtras& extras_;
  std::int64_t sequence_ = 0;
  std::int64_t index_ = 0;  // of the open output item
};

class OpenAiResponses final : public OpenAiWire {
 public:
  OpenAiResponses() : OpenAiWire("max_output_tokens", "input") {}

  std::string_view name() const override { return "openai_responses"; }
  std::string_view id_prefix() const override { return "resp_"; }

  std::optional<Refusal> read(const HttpRequest& request, Call& out) override {
    return read_responses_request(request.body, out, extras_);
  }

  std::string answer(const Plan& plan) const override {
    return response(plan, extras_, ended(plan, extras_));
  }

  std::unique_ptr<StreamWriter> stream(const Plan& plan) const override {
    return std::make_unique<ResponseStream>(plan, extras_);
  }

 private:
  ResponsesExtras extras_;
};

}  // namespace

std::unique_ptr<Wire> make_openai_responses() { return std::make_unique<OpenAiResponses>(); }

}  // namespace mock
