// SPDX-License-Identifier: Apache-2.0
// Gemini streams and bodies from a provider: however they are cut into pieces, the same is read and
// all of it passes.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/ensure.h"
#include "gateway/llm/charge.h"
#include "gateway/llm/gemini_meter.h"

namespace {

using namespace ringfence;
using namespace ringfence::llm;

Seen read(AnswerMeter& meter, std::string_view bytes, std::size_t piece) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    meter.feed(bytes.substr(at, piece), out);
  }
  meter.end(out);
  RF_ENSURE(out == bytes, "all of it passes");
  return meter.seen();
}

void check(const Seen& whole, const Seen& pieces) {
  RF_ENSURE(pieces.usage == whole.usage && pieces.usage_state == whole.usage_state &&
                pieces.text_bytes_max == whole.text_bytes_max &&
                pieces.finished == whole.finished && pieces.damaged == whole.damaged,
            "the same is seen");
  RF_ENSURE(whole.text_bytes_min >= 0 && whole.text_bytes_min <= whole.text_bytes_max,
            "the lower count is no higher than the upper");
  for_each_dimension([&](Dimension d) { RF_ENSURE(whole.usage.get(d) >= 0, "counts"); });
  CallTerms terms;
  terms.price = flat_price(
      {.input_pico = 2'500'000, .cached_input_pico = 3'000'000, .output_pico = 10'000'000});
  terms.held.set(kUsd, 13'000'000);
  terms.visible_output = true;
  for (const CallEnd end : {CallEnd::answered, CallEnd::cut, CallEnd::broken}) {
    const Charge charge = charge_call(terms, end, 200, whole, "");
    RF_ENSURE(charge.actual.get(kUsd) >= 0 && charge.actual.get(kTokens) >= 0, "never negative");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = 1 + data[0] % 61;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  GeminiStreamMeter stream(false), stream_in_pieces(false);
  check(read(stream, bytes, bytes.size() + 1), read(stream_in_pieces, bytes, piece));
  GeminiBodyMeter body(true), body_in_pieces(true);
  check(read(body, bytes, bytes.size() + 1), read(body_in_pieces, bytes, piece));
  return 0;
}
