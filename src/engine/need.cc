// SPDX-License-Identifier: Apache-2.0
// Need and actual: the floor that is computed for them, which a caller's word can only raise
// (2-semantics, Need and actual).
#include <algorithm>
#include <limits>

#include "base/checked.h"
#include "engine/step.h"
#include "pricing/cost.h"
#include "pricing/worst_case.h"

namespace ringfence {
namespace {

bool priced_kind(std::string_view kind) { return kind == "llm" || kind == "pay"; }

bool states_tokens(const Amounts& amounts) {
  return amounts.has(kTokens) || amounts.has(kInputTokens) || amounts.has(kOutputTokens);
}

// All tokens are at least the sum of those whose direction is stated.
void complete_tokens(Amounts& amounts) {
  if (!amounts.has(kInputTokens) && !amounts.has(kOutputTokens)) return;
  amounts.raise_to(kTokens, saturating_add(amounts.get(kInputTokens), amounts.get(kOutputTokens)));
}

// Tokens whose direction is not stated count at the dearer rate.
Usage usage_of_stated(const Price& price, const Amounts& amounts) {
  const std::int64_t known = saturating_add(amounts.get(kInputTokens), amounts.get(kOutputTokens));
  const std::int64_t rest = std::max<std::int64_t>(0, amounts.get(kTokens) - known);
  const bool output_dearer = price.rates.dearest_output() > price.rates.dearest_input();
  const std::int64_t input = saturating_add(amounts.get(kInputTokens), output_dearer ? 0 : rest);
  const std::int64_t output = saturating_add(amounts.get(kOutputTokens), output_dearer ? rest : 0);
  return flat_usage({.input_tokens = input,
                     .output_tokens = output,
                     .calls = std::max<std::int64_t>(1, amounts.get(kCalls))});
}

struct WallUnits {
  bool money = false;
  bool tokens = false;
};

WallUnits enforced_units(const std::vector<Applied>& walls) {
  WallUnits units;
  for (const Applied& applied : walls) {
    const Wall& wall = *applied.wall;
    if (!wall.enforced) continue;
    units.money = units.money || wall.unit == kUsd;
    units.tokens = units.tokens || wall.unit == kTokens || wall.unit == kInputTokens ||
                   wall.unit == kOutputTokens;
  }
  return units;
}

}  // namespace

std::optional<Refusal> Step::complete_need(PlaceHold& request, Cleared& cleared) const {
  const Operation& operation = cleared.operation().operation();
  const WallUnits walls = enforced_units(cleared.walls);
  const Price* price = cleared.operation().price(*s_.policy, now_.time);
  const bool bounded_by_gateway = request.output.has_value();
  const bool worst_case = priced_kind(operation.kind()) && !bounded_by_gateway &&
                          !states_tokens(request.need) && !request.need.has(kUsd);
  Amounts& need = request.need;
  need.raise_to(kCalls, 1);
  complete_tokens(need);

  if (price == nullptr) {
    const bool costs = priced_kind(operation.kind());
    if (costs && walls.money && (bounded_by_gateway || !need.has(kUsd))) {
      return refuse(Reason::unpriced);
    }
    if (costs && walls.tokens && worst_case) return refuse(Reason::unbounded);
    cleared.declared = need.get(kUsd) > 0;
  } else if (worst_case) {
    const auto most = worst_usage(*price);
    if (most) {
      need.set(kInputTokens, most->input());
      need.set(kOutputTokens, most->output());
      complete_tokens(need);
    } else if (operation.kind() == "llm" && (walls.tokens || (walls.money && price->costs()))) {
      return refuse(Reason::unbounded);
    }
  }
  if (price != nullptr && !bounded_by_gateway) {
    const auto floor = hold_cost(*price, usage_of_stated(*price, need));
    if (!floor) return refuse(Reason::invalid, floor.error().message, "need");
    if (floor->nano() > 0) need.raise_to(kUsd, floor->nano());
  }
  if (bounded_by_gateway && request.output->wanted_tokens < 0) {
    if (walls.money || walls.tokens) return refuse(Reason::unbounded);
    request.output.reset();
  }
  if (request.output && s_.cap_unproven.contains(operation.text())) {
    // This model has answered past its cap: the cap bounds nothing, its own maximum does.
    const std::int64_t most = price != nullptr ? price->max_output_tokens : 0;
    if (most == 0 && (walls.tokens || (walls.money && request.output->output_pico > 0))) {
      return refuse(Reason::unbounded);
    }
    request.output->wanted_tokens = std::max(request.output->wanted_tokens, most);
    request.output->clamp = false;
  }

  for (const Applied& applied : cleared.walls) {
    const Unit unit = applied.wall->unit;
    if (unit.index < kBuiltInUnits) continue;
    const auto count = s_.policy->declared_count(unit, operation, request.args.get());
    if (!count) return refuse_argument(count.error());
    if (!*count) continue;
    if ((*count)->by_arguments && request.args_left_out) {
      return refuse(Reason::unverifiable, kArgsUnread);
    }
    need.raise_to(unit, (*count)->count);
  }
  if (cleared.operations.size() > 1) {
    if (auto refusal = add_further(need, cleared, request.args.get())) return refusal;
  }
  need.set(kSeconds, (request.ttl.us + 999) / 1'000);
  need.set(kConcurrent, 1);
  cleared.demand = Demand(need, request.output);
  return std::nullopt;
}

Refusal Step::refuse_argument(const Error& error) const {
  return refuse(Reason::invalid, error.message, "args" + error.where);
}

// A shell line counts each program that it starts, at the walls that count this program.
std::optional<Refusal> Step::add_further(Amounts& need, Cleared& cleared, const Json* args) const {
  const auto& operations = cleared.operations;
  std::optional<Refusal> refusal;
  const auto count_of = [&](Unit unit, std::size_t i) -> std::int64_t {
    if (unit == kCalls) return 1;
    const auto count = s_.policy->declared_count(unit, operations[i]->operation(), args);
    if (!count) refusal = refuse_argument(count.error());
    return count && *count ? (*count)->count : 0;
  };
  std::int64_t usd = need.get(kUsd);
  for (std::size_t i = 1; i < operations.size(); ++i) {
    const Price* price = operations[i]->price(*s_.policy, now_.time);
    if (price == nullptr) continue;
    const auto cost = hold_cost(*price, flat_usage({.calls = 1}));
    if (!cost) return refuse(Reason::invalid, cost.error().message, "need");
    usd = saturating_add(usd, cost->nano());
  }
  if (usd > 0) need.set(kUsd, usd);
  for (Applied& applied : cleared.walls) {
    const Unit unit = applied.wall->unit;
    if (unit != kCalls && unit.index < kBuiltInUnits) continue;
    std::int64_t all = 0;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const std::int64_t count = count_of(unit, i);
      all = saturating_add(all, count);
      if ((applied.parts >> i & 1) == 0) {
        applied.elsewhere = saturating_add(applied.elsewhere, count);
      }
    }
    need.raise_to(unit, all);
  }
  need.raise_to(kCalls, static_cast<std::int64_t>(operations.size()));
  return refusal;
}

// What is added to an open hold: the floor without the one call that was held with it.
std::optional<Refusal> Step::complete_added(Amounts& added, const HoldFact& fact,
                                            const KnownOperation& operation) const {
  complete_tokens(added);
  added.clear(kConcurrent);
  const Price* price = operation.price(*s_.policy, now_.time);
  if (price == nullptr || fact.holder == kGatewayHolder) return std::nullopt;
  Usage usage = usage_of_stated(*price, added);
  usage.set(Dimension::call, added.get(kCalls));
  const auto floor = hold_cost(*price, usage);
  if (!floor) return refuse(Reason::invalid, floor.error().message, "need");
  if (floor->nano() > 0) added.raise_to(kUsd, floor->nano());
  return std::nullopt;
}

// What a run states of its own use is worth at least what policy counts for it. What a gateway
// states it has metered.
void Step::raise_to_floor(Amounts& actual, const Hold& hold, const HoldFact& fact,
                          const Amounts& stated) const {
  if (hold.by_parts) {
    // Programs of one line: what each counts and costs was held for all of them.
    stated.for_each([&](Unit unit, std::int64_t) {
      const bool counted = unit.index >= kBuiltInUnits || unit == kCalls || unit == kUsd;
      if (counted) actual.raise_to(unit, hold.need.get(unit));
    });
    return;
  }
  const KnownOperation* operation = known(fact.operation);
  if (operation == nullptr) return;
  stated.for_each([&](Unit unit, std::int64_t) {
    if (unit.index < kBuiltInUnits) return;
    // Arguments are not kept: what they counted was held.
    const auto count = s_.policy->declared_count(unit, operation->operation(), nullptr);
    if (!count || !*count) return;
    actual.raise_to(unit, (*count)->by_arguments ? hold.need.get(unit) : (*count)->count);
  });
  const Price* price = operation->price(*s_.policy, hold.opened);
  if (price == nullptr) return;
  const bool by_call = price->rates.dearest_input() == 0 && price->rates.dearest_output() == 0;
  const bool prices_usd = states_tokens(stated) || (by_call && stated.has(kCalls));
  if (!prices_usd && !stated.has(kUsd)) return;
  const auto floor = settle_cost(*price, usage_of_stated(*price, actual));
  actual.raise_to(kUsd, floor ? floor->nano() : std::numeric_limits<std::int64_t>::max());
}

// What is not stated settles at what was held: also the other direction, where only one direction
// of the tokens is stated, and usd, where nothing stated has a price.
Amounts Step::complete_actual(const Hold& hold, const HoldFact& fact, const Amounts& stated) const {
  Amounts actual = stated;
  if (!stated.has(kTokens) && stated.has(kInputTokens) != stated.has(kOutputTokens)) {
    const Unit other = stated.has(kInputTokens) ? kOutputTokens : kInputTokens;
    if (hold.need.has(other)) actual.set(other, hold.need.get(other));
  }
  complete_tokens(actual);
  if (!actual.has(kCalls)) actual.set(kCalls, hold.need.get(kCalls));
  actual.raise_to(kCalls, 1);
  if (fact.holder != kGatewayHolder) raise_to_floor(actual, hold, fact, stated);
  hold.need.for_each([&](Unit unit, std::int64_t held) {
    if (!actual.has(unit)) actual.set(unit, held);
  });
  const Time end = hold.open ? now_.time : hold.resolved_at;
  actual.set(kSeconds,
             std::min((end - hold.opened).us + 999, hold.need.get(kSeconds) * 1'000) / 1'000);
  actual.set(kConcurrent, 0);
  return actual;
}

}  // namespace ringfence
