// SPDX-License-Identifier: Apache-2.0
#include "openai_responses_request.h"

#include <array>
#include <utility>

#include "openai.h"
#include "read.h"

namespace mock {
namespace {

constexpr std::int64_t kOutputTokensMin = 16;

class Reader {
 public:
  Reader(Call& call, ResponsesExtras& kept) : out(call), extras(kept) {}

  bool member(std::string_view name, dom::element value) {
    if (value.is_null()) return true;
    keep(name, value);
    if (name == "model") return read.string(name, value, out.model);
    if (name == "user") return read.string(name, value, out.user);
    if (name == "service_tier") return read.string(name, value, out.service_tier);
    if (name == "stream") return read.flag(name, value, out.stream);
    if (name == "max_output_tokens") return read.integer(name, value, kOutputTokensMin, out.cap);
    if (name == "max_tool_calls") return read.integer(name, value, 1, out.searches_max);
    if (name == "input") return input(value);
    if (name == "tools") return tools(value);
    if (name == "tool_choice") return tool_choice(value);
    if (name == "include") return include(value);
    if (name == "instructions" || name == "text") out.text_bytes += text_below(value);
    return true;
  }

  Call& out;
  ResponsesExtras& extras;
  MemberReader read{openai_wrong_type};
  bool has_input = false;

 private:
  void keep(std::string_view name, dom::element value) {
    using Kept = std::pair<std::string_view, std::string ResponsesExtras::*>;
    static constexpr std::array<Kept, 8> kKept{
        {{"instructions", &ResponsesExtras::instructions},
         {"max_output_tokens", &ResponsesExtras::max_output_tokens},
         {"max_tool_calls", &ResponsesExtras::max_tool_calls},
         {"metadata", &ResponsesExtras::metadata},
         {"previous_response_id", &ResponsesExtras::previous_response_id},
         {"store", &ResponsesExtras::store},
         {"tool_choice", &ResponsesExtras::tool_choice},
         {"tools", &ResponsesExtras::tools}}};
    for (const auto& [each, member] : kKept) {
      if (each == name) extras.*member = simdjson::minify(value);
    }
  }

  bool input(dom::element value) {
    if (!value.is_string() && !value.is_array()) {
      return read.fail_type("input", "a string or an array");
    }
    dom::array list;
    if (value.get(list) == simdjson::SUCCESS) {
      for (const auto each : list) {
        if (!each.is_object()) return read.fail_type("input", "objects in the array");
      }
    }
    out.text_bytes += text_of_messages(value);
    has_input = true;
    return true;
  }

  bool tools(dom::element value) {
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return read.fail_type("tools", "an array");
    out.text_bytes += json_bytes(value);
    return tool_list(list);
  }

  // A tool without a name of its own is hosted, or a bundle of others.
  bool tool_list(dom::array list) {
    for (const auto each : list) {
      const auto type = text_member(each, "type");
      if (type.empty()) return read.fail_type("tools", "objects with a type");
      dom::array bundled;
      if (type == "namespace" && each["tools"].get(bundled) == simdjson::SUCCESS) {
        if (!tool_list(bundled)) return false;
      }
      if (type != "function" && type != "custom") continue;
      const auto name = text_member(each, "name");
      if (name.empty()) return read.fail(openai_missing("tools[0].name"));
      out.tools.push_back({.name = name, .custom = type == "custom"});
    }
    return true;
  }

  bool tool_choice(dom::element value) {
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS) {
      out.tool_required = text == "required";
    } else {
      out.tool_chosen = text_member(value, "name");
    }
    return true;
  }

  bool include(dom::element value) {
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return read.fail_type("include", "an array");
    for (const auto each : list) {
      std::string_view text;
      extras.encrypted_reasoning |=
          each.get(text) == simdjson::SUCCESS && text == "reasoning.encrypted_content";
    }
    return true;
  }
};

}  // namespace

std::optional<Refusal> read_responses_request(std::string_view body, Call& out,
                                              ResponsesExtras& extras) {
  const auto object = parse_object(body);
  if (!object) return openai_not_json();
  Reader reader(out, extras);
  for (const auto field : *object) {
    if (!reader.member(field.key, field.value)) return reader.read.refusal();
  }
  if (out.model.empty()) return openai_missing("model");
  if (!reader.has_input && extras.previous_response_id == "null") return openai_missing("input");
  out.service_tier = openai_tier(out.service_tier);
  return std::nullopt;
}

}  // namespace mock
