// SPDX-License-Identifier: Apache-2.0
#include "read.h"

#include <fmt/format.h>

namespace mock {

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

std::int64_t text_of_messages(dom::element value) {
  dom::array array;
  dom::object object;
  std::int64_t sum = 0;
  if (value.get(array) == simdjson::SUCCESS) {
    for (const auto each : array) sum += text_of_messages(each);
    return sum;
  }
  if (value.get(object) != simdjson::SUCCESS) return text_below(value);
  for (const auto field : object) {
    if (field.key != "role") sum += text_below(field.value);
  }
  return sum;
}

std::int64_t json_bytes(dom::element value) {
  return static_cast<std::int64_t>(simdjson::minify(value).size());
}

std::string text_member(dom::element object, std::string_view name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

std::optional<dom::element> last_member(dom::object object, std::string_view name) {
  std::optional<dom::element> found;
  for (const auto field : object) {
    if (field.key == name) found = field.value;
  }
  return found;
}

std::optional<dom::object> parse_object(std::string_view body) {
  thread_local dom::parser parser;
  dom::object object;
  if (parser.parse(simdjson::padded_string(body)).get(object) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return object;
}

bool MemberReader::fail(Refusal why) {
  refusal_ = std::move(why);
  return false;
}

bool MemberReader::fail_type(std::string_view name, std::string_view expected) {
  return fail(wrong_type_(name, expected));
}

bool MemberReader::string(std::string_view name, dom::element value, std::string& out) {
  if (value.is_null()) return true;
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return fail_type(name, "a string");
  out = text;
  return true;
}

bool MemberReader::flag(std::string_view name, dom::element value, bool& out) {
  if (value.is_null()) return true;
  return value.get(out) == simdjson::SUCCESS || fail_type(name, "a boolean");
}

bool MemberReader::integer(std::string_view name, dom::element value, std::int64_t min,
                           std::optional<std::int64_t>& out) {
  if (value.is_null()) {
    out.reset();
    return true;
  }
  std::int64_t count = 0;
  if (value.get(count) != simdjson::SUCCESS) return fail_type(name, "an integer");
  if (count < min) {
    return fail({fmt::format("Invalid '{}': must be at least {}.", name, min), std::string(name),
                 "integer_below_min_value"});
  }
  out = count;
  return true;
}

}  // namespace mock
