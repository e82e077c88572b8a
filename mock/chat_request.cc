// SPDX-License-Identifier: Apache-2.0
#include "chat_request.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

namespace mock {
namespace {

namespace dom = simdjson::dom;

constexpr std::int64_t kChoicesMax = 128;

// All text below `value`, member names left out: what a tokenizer would roughly see.
std::int64_t text_below(dom::element value) {
  std::int64_t sum = 0;
  std::string_view text;
  dom::array array;
  dom::object object;
  if (value.get(text) == simdjson::SUCCESS) return static_cast<std::int64_t>(text.size());
  if (value.get(array) == simdjson::SUCCESS) {
    for (const auto each : array) sum += text_below(each);
  } else if (value.get(object) == simdjson::SUCCESS) {
    for (const auto field : object) sum += text_below(field.value);
  }
  return sum;
}

std::string text_of(dom::element value) {
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

ChatError wrong_type(std::string_view param, std::string_view expected) {
  return {fmt::format("Invalid type for '{}': expected {}.", param, expected), std::string(param),
          "invalid_type"};
}

class Reader {
 public:
  bool member(std::string_view name, dom::element value) {
    if (name == "model") return string(name, value, out.model);
    if (name == "user") return string(name, value, out.user);
    if (name == "messages") return messages(value);
    if (name == "max_tokens" || name == "max_completion_tokens") return cap(name, value);
    if (name == "n") return choices(value);
    if (name == "stream") return flag(name, value, out.stream);
    if (name == "stream_options") return stream_options(value);
    if (name == "tools") return tools(value);
    if (name == "tool_choice") return tool_choice(value);
    if (name == "response_format" || name == "prediction") out.text_bytes += text_below(value);
    return true;
  }

  ChatRequest out;
  ChatError error;
  bool has_messages = false;
  std::optional<std::int64_t> max_tokens;
  std::optional<std::int64_t> max_completion_tokens;

 private:
  bool fail(ChatError why) {
    error = std::move(why);
    return false;
  }

  bool string(std::string_view name, dom::element value, std::string& target) {
    if (value.is_null()) return true;
    if (!value.is_string()) return fail(wrong_type(name, "a string"));
    target = text_of(value);
    return true;
  }

  bool flag(std::string_view name, dom::element value, bool& target) {
    if (value.is_null()) return true;
    return value.get(target) == simdjson::SUCCESS || fail(wrong_type(name, "a boolean"));
  }

  bool messages(dom::element value) {
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return fail(wrong_type("messages", "an array"));
    if (list.begin() == list.end()) {
      return fail({"Invalid 'messages': empty array.", "messages", "empty_array"});
    }
    for (const auto each : list) {
      dom::object message;
      std::string_view role;
      if (each.get(message) != simdjson::SUCCESS ||
          message["role"].get(role) != simdjson::SUCCESS) {
        return fail(wrong_type("messages", "objects with a role"));
      }
      for (const auto field : message) {
        if (field.key != "role") out.text_bytes += text_below(field.value);
      }
    }
    has_messages = true;
    return true;
  }

  bool cap(std::string_view name, dom::element value) {
    auto& target = name == "max_tokens" ? max_tokens : max_completion_tokens;
    if (value.is_null()) {
      target.reset();
      return true;
    }
    std::int64_t count = 0;
    if (value.get(count) != simdjson::SUCCESS) return fail(wrong_type(name, "an integer"));
    if (count < 1) {
      return fail({fmt::format("Invalid '{}': must be at least 1.", name), std::string(name),
                   "integer_below_min_value"});
    }
    target = count;
    return true;
  }

  bool choices(dom::element value) {
    if (value.is_null()) return true;
    if (value.get(out.choices) != simdjson::SUCCESS) return fail(wrong_type("n", "an integer"));
    if (out.choices >= 1 && out.choices <= kChoicesMax) return true;
    return fail({"Invalid 'n': must be from 1 to 128.", "n", "invalid_value"});
  }

  bool stream_options(dom::element value) {
    if (value.is_null()) return true;
    dom::object options;
    if (value.get(options) != simdjson::SUCCESS)
      return fail(wrong_type("stream_options", "an object"));
    for (const auto field : options) {
      if (field.key == "include_usage" &&
          !flag("stream_options.include_usage", field.value, out.include_usage)) {
        return false;
      }
    }
    return true;
  }

  bool tools(dom::element value) {
    if (value.is_null()) return true;
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return fail(wrong_type("tools", "an array"));
    out.text_bytes += static_cast<std::int64_t>(simdjson::minify(value).size());
    for (const auto each : list) {
      std::string_view name;
      if (each["function"]["name"].get(name) != simdjson::SUCCESS) {
        return fail(wrong_type("tools", "objects with function.name"));
      }
      out.tools.emplace_back(name);
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

std::expected<ChatRequest, ChatError> parse_chat_request(std::string_view body) {
  thread_local dom::parser parser;
  dom::object object;
  if (parser.parse(simdjson::padded_string(body)).get(object) != simdjson::SUCCESS) {
    return std::unexpected(ChatError{
        "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload.",
        "", ""});
  }
  Reader reader;
  for (const auto field : object) {
    if (!reader.member(field.key, field.value)) return std::unexpected(reader.error);
  }
  auto& out = reader.out;
  if (out.model.empty()) {
    return std::unexpected(ChatError{"you must provide a model parameter", "model", ""});
  }
  if (!reader.has_messages) {
    return std::unexpected(ChatError{"Missing required parameter: 'messages'.", "messages",
                                     "missing_required_parameter"});
  }
  if (out.include_usage && !out.stream) {
    return std::unexpected(
        ChatError{"The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                  "stream_options", ""});
  }
  out.cap = reader.max_tokens;
  if (reader.max_completion_tokens) {
    out.cap =
        std::min(out.cap.value_or(*reader.max_completion_tokens), *reader.max_completion_tokens);
  }
  return out;
}

}  // namespace mock
