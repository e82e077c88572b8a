// SPDX-License-Identifier: Apache-2.0
#include "openai.h"

#include <fmt/format.h>

#include "json.h"

namespace mock {
namespace {

std::string_view error_type(int status) {
  if (status == 429) return "requests";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

std::string or_null(std::string_view text) { return text.empty() ? "null" : json_string(text); }

}  // namespace

Refusal openai_wrong_type(std::string_view param, std::string_view expected) {
  return {fmt::format("Invalid type for '{}': expected {}.", param, expected), std::string(param),
          "invalid_type"};
}

Refusal openai_not_json() {
  return {
      "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload.",
      "", ""};
}

Refusal openai_missing(std::string_view param) {
  return {fmt::format("Missing required parameter: '{}'.", param), std::string(param),
          "missing_required_parameter"};
}

std::string openai_error_object(const Refusal& why) {
  const auto code = why.status == 429 && why.code.empty() ? "rate_limit_exceeded" : why.code;
  return fmt::format(R"({{"message":{},"type":"{}","param":{},"code":{}}})",
                     json_string(why.message), error_type(why.status), or_null(why.param),
                     or_null(code));
}

std::string openai_tier(std::string_view asked) {
  return asked.empty() || asked == "auto" ? "default" : std::string(asked);
}

Refusal OpenAiWire::cap_too_large(std::int64_t cap, std::int64_t max) const {
  return {fmt::format("{} is too large: {}. This model supports at most {} completion tokens, "
                      "whereas you provided {}.",
                      cap_name_, cap, max, cap),
          std::string(cap_name_), "invalid_value"};
}

Refusal OpenAiWire::too_long(std::int64_t input, std::int64_t cap, std::int64_t context) const {
  return {fmt::format("This model's maximum context length is {} tokens. However, you requested {} "
                      "tokens ({} in the messages, {} in the completion).",
                      context, input + cap, input, cap),
          std::string(input_name_), "context_length_exceeded"};
}

std::string OpenAiWire::error(const Refusal& why) const {
  return fmt::format(R"({{"error":{}}})", openai_error_object(why));
}

std::vector<Header> OpenAiWire::headers(std::uint64_t sequence) const {
  return {{"x-request-id", fmt::format("req_mock{:08x}", sequence)},
          {"openai-version", "2020-10-01"},
          {"openai-processing-ms", "1"}};
}

}  // namespace mock
