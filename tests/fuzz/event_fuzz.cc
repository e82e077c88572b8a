// SPDX-License-Identifier: Apache-2.0
// Any bytes as a recorded line: decode never crashes, and what it takes is written as read.
#include <cstdint>
#include <string>

#include "base/ensure.h"
#include "engine/event.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  UnitTable units;
  const auto decoded = decode({reinterpret_cast<const char*>(data), size}, units);
  if (!decoded) return 0;
  std::string line;
  encode(decoded->event, decoded->prev, units, line);
  const auto again = decode(line, units);
  RF_ENSURE(again, "what was written can be read");
  std::string second;
  encode(again->event, again->prev, units, second);
  RF_ENSURE(second == line, "one event has one line");
  return 0;
}
