// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/bound.h"

#include <algorithm>

#include "base/checked.h"

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

// Why the request cannot be priced at all, if so.
std::expected<void, Refusal> check_priced(const CallFacts& facts, const BoundTerms& terms) {
  if (terms.free || !terms.walls.money) return {};
  if (terms.price == nullptr) {
    return refuse(Reason::unpriced, default_sentence(Reason::unpriced), "model");
  }
  if (!facts.unpriced.empty()) return unpriced(facts.unpriced);
  if (!facts.unknown.empty() && !terms.pass_unknown_fields) return unpriced(facts.unknown);
  return {};
}

// Rounded up to a nano-unit; none when it does not fit.
std::optional<std::int64_t> nano_up(__int128 pico) {
  return narrow((pico + kPicoPerNano - 1) / kPicoPerNano);
}

std::optional<std::int64_t> input_bound(const CallFacts& facts, const Price& price) {
  const bool known = price.context_tokens > 0;
  if (facts.refers_outside) return known ? std::optional(price.context_tokens) : std::nullopt;
  return known ? std::min(facts.input_tokens_max, price.context_tokens) : facts.input_tokens_max;
}

std::optional<std::int64_t> output_bound(const CallFacts& facts, const Price& price) {
  if (price.max_output_tokens <= 0) return facts.output_cap;
  return std::min(facts.output_cap.value_or(price.max_output_tokens), price.max_output_tokens);
}

// What the provider could bill at most, in the units that it states.
std::optional<Amounts> physical_max(const CallFacts& facts, const Price& price,
                                    const Bound& bound) {
  const std::int64_t input = std::max(price.context_tokens, bound.input_tokens);
  const std::int64_t each = price.max_output_tokens > 0 ? price.max_output_tokens
                            : bound.output              ? bound.output->wanted_tokens
                                                        : 0;
  if (each == 0) return Amounts{};
  const auto generated = checked_mul(each, facts.choices);
  if (!generated) return std::nullopt;
  const auto output = checked_add(*generated, facts.prediction_tokens_max);
  if (!output) return std::nullopt;
  const auto tokens = checked_add(input, *output);
  if (!tokens) return std::nullopt;
  const auto usd = nano_up(static_cast<__int128>(input) * price.dearest_input_pico() +
                           static_cast<__int128>(*output) * price.output_pico + price.call_pico);
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
  const bool must_bound = terms.walls.tokens || (terms.walls.money && price.costs());
  const auto too_much = [] {
    return refuse(Reason::invalid, "This request is larger than any amount that can be held.", "");
  };

  Bound bound;
  const auto input = input_bound(facts, price);
  if (!input && must_bound) {
    return unbounded(
        "This request refers to content outside itself and the size of this model's context is "
        "not known, so its cost has no upper bound. Do not retry it as it is.",
        "messages");
  }
  bound.input_tokens = input.value_or(facts.input_tokens_max);
  const auto output = output_bound(facts, price);
  if (!output && must_bound) {
    return unbounded(
        "This request states no output cap and this model's maximum is not known, so its cost has "
        "no upper bound. Retry it with max_completion_tokens.",
        "max_completion_tokens");
  }

  const auto held_input = checked_add(bound.input_tokens, facts.prediction_tokens_max);
  const auto fixed_pico = narrow(
      static_cast<__int128>(bound.input_tokens) * price.dearest_input_pico() +
      static_cast<__int128>(facts.prediction_tokens_max) * price.output_pico + price.call_pico);
  if (!held_input || !fixed_pico) return too_much();
  bound.need.set(kCalls, 1);
  bound.need.set(kInputTokens, bound.input_tokens);
  bound.need.set(kOutputTokens, facts.prediction_tokens_max);
  bound.need.set(kTokens, *held_input);
  if (price.costs() || terms.free) bound.need.set(kUsd, *nano_up(*fixed_pico));
  if (output) {
    const auto all = checked_mul(*output, facts.choices);
    if (!all) return too_much();
    bound.output_tokens_wanted = *all;
    bound.output = OutputBound{.wanted_tokens = *output,
                               .min_tokens = std::min(kMinOutputTokens, *output),
                               .choices = facts.choices,
                               .output_pico = price.output_pico,
                               .fixed_pico = *fixed_pico,
                               .clamp = terms.clamp};
  }
  const auto most = physical_max(facts, price, bound);
  if (!most) return too_much();
  bound.physical_max = *most;
  return bound;
}

}  // namespace ringfence::llm
