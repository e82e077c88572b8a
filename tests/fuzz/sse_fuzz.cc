// SPDX-License-Identifier: Apache-2.0
// Any bytes as a server-sent event stream: no byte is lost, added or moved, no event is held beyond
// its limit, and the data is the same wherever the bytes are split.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/llm/sse_events.h"

namespace {

using ringfence::llm::kEventBytesMax;
using ringfence::llm::SseEvents;

void must(bool condition) {
  if (!condition) std::abort();
}

std::vector<std::string> read(std::string_view bytes, std::size_t step) {
  SseEvents events;
  SseEvents::Piece piece;
  std::vector<std::string> data;
  std::string passed;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string_view come = bytes.substr(at, step);
    while (events.next(come, piece)) {
      must(!piece.raw.empty() && piece.raw.size() <= kEventBytesMax + 2);
      must(!piece.has_data || piece.data.size() <= piece.raw.size());
      passed += piece.raw;
      if (piece.has_data) data.emplace_back(piece.data);
    }
    must(come.empty());
  }
  passed += events.rest();
  must(passed == bytes);
  return data;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  must(read(bytes, bytes.size()) == read(bytes, data[0] + 1U));
  return 0;
}
