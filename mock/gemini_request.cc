// SPDX-License-Identifier: Apache-2.0
#include "gemini_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "read.h"

namespace mock {
namespace {

constexpr std::int64_t kCandidatesMax = 8;

Refusal wrong_type(std::string_view name, std::string_view expected) {
  return {.message = fmt::format("Invalid value at '{}': expected {}.", name, expected)};
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    unsigned value = 0;
    if (text.size() >= 3 && text.front() == '%' &&
        std::from_chars(text.data() + 1, text.data() + 3, value, 16).ptr == text.data() + 3) {
      out += static_cast<char>(value);
      text.remove_prefix(3);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

// `max_output_tokens` as `maxOutputTokens`.
std::string camel(std::string_view name) {
  std::string out;
  bool upper = false;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    upper = false;
  }
  return out;
}

class Reader {
 public:
  Reader(Call& call, GeminiExtras& kept) : out(call), extras(kept) {}

  bool request(dom::object object) {
    for (const auto field : object) {
      if (!member(camel(field.key), field.value)) return false;
    }
    return true;
  }

  Call& out;
  GeminiExtras& extras;
  MemberReader read{wrong_type};
  bool has_contents = false;

 private:
  bool member(std::string_view name, dom::element value) {
    if (value.is_null()) return true;
    dom::object object;
    const bool is_object = value.get(object) == simdjson::SUCCESS;
    if (name == "contents") return contents(value);
    if (name == "tools") return tools(value);
    if (name == "serviceTier") return read.string(name, value, out.service_tier);
    if (name == "systemInstruction") {
      out.text_bytes += text_of_messages(value);
    } else if (name == "generationConfig") {
      return is_object ? generation_config(object) : read.fail_type(name, "an object");
    } else if (name == "toolConfig" && is_object) {
      tool_config(object);
    } else if (name == "generateContentRequest") {
      return is_object ? request(object) : read.fail_type(name, "an object");
    }
    return true;
  }

  bool contents(dom::element value) {
    dom::array list;
    const bool is_list = value.get(list) == simdjson::SUCCESS;
    if (!is_list || list.begin() == list.end()) {
      return read.fail({.message = "* GenerateContentRequest.contents: contents is not specified"});
    }
    for (const auto each : list) {
      if (!each.is_object()) return read.fail_type("contents[0]", "an object");
    }
    out.text_bytes += text_of_messages(value);
    has_contents = true;
    return true;
  }

  bool tools(dom::element value) {
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return read.fail_type("tools", "an array");
    out.text_bytes += json_bytes(value);
    for (const auto each : list) {
      for (const auto* name : {"functionDeclarations", "function_declarations"}) {
        dom::array declared;
        if (each[name].get(declared) != simdjson::SUCCESS) continue;
        for (const auto one : declared) out.tools.push_back({.name = text_member(one, "name")});
      }
    }
    return true;
  }

  void tool_config(dom::object object) {
    for (const auto field : object) {
      if (camel(field.key) != "functionCallingConfig") continue;
      out.tool_required = text_member(field.value, "mode") == "ANY";
      dom::array allowed;
      if (field.value["allowedFunctionNames"].get(allowed) != simdjson::SUCCESS) continue;
      for (const auto each : allowed) {
        std::string_view name;
        if (out.tool_required && each.get(name) == simdjson::SUCCESS) out.tool_chosen = name;
      }
    }
  }

  bool generation_config(dom::object object) {
    for (const auto field : object) {
      const auto name = camel(field.key);
      if (name == "maxOutputTokens") {
        if (!read.integer(name, field.value, 1, out.cap)) return false;
      } else if (name == "candidateCount") {
        std::optional<std::int64_t> count;
        if (!read.integer(name, field.value, 1, count)) return false;
        out.choices = count.value_or(1);
        if (out.choices > kCandidatesMax) return read.fail_type(name, "at most 8");
      } else if (name == "thinkingConfig") {
        for (const auto* spelling : {"includeThoughts", "include_thoughts"}) {
          bool told = false;
          if (field.value[spelling].get(told) == simdjson::SUCCESS) extras.include_thoughts = told;
        }
      } else if (name == "responseSchema" || name == "responseJsonSchema") {
        out.text_bytes += text_below(field.value);
      }
    }
    return true;
  }
};

}  // namespace

std::optional<GeminiTarget> gemini_target(std::string_view path) {
  static constexpr std::array<std::string_view, 2> kPrefixes{"/v1beta/models/", "/v1/models/"};
  const auto* const prefix = std::ranges::find_if(
      kPrefixes, [&](std::string_view each) { return path.starts_with(each); });
  const auto colon = path.rfind(':');
  if (prefix == kPrefixes.end() || colon == std::string_view::npos) return std::nullopt;
  const auto model = percent_decoded(path.substr(prefix->size(), colon - prefix->size()));
  const auto method = path.substr(colon + 1);
  if (method == "generateContent") return GeminiTarget{model, GeminiMethod::generate};
  if (method == "streamGenerateContent") return GeminiTarget{model, GeminiMethod::stream};
  if (method == "countTokens") return GeminiTarget{model, GeminiMethod::count};
  return std::nullopt;
}

std::optional<Refusal> read_gemini_request(std::string_view body, Call& out, GeminiExtras& extras) {
  const auto object = parse_object(body);
  if (!object) return Refusal{.message = "Invalid JSON payload received."};
  Reader reader(out, extras);
  if (!reader.request(*object)) return reader.read.refusal();
  if (!reader.has_contents) {
    return Refusal{.message = "* GenerateContentRequest.contents: contents is not specified"};
  }
  if (out.service_tier.empty() || out.service_tier == "unspecified") out.service_tier = "standard";
  return std::nullopt;
}

}  // namespace mock
