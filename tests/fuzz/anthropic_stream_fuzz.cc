// SPDX-License-Identifier: Apache-2.0
// Messages streams and bodies from a provider: however they are cut into pieces, the same is read,
// and what passes is what came.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/ensure.h"
#include "gateway/llm/anthropic_meter.h"
#include "gateway/llm/charge.h"

namespace {

using namespace ringfence;
using namespace ringfence::llm;

CallFacts facts() {
  CallFacts out;
  out.extras.push_back({.dimension = Dimension::cache_write_1h, .most = 0, .path = "system"});
  out.extras.push_back({.dimension = Dimension::code_session, .most = 1, .path = "tools[0]"});
  return out;
}

Seen read(std::string_view bytes, std::size_t piece) {
  AnthropicStreamMeter meter(facts());
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    meter.feed(bytes.substr(at, piece), out);
  }
  meter.end(out);
  RF_ENSURE(out == bytes, "nothing is left out");
  return meter.seen();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = 1 + data[0] % 61;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Seen whole = read(bytes, bytes.size() + 1);
  const Seen pieces = read(bytes, piece);
  RF_ENSURE(pieces.usage == whole.usage && pieces.usage_state == whole.usage_state &&
                pieces.text_bytes_min == whole.text_bytes_min &&
                pieces.text_bytes_max == whole.text_bytes_max &&
                pieces.service_tier == whole.service_tier &&
                pieces.hidden_output == whole.hidden_output && pieces.finished == whole.finished,
            "the same is seen");
  RF_ENSURE(whole.text_bytes_min >= 0 && whole.text_bytes_min <= whole.text_bytes_max,
            "the lower count is no higher than the upper");
  for_each_dimension([&](Dimension d) { RF_ENSURE(whole.usage.get(d) >= 0, "never negative"); });

  CallTerms terms;
  terms.price = flat_price(
      {.input_pico = 5'000'000, .cached_input_pico = 500'000, .output_pico = 25'000'000});
  terms.input_tokens_max = 1'000;
  terms.output_tokens_max = 1'000;
  terms.held.set(kUsd, 30'000'000);
  terms.held.set(kOutputTokens, 1'000);
  terms.visible_output = true;
  for (const CallEnd end : {CallEnd::answered, CallEnd::cut, CallEnd::broken}) {
    const Charge charge = charge_call(terms, end, 200, whole, "");
    RF_ENSURE(charge.actual.get(kUsd) >= 0 && charge.actual.get(kTokens) >= 0, "never negative");
    if (charge.ending == Ending::cut && charge.actual.has(kUsd)) {
      RF_ENSURE(charge.actual.get(kUsd) <= 30'000'000, "a cut never charges above its hold");
    }
  }

  AnthropicBodyMeter body(facts());
  std::string out;
  body.feed(bytes, out);
  body.end(out);
  RF_ENSURE(out == bytes, "a body passes whole");
  return 0;
}
