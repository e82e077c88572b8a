// SPDX-License-Identifier: Apache-2.0
// Responses streams and bodies from a provider: every byte passes, and however they are cut into
// pieces the same is read.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/ensure.h"
#include "gateway/llm/json_scan.h"
#include "gateway/llm/openai_responses_meter.h"

namespace {

using namespace ringfence;
using namespace ringfence::llm;

void read(std::string_view bytes, std::size_t piece, ResponsesStreamMeter& meter) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    meter.feed(bytes.substr(at, piece), out);
  }
  meter.end(out);
  RF_ENSURE(out == bytes, "nothing is left out");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  ResponsesStreamMeter whole, pieces;
  read(bytes, bytes.size() + 1, whole);
  read(bytes, 1 + data[0] % 61, pieces);
  const Seen& a = whole.seen();
  const Seen& b = pieces.seen();
  RF_ENSURE(a.usage == b.usage && a.usage_state == b.usage_state && a.finished == b.finished &&
                a.damaged == b.damaged && a.text_bytes_max == b.text_bytes_max &&
                a.text_bytes_min == b.text_bytes_min && a.hidden_output == b.hidden_output,
            "the same is seen");
  RF_ENSURE(a.text_bytes_min >= 0 && a.text_bytes_min <= a.text_bytes_max,
            "the lower count is no higher than the upper");
  for_each_dimension([&](Dimension d) { RF_ENSURE(a.usage.get(d) >= 0, "counts are counts"); });

  const std::string event = *whole.error_event("halted", "Stop.", "d");
  const std::size_t begin = event.find("data: ") + 6;
  RF_ENSURE(check_json(std::string_view(event).substr(begin, event.size() - begin - 2)).has_value(),
            "our own event is JSON whatever the stream said");

  ResponsesBodyMeter body;
  std::string out;
  body.feed(bytes, out);
  body.end(out);
  RF_ENSURE(out == bytes, "a body passes whole");
  return 0;
}
