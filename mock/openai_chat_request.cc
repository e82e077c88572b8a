// SPDX-License-Identifier: Apache-2.0
#include "openai_chat_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "openai.h"
#include "read.h"

namespace mock {
namespace {

constexpr std::int64_t kChoicesMax = 128;

class Reader {
 public:
  explicit Reader(Call& call) : out(call) {}

  bool member(std::string_view name, dom::element value) {
    if (name == "model") return read.string(name, value, out.model);
    if (name == "user") return read.string(name, value, out.user);
    if (name == "service_tier") return read.string(name, value, out.service_tier);
    if (name == "messages") return messages(value);
    if (name == "max_tokens") return read.integer(name, value, 1, max_tokens);
    if (name == "max_completion_tokens") return read.integer(name, value, 1, max_completion_tokens);
    if (name == "n") return choices(value);
    if (name == "stream") return read.flag(name, value, out.stream);
    if (name == "stream_options") return stream_options(value);
    if (name == "tools") return tools(value);
    if (name == "tool_choice") return tool_choice(value);
    if (name == "response_format" || name == "prediction") out.text_bytes += text_below(value);
    return true;
  }

  Call& out;
  MemberReader read{openai_wrong_type};
  bool has_messages = false;
  bool include_usage = false;
  std::optional<std::int64_t> max_tokens;
  std::optional<std::int64_t> max_completion_tokens;

 private:
  bool messages(dom::element value) {
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return read.fail_type("messages", "an array");
    if (list.begin() == list.end()) {
      return read.fail({"Invalid 'messages': empty array.", "messages", "empty_array"});
    }
    for (const auto each : list) {
      std::string_view role;
      if (!each.is_object() || each["role"].get(role) != simdjson::SUCCESS) {
        return read.fail_type("messages", "objects with a role");
      }
    }
    out.text_bytes += text_of_messages(value);
    has_messages = true;
    return true;
  }

  bool choices(dom::element value) {
    if (value.is_null()) return true;
    if (value.get(out.choices) != simdjson::SUCCESS) return read.fail_type("n", "an integer");
    if (out.choices >= 1 && out.choices <= kChoicesMax) return true;
    return read.fail({"Invalid 'n': must be from 1 to 128.", "n", "invalid_value"});
  }

  bool stream_options(dom::element value) {
    if (value.is_null()) return true;
    dom::object options;
    if (value.get(options) != simdjson::SUCCESS)
      return read.fail_type("stream_options", "an object");
    for (const auto field : options) {
      if (field.key == "include_usage" &&
          !read.flag("stream_options.include_usage", field.value, include_usage)) {
        return false;
      }
    }
    return true;
  }

  bool tools(dom::element value) {
    if (value.is_null()) return true;
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return read.fail_type("tools", "an array");
    out.text_bytes += json_bytes(value);
    for (const auto each : list) {
      std::string_view name;
      if (each["function"]["name"].get(name) != simdjson::SUCCESS) {
        return read.fail_type("tools", "objects with function.name");
      }
      out.tools.push_back({.name = std::string(name)});
    }
    return true;
  }

  bool tool_choice(dom::element value) {
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS) {
      out.tool_required = text == "required";
    } else if (value["function"]["name"].get(text) == simdjson::SUCCESS) {
      out.tool_chosen = text;
    }
    return true;
  }
};

}  // namespace

std::optional<Refusal> read_chat_request(std::string_view body, Call& out, ChatExtras& extras) {
  const auto object = parse_object(body);
  if (!object) return openai_not_json();
  Reader reader(out);
  for (const auto field : *object) {
    if (!reader.member(field.key, field.value)) return reader.read.refusal();
  }
  if (out.model.empty()) return Refusal{"you must provide a model parameter", "model", ""};
  if (!reader.has_messages) return openai_missing("messages");
  if (reader.include_usage && !out.stream) {
    return Refusal{"The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                   "stream_options", ""};
  }
  extras.include_usage = reader.include_usage;
  out.service_tier = openai_tier(out.service_tier);
  out.cap = reader.max_tokens;
  if (reader.max_completion_tokens) {
    out.cap =
        std::min(out.cap.value_or(*reader.max_completion_tokens), *reader.max_completion_tokens);
  }
  return std::nullopt;
}

}  // namespace mock
