// SPDX-License-Identifier: Apache-2.0
// Chat streams and bodies from a provider: however they are cut into pieces, the same is read, and
// what passes is what came but for whole events that are left out.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/ensure.h"
#include "gateway/llm/charge.h"
#include "gateway/llm/openai_chat_meter.h"

namespace {

using namespace ringfence;
using namespace ringfence::llm;

struct Read {
  std::string out;
  Seen seen;
};

Read read(std::string_view bytes, bool usage_asked, std::size_t piece) {
  ChatStreamMeter meter(usage_asked);
  Read result;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    meter.feed(bytes.substr(at, piece), result.out);
  }
  meter.end(result.out);
  result.seen = meter.seen();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = 1 + data[0] % 61;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

  const Read whole = read(bytes, true, bytes.size() + 1);
  RF_ENSURE(whole.out == bytes, "nothing is left out for a client that asked for usage");
  const Read pieces = read(bytes, true, piece);
  RF_ENSURE(pieces.out == bytes, "nor in pieces");
  RF_ENSURE(pieces.seen.usage == whole.seen.usage &&
                pieces.seen.usage_state == whole.seen.usage_state &&
                pieces.seen.text_bytes_max == whole.seen.text_bytes_max &&
                pieces.seen.finished == whole.seen.finished,
            "the same is seen");
  const Read stripped = read(bytes, false, piece);
  RF_ENSURE(stripped.out.size() <= bytes.size(), "what passes is never more");

  for (const Seen& seen : {whole.seen, stripped.seen}) {
    RF_ENSURE(seen.text_bytes_min >= 0 && seen.text_bytes_min <= seen.text_bytes_max,
              "the lower count is no higher than the upper");
    CallTerms terms;
    terms.price = flat_price(
        {.input_pico = 2'500'000, .cached_input_pico = 3'000'000, .output_pico = 10'000'000});
    terms.input_tokens_max = 1'000;
    terms.output_tokens_max = 1'000;
    terms.held.set(kUsd, 13'000'000);
    terms.held.set(kOutputTokens, 1'000);
    terms.visible_output = true;
    for (const CallEnd end : {CallEnd::answered, CallEnd::cut, CallEnd::broken}) {
      const Charge charge = charge_call(terms, end, 200, seen, "");
      RF_ENSURE(charge.actual.get(kUsd) >= 0 && charge.actual.get(kTokens) >= 0, "never negative");
      if (charge.ending == Ending::cut && charge.actual.has(kUsd)) {
        RF_ENSURE(charge.actual.get(kUsd) <= 13'000'000, "a cut never charges above its hold");
      }
    }
  }

  ChatBodyMeter body;
  std::string out;
  body.feed(bytes, out);
  body.end(out);
  RF_ENSURE(out == bytes, "a body passes whole");
  return 0;
}
