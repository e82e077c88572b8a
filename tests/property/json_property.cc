// SPDX-License-Identifier: Apache-2.0
// What the writer writes the parser reads back as the same value; what is damaged it refuses.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "base/json.h"
#include "base/utf8.h"

namespace ringfence {
namespace {

std::string utf8(std::uint32_t c) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | (c >> 6)), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | (c >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | (c >> 18)), tail(12), tail(6), tail(0)};
}

std::string any_text() {
  const auto scalar = rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(0, 0x80),
                                     rc::gen::inRange<std::uint32_t>(0x80, 0xD800),
                                     rc::gen::inRange<std::uint32_t>(0xE000, 0x110000));
  std::string text;
  for (const std::uint32_t c : *rc::gen::container<std::vector<std::uint32_t>>(scalar)) {
    text += utf8(c);
  }
  return text;
}

std::string any_number() {
  std::string text = std::to_string(*rc::gen::arbitrary<std::int64_t>());
  if (*rc::gen::arbitrary<bool>()) text += "." + std::to_string(*rc::gen::inRange(0, 999'999));
  if (*rc::gen::arbitrary<bool>()) text += "e" + std::to_string(*rc::gen::inRange(-400, 400));
  return text;
}

Json any_json(int depth) {
  const int kinds = depth > 0 ? 6 : 4;
  switch (*rc::gen::inRange(0, kinds)) {
    case 0: return {};
    case 1: return *rc::gen::arbitrary<bool>();
    case 2: return Json::Number{any_number()};
    case 3: return any_text();
    case 4: {
      Json::Array elements;
      const int size = *rc::gen::inRange(0, 5);
      for (int i = 0; i < size; ++i) elements.push_back(any_json(depth - 1));
      return elements;
    }
    default: {
      Json::Object members;
      std::set<std::string> keys;
      const int size = *rc::gen::inRange(0, 5);
      for (int i = 0; i < size; ++i) {
        const std::string key = any_text();
        if (keys.insert(key).second) members.emplace_back(key, any_json(depth - 1));
      }
      return members;
    }
  }
}

TEST(JsonProperty, WriterAndParserAgree) {
  EXPECT_TRUE(rc::check([] {
    const Json value = any_json(4);
    const auto again = Json::parse(value.text());
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == value);
    RC_ASSERT(again->text() == value.text());
  }));
}

TEST(JsonProperty, EveryTruncationIsRefused) {
  EXPECT_TRUE(rc::check([] {
    Json value;
    value.push(any_json(3));
    const std::string text = value.text();
    for (std::size_t size = 0; size < text.size(); ++size) {
      RC_ASSERT(!Json::parse(std::string_view(text).substr(0, size)).has_value());
    }
  }));
}

TEST(JsonProperty, AnyBytesAreWrittenAsValidJson) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    std::string text;
    append_json_string(text, bytes);
    const auto value = Json::parse(text);
    RC_ASSERT(value.has_value());
    RC_ASSERT(valid_utf8(*value->string()));
    if (valid_utf8(bytes)) RC_ASSERT(*value->string() == bytes);
  }));
}

TEST(JsonProperty, WhatParsesIsUtf8AndRoundTrips) {
  EXPECT_TRUE(rc::check([] {
    // A valid text with a few bytes changed.
    std::string text = any_json(3).text();
    const int changes = *rc::gen::inRange(0, 3);
    for (int i = 0; i < changes; ++i) {
      text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
    }
    const auto value = Json::parse(text);
    if (!value) return;
    RC_ASSERT(valid_utf8(text));
    RC_ASSERT(Json::parse(value->text()).value() == *value);
  }));
}

}  // namespace
}  // namespace ringfence
