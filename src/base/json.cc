// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <charconv>

#include "base/ensure.h"

namespace ringfence {
namespace {

constexpr std::size_t kMembersAtFirst = 8;  // most objects have fewer

}  // namespace

std::string_view Json::kind() const {
  switch (value_.index()) {
    case 0: return "null";
    case 1: return "a boolean";
    case 2: return "a number";
    case 3: return "a string";
    case 4: return "an array";
    default: return "an object";
  }
}

const Json* Json::find(std::string_view key) const {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  for (const Member& member : *members) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

std::optional<std::int64_t> Json::integer() const {
  const Number* n = number();
  if (n == nullptr) return std::nullopt;
  std::int64_t value = 0;
  const char* end = n->text.data() + n->text.size();
  const auto [stop, error] = std::from_chars(n->text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

Json& Json::set(std::string_view key, Json value) {
  if (is_null()) value_ = Object{};
  Object* members = object();
  RF_ENSURE(members != nullptr, "a member is set in an object");
  if (members->capacity() == 0) members->reserve(kMembersAtFirst);
  members->emplace_back(std::string(key), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  if (is_null()) value_ = Array{};
  Array* elements = array();
  RF_ENSURE(elements != nullptr, "an element is pushed to an array");
  elements->push_back(std::move(value));
  return *this;
}

std::string Json::text() const {
  std::string out;
  append_to(out);
  return out;
}

void Json::append_to(std::string& out) const {
  if (const bool* b = boolean()) {
    out += *b ? "true" : "false";
  } else if (const Number* n = number()) {
    out += n->text;
  } else if (const std::string* s = string()) {
    append_json_string(out, *s);
  } else if (const Array* elements = array()) {
    char separator = '[';
    for (const Json& element : *elements) {
      out += separator;
      element.append_to(out);
      separator = ',';
    }
    out += elements->empty() ? "[]" : "]";
  } else if (const Object* members = object()) {
    char separator = '{';
    for (const Member& member : *members) {
      out += separator;
      append_json_string(out, member.first);
      out += ':';
      member.second.append_to(out);
      separator = ',';
    }
    out += members->empty() ? "{}" : "}";
  } else {
    out += "null";
  }
}

}  // namespace ringfence
