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

constexpr std::int64_t kAmountMax = std::numeric_limits<std::int64_t>::max();

Amounts token_amounts(std::int64_t input, std::int64_t output) {
  Amounts out;
  out.set(kCalls, 1);
  out.set(kInputTokens, input);
  out.set(kOutputTokens, output);
  out.set(kTokens, saturating_add(input, output));
  return out;
}

// The upper count of a stream that ended early, where the wire shows all that was generated.
Amounts counted(const CallTerms& terms, const Seen& seen) {
  std::int64_t output = std::max(seen.text_bytes_max, seen.usage.output());
  output = saturating_add(output, kCutMarginTokens);
  if (terms.output_tokens_max > 0) output = std::min(output, terms.output_tokens_max);
  Amounts out = token_amounts(terms.input_tokens_max, output);
  if (terms.priced) {
    const auto cost =
        hold_cost(terms.dearest,
                  flat_usage({.input_tokens = terms.input_tokens_max, .output_tokens = output}));
    out.set(kUsd, cost ? cost->nano() : kAmountMax);
  }
  Amounts capped;
  out.for_each([&](Unit unit, std::int64_t v) { capped.set(unit, most(v, terms.held, unit)); });
  return capped;
}

// The rates of the tier that was billed; null: it has none here.
const Rates* billed_rates(const CallTerms& terms, const Seen& seen) {
  const std::string_view asked =
      terms.service_tiers.empty() ? std::string_view() : terms.service_tiers.front();
  const std::string_view billed = seen.service_tier.empty() ? asked : seen.service_tier;
  return rates_for(terms.price, billed == "auto" ? std::string_view() : billed, seen.usage.input());
}

Charge by_usage(const CallTerms& terms, const Seen& seen) {
  if (seen.usage_state == UsageState::missing) return whole("usage_missing");
  if (seen.usage_state == UsageState::nonsense) return whole("usage_invalid");
  if (!plausible(seen.usage, seen)) return whole("usage_below_seen");
  if (!terms.price.costs()) return settle(amounts_of(terms, terms.price.rates, seen.usage), "");
  const Rates* rates = billed_rates(terms, seen);
  if (rates == nullptr) return whole("tier");
  const bool odd = seen.unknown_dimension || unpriced_in(*rates, seen.usage);
  return settle(amounts_of(terms, *rates, seen.usage), odd ? "dimension" : "", odd);
}

}  // namespace

bool nothing_generated(int status) {
  if (status >= 300 && status < 400) return true;
  constexpr int kRefused[] = {400, 401, 402, 403, 404, 405, 406, 413, 415, 422, 429};
  return std::ranges::find(kRefused, status) != std::ranges::end(kRefused);
}

bool plausible(const Usage& usage, const Seen& seen) {
  const std::int64_t least = (seen.text_bytes_min + kTokenBytesMax - 1) / kTokenBytesMax;
  return usage.input() > 0 && usage.output() >= least;
}

Amounts amounts_of(const CallTerms& terms, const Rates& rates, const Usage& usage) {
  Amounts out = token_amounts(usage.input(), usage.output());
  if (!terms.priced) return out;
  Rates all = rates;
  for_each_dimension([&](Dimension d) {
    if (all.has(d)) return;
    if (is_input(d)) all.set(d, rates.dearest_input());
    if (is_output(d)) all.set(d, rates.dearest_output());
  });
  Usage billed = usage;
  const auto cost = settle_cost(all, billed.set(Dimension::call, 1));
  out.set(kUsd, cost ? cost->nano() : kAmountMax);
  return out;
}

Charge charge_call(const CallTerms& terms, CallEnd end, int status, const Seen& seen,
                   std::string_view note) {
  if (end == CallEnd::never_sent) {
    return {.ending = Ending::release, .actual = {}, .uncertain = false, .note = note};
  }
  if (terms.bills_nothing) return settle(none_used(), note);
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
