// SPDX-License-Identifier: Apache-2.0
// JSON: what parses is UTF-8, writes and reads back as the same value, and has no room for a
// prefix.
#include <cstddef>
#include <cstdint>

#include "base/ensure.h"
#include "base/json.h"
#include "base/utf8.h"

using ringfence::Json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = Json::parse(text);
  if (!value) {
    RF_ENSURE(value.error().message.size() < 1'000, "an error is one sentence");
    std::string quoted;
    ringfence::append_json_string(quoted, text);
    const auto string = Json::parse(quoted);
    RF_ENSURE(string && ringfence::valid_utf8(*string->string()), "any bytes become a string");
    return 0;
  }
  RF_ENSURE(ringfence::valid_utf8(text), "what parses is UTF-8");
  const std::string written = value->text();
  const auto again = Json::parse(written);
  RF_ENSURE(again && *again == *value, "what is written reads back");
  RF_ENSURE(again->text() == written, "there is one spelling");
  RF_ENSURE(!Json::parse(std::string(text) + "x"), "nothing may follow");
  return 0;
}
