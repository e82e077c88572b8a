// SPDX-License-Identifier: Apache-2.0
#include "anthropic_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "read.h"

namespace mock {
namespace {

Refusal wrong_type(std::string_view name, std::string_view expected) {
  return {.message = fmt::format("{}: Input should be {}", name, expected)};
}

Refusal required(std::string_view name) {
  return {.message = fmt::format("{}: Field required", name)};
}

// What Anthropic itself runs, by the type's beginning.
bool is_hosted(std::string_view type) {
  static constexpr std::array<std::string_view, 4> kHosted{"web_search_", "web_fetch_",
                                                           "code_execution_", "tool_search_"};
  return std::ranges::any_of(kHosted, [&](auto prefix) { return type.starts_with(prefix); });
}

class Reader {
 public:
  explicit Reader(Call& call) : out(call) {}

  bool member(std::string_view name, dom::element value) {
    if (name == "model") return read.string(name, value, out.model);
    if (name == "service_tier") return read.string(name, value, out.service_tier);
    if (name == "stream") return read.flag(name, value, out.stream);
    if (name == "max_tokens") return max_tokens(value);
    if (name == "messages") return messages(value);
    if (name == "tools") return tools(value);
    if (name == "tool_choice") return tool_choice(value);
    if (name == "system" || name == "output_format" || name == "output_config") {
      out.text_bytes += text_below(value);
    }
    return true;
  }

  Call& out;
  MemberReader read{wrong_type};
  bool has_messages = false;

 private:
  bool max_tokens(dom::element value) {
    std::int64_t count = 0;
    if (value.get(count) != simdjson::SUCCESS) {
      return read.fail_type("max_tokens", "a valid integer");
    }
    if (count < 1) return read.fail_type("max_tokens", "greater than or equal to 1");
    out.cap = count;
    return true;
  }

  bool messages(dom::element value) {
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return read.fail_type("messages", "a valid list");
    if (list.begin() == list.end()) {
      return read.fail({.message = "messages: at least one message is required"});
    }
    for (const auto each : list) {
      std::string_view role;
      if (!each.is_object() || each["role"].get(role) != simdjson::SUCCESS) {
        return read.fail(required("messages.0.role"));
      }
    }
    out.text_bytes += text_of_messages(value);
    has_messages = true;
    return true;
  }

  bool tools(dom::element value) {
    if (value.is_null()) return true;
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return read.fail_type("tools", "a valid list");
    out.text_bytes += json_bytes(value);
    for (const auto each : list) {
      if (!each.is_object()) return read.fail_type("tools.0", "a valid dictionary");
      const auto type = text_member(each, "type");
      std::int64_t uses = 0;
      if (type.starts_with("web_search_") && each["max_uses"].get(uses) == simdjson::SUCCESS) {
        out.searches_max = std::min(out.searches_max.value_or(uses), uses);
      }
      if (is_hosted(type)) continue;
      const auto name = text_member(each, "name");
      if (name.empty()) return read.fail(required("tools.0.name"));
      out.tools.push_back({.name = name});
    }
    return true;
  }

  bool tool_choice(dom::element value) {
    const auto type = text_member(value, "type");
    out.tool_required = type == "any";
    if (type == "tool") out.tool_chosen = text_member(value, "name");
    return true;
  }
};

}  // namespace

std::optional<Refusal> read_anthropic_request(std::string_view body, bool counts_only, Call& out) {
  const auto object = parse_object(body);
  if (!object) return Refusal{.message = "The request body is not valid JSON"};
  Reader reader(out);
  for (const auto field : *object) {
    if (!reader.member(field.key, field.value)) return reader.read.refusal();
  }
  if (out.model.empty()) return required("model");
  if (!reader.has_messages) return required("messages");
  if (!counts_only && !out.cap) return required("max_tokens");
  out.counts_only = counts_only;
  // What is asked for is a leave, not a wish: priority is billed only where it was bought.
  out.service_tier = "standard";
  return std::nullopt;
}

}  // namespace mock
