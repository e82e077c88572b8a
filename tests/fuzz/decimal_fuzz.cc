// SPDX-License-Identifier: Apache-2.0
// Decimals, times, durations and windows: what parses is exact and reads back from its own text.
#include <cstddef>
#include <cstdint>

#include "base/decimal.h"
#include "base/ensure.h"
#include "base/time.h"
#include "base/window.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const int scale : {0, 3, 9, 12}) {
    const auto value = parse_decimal(text, scale);
    if (!value) continue;
    const std::string again = format_decimal(*value, scale);
    RF_ENSURE(parse_decimal(again, scale).value() == *value, "a decimal reads back");
    RF_ENSURE(again.size() <= text.size(), "no text is shorter");
  }
  if (const auto time = parse_rfc3339(text)) {
    RF_ENSURE(parse_rfc3339(format_rfc3339(*time)).value() == *time, "a time reads back");
  }
  if (const auto duration = parse_duration(text)) {
    const auto again = parse_duration(format_duration(*duration));
    RF_ENSURE(again && *again == *duration, "a duration reads back");
  }
  if (const auto window = parse_window(text)) {
    RF_ENSURE(parse_window(to_string(*window)).value() == *window, "a window reads back");
  }
  return 0;
}
