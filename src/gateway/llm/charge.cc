// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/charge.h"

#include <algorithm>
#include <limits>

#include "base/checked.h"
#include "pricing/cost.h"

namespace ringfence::llm {
namespace {

std::int64_t most(std::int64_t value, const Amounts& held, Unit unit) {
  return held.has(unit) ? std::min(value, held.get(unit)) : value;
}

Charge settle(Amounts actual, std::string_view note, bool uncertain = false) {
  return {.ending = Ending::settle, .actual = actual, .uncertain = uncertain, .note = note};
}

Charge whole(std::string_view note) { return settle({}, note, true); }

Amounts none_used() {
  Amounts out;
  out.set(kCalls, 1);
  for (const Unit unit : {kUsd, kTokens, kInputTokens, kOutputTokens}) out.set(unit, 0);
  return out;
}

// The upper count of a stream that ended early, where the wire shows all that was generated.
Amounts counted(const CallTerms& terms, const Seen& seen) {
  std::int64_t output = std::max(seen.text_bytes_max, seen.usage.output_tokens);
  output = saturating_add(output, kCutMarginTokens);
  if (terms.output_tokens_max > 0) output = std::min(output, terms.output_tokens_max);
  StatedUsage usage;
  usage.input_tokens = terms.input_tokens_max;
  usage.output_tokens = output;
  CallTerms dearest = terms;
  dearest.price.input_pico = terms.price.dearest_input_pico();
  Amounts out = amounts_of(dearest, usage);
  Amounts capped;
  out.for_each([&](Unit unit, std::int64_t v) { capped.set(unit, most(v, terms.held, unit)); });
  return capped;
}

Charge by_usage(const CallTerms& terms, const Seen& seen) {
  if (seen.usage_state == UsageState::missing) return whole("usage_missing");
  if (seen.usage_state == UsageState::nonsense) return whole("usage_invalid");
  if (!plausible(seen.usage, seen)) return whole("usage_below_seen");
  if (seen.other_tier) return whole("tier");
  return settle(amounts_of(terms, seen.usage), seen.usage.other_dimensions ? "dimension" : "",
                seen.usage.other_dimensions);
}

}  // namespace

bool nothing_generated(int status) {
  if (status >= 300 && status < 400) return true;
  constexpr int kRefused[] = {400, 401, 402, 403, 404, 405, 406, 413, 415, 422, 429};
  return std::ranges::find(kRefused, status) != std::ranges::end(kRefused);
}

bool plausible(const StatedUsage& usage, const Seen& seen) {
  const std::int64_t least = (seen.text_bytes_min + kTokenBytesMax - 1) / kTokenBytesMax;
  return usage.input_tokens > 0 && usage.cached_tokens <= usage.input_tokens &&
         usage.output_tokens >= least && usage.reasoning_tokens <= usage.output_tokens;
}

Amounts amounts_of(const CallTerms& terms, const StatedUsage& usage) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  Amounts out;
  out.set(kCalls, 1);
  out.set(kInputTokens, usage.input_tokens);
  out.set(kOutputTokens, usage.output_tokens);
  out.set(kTokens, saturating_add(usage.input_tokens, usage.output_tokens));
  if (!terms.priced) return out;
  const auto cost = settle_cost(terms.price, {.input_tokens = usage.input_tokens,
                                              .cached_input_tokens = usage.cached_tokens,
                                              .output_tokens = usage.output_tokens,
                                              .calls = 1});
  out.set(kUsd, cost ? cost->nano() : kMost);
  return out;
}

Charge charge_call(const CallTerms& terms, CallEnd end, int status, const Seen& seen,
                   std::string_view note) {
  if (end == CallEnd::never_sent) {
    return {.ending = Ending::release, .actual = {}, .uncertain = false, .note = note};
  }
  const bool usage_is_final = seen.usage_state == UsageState::stated && seen.finished;
  if (end == CallEnd::answered || usage_is_final) {
    const bool success = status >= 200 && status < 300;
    if (!success && seen.usage_state == UsageState::missing) {
      return nothing_generated(status) ? settle(none_used(), "refused_upstream")
                                       : whole("failed_upstream");
    }
    return by_usage(terms, seen);
  }
  const bool proven = terms.visible_output && !seen.hidden_output && !seen.damaged &&
                      seen.usage_state != UsageState::nonsense && status >= 200 && status < 300;
  return {.ending = Ending::cut,
          .actual = proven ? counted(terms, seen) : Amounts{},
          .uncertain = end == CallEnd::broken,
          .note = note};
}

}  // namespace ringfence::llm
