// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/bound.h"

#include <algorithm>

#include "base/checked.h"
#include "pricing/cost.h"

namespace ringfence::llm {
namespace {

std::unexpected<Refusal> refuse(Reason reason, std::string sentence, std::string field) {
  Refusal refusal;
  refusal.reason = reason;
  refusal.sentence = std::move(sentence);
  refusal.field = std::move(field);
  return std::unexpected(std::move(refusal));
}

std::unexpected<Refusal> unpriced(const std::string& member) {
  return refuse(Reason::unpriced,
                "\"" + member +
                    "\" can change what this call costs and has no price here. Do not retry with "
                    "it; leave it out, or tell your operator.",
                member);
}

std::unexpected<Refusal> unbounded(std::string sentence, std::string member) {
  return refuse(Reason::unbounded, std::move(sentence), std::move(member));
}

std::vector<std::string_view> tiers_of(const CallFacts& facts) {
  if (facts.service_tiers.empty()) return {""};
  return {facts.service_tiers.begin(), facts.service_tiers.end()};
}

// Whether every tier that may be billed has a rate for it.
bool has_rate(const Price& price, const CallFacts& facts, Dimension dimension) {
  return std::ranges::all_of(tiers_of(facts), [&](std::string_view tier) {
    const Rates* rates = rates_for(price, tier, 0);
    return rates != nullptr && rates->has(dimension);
  });
}

// The dearest rates of what this request may be billed for.
Rates dearest_of(const CallFacts& facts, const Price& price, std::int64_t input_tokens) {
  const Rates all = dearest_rates(price, tiers_of(facts), input_tokens);
  Rates out;
  const auto take = [&](Dimension d) {
    if (all.has(d)) out.set(d, all.get(d));
  };
  for (const Dimension d : {Dimension::input, Dimension::cached_input, Dimension::output,
                            Dimension::reasoning, Dimension::call}) {
    take(d);
  }
  for (const Extra& extra : facts.extras) take(extra.dimension);
  return out;
}

// Everything but the tokens, in pico-units.
__int128 items_pico(const CallFacts& facts, const Rates& rates) {
  __int128 sum = rates.get(Dimension::call);
  for (const Extra& extra : facts.extras) {
    if (is_input(extra.dimension) || is_output(extra.dimension)) continue;
    sum += static_cast<__int128>(extra.most) * rates.get(extra.dimension);
  }
  return sum;
}

// Why the request cannot be priced at all, if so.
std::expected<void, Refusal> check_priced(const CallFacts& facts, const BoundTerms& terms) {
  if (terms.free || !terms.walls.money) return {};
  if (terms.price == nullptr) {
    return refuse(Reason::unpriced, default_sentence(Reason::unpriced), "model");
  }
  if (!facts.unpriced.empty()) return unpriced(facts.unpriced);
  for (const std::string& tier : facts.service_tiers) {
    if (rates_for(*terms.price, tier, 0) == nullptr) return unpriced("service_tier");
  }
  for (const Extra& extra : facts.extras) {
    if (!extra.path.empty() && !has_rate(*terms.price, facts, extra.dimension)) {
      return unpriced(extra.path);
    }
  }
  if (!facts.unknown.empty() && !terms.pass_unknown_fields) return unpriced(facts.unknown);
  return {};
}

// Rounded up to a nano-unit; none when it does not fit.
std::optional<std::int64_t> nano_up(__int128 pico) {
  return narrow((pico + kPicoPerNano - 1) / kPicoPerNano);
}

std::optional<std::int64_t> input_bound(const CallFacts& facts, const Price& price) {
  const bool known = price.context_tokens > 0;
  if (facts.refers_outside || facts.rounds > 1) {
    const auto contexts = checked_mul(price.context_tokens, facts.inputs);
    return known && contexts ? checked_mul(*contexts, facts.rounds) : std::nullopt;
  }
  const std::int64_t contexts = saturating_mul(price.context_tokens, facts.inputs);
  return known ? std::min(facts.input_tokens_max, contexts) : facts.input_tokens_max;
}

std::optional<std::int64_t> output_bound(const CallFacts& facts, const Price& price) {
  if (price.max_output_tokens <= 0) return facts.output_cap;
  return std::min(facts.output_cap.value_or(price.max_output_tokens), price.max_output_tokens);
}

// What the provider could bill at most, in the units that it states.
std::optional<Amounts> physical_max(const CallFacts& facts, const Price& price,
                                    const Bound& bound) {
  const std::int64_t input =
      std::max(saturating_mul(saturating_mul(price.context_tokens, facts.inputs), facts.rounds),
               bound.input_tokens);
  const std::int64_t each = !facts.makes_output           ? 0
                            : price.max_output_tokens > 0 ? price.max_output_tokens
                            : bound.output                ? bound.output->wanted_tokens
                                                          : 0;
  if (each == 0 && facts.makes_output) return Amounts{};
  const auto generated = checked_mul(each, facts.choices);
  if (!generated) return std::nullopt;
  const auto output = checked_add(*generated, facts.prediction_tokens_max);
  if (!output) return std::nullopt;
  const auto tokens = checked_add(input, *output);
  if (!tokens) return std::nullopt;
  // Whatever tier it bills, whatever kind of tokens it says they were.
  Rates dearest = price.rates;
  for (const RateCard& card : price.cards) {
    for_each_dimension([&](Dimension d) {
      if (card.rates.has(d)) dearest.set(d, std::max(dearest.get(d), card.rates.get(d)));
    });
  }
  const auto usd = nano_up(static_cast<__int128>(input) * dearest.dearest_input() +
                           static_cast<__int128>(*output) * dearest.dearest_output() +
                           items_pico(facts, dearest));
  if (!usd) return std::nullopt;
  Amounts most;
  most.set(kCalls, 1);
  most.set(kInputTokens, input);
  most.set(kOutputTokens, *output);
  most.set(kTokens, *tokens);
  most.set(kUsd, *usd);
  return most;
}

}  // namespace

std::expected<Bound, Refusal> bound_call(const CallFacts& facts, const BoundTerms& terms) {
  if (auto priced = check_priced(facts, terms); !priced) return std::unexpected(priced.error());
  const Price price = terms.price != nullptr ? *terms.price : Price{};
  const bool must_bound =
      !facts.bills_nothing && (terms.walls.tokens || (terms.walls.money && price.costs()));
  const auto too_much = [] {
    return refuse(Reason::invalid, "This request is larger than any amount that can be held.", "");
  };

  Bound bound;
  bound.need.set(kCalls, 1);
  if (facts.bills_nothing) return bound;
  if (must_bound && !facts.unbounded.empty()) {
    return unbounded(
        "\"" + facts.unbounded + "\" lets this call cost without end. Do not retry it as it is.",
        facts.unbounded);
  }
  const auto input = input_bound(facts, price);
  if (!input && must_bound) {
    return unbounded(
        "This request refers to content outside itself and the size of this model's context is "
        "not known, so its cost has no upper bound. Do not retry it as it is.",
        "messages");
  }
  bound.input_tokens = input.value_or(facts.input_tokens_max);
  bound.dearest = dearest_of(facts, price, bound.input_tokens);
  const auto output = facts.makes_output ? output_bound(facts, price) : std::int64_t{0};
  if (!output && must_bound) {
    return unbounded(
        "This request states no output cap and this model's maximum is not known, so its cost has "
        "no upper bound. Retry it with max_completion_tokens.",
        "max_completion_tokens");
  }

  const auto held_input = checked_add(bound.input_tokens, facts.prediction_tokens_max);
  const Rates& dearest = bound.dearest;
  const auto fixed_pico =
      narrow(static_cast<__int128>(bound.input_tokens) * dearest.dearest_input() +
             static_cast<__int128>(facts.prediction_tokens_max) * dearest.dearest_output() +
             items_pico(facts, dearest));
  if (!held_input || !fixed_pico) return too_much();
  bound.need.set(kInputTokens, bound.input_tokens);
  bound.need.set(kOutputTokens, facts.prediction_tokens_max);
  bound.need.set(kTokens, *held_input);
  if (price.costs() || terms.free) bound.need.set(kUsd, *nano_up(*fixed_pico));
  if (output && facts.makes_output) {
    const auto all = checked_mul(*output, facts.choices);
    if (!all) return too_much();
    bound.output_tokens_wanted = *all;
    const std::int64_t held = terms.stepwise ? std::min(*output, kAheadTokens) : *output;
    bound.output = OutputBound{
        .wanted_tokens = held,
        .min_tokens = terms.stepwise ? held : std::min(facts.output_min_tokens, *output),
        .choices = facts.choices,
        .output_pico = dearest.dearest_output(),
        .fixed_pico = *fixed_pico,
        .clamp = terms.clamp};
  }
  const auto most = physical_max(facts, price, bound);
  if (!most) return too_much();
  bound.physical_max = *most;
  return bound;
}

}  // namespace ringfence::llm
