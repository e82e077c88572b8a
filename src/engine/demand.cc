// SPDX-License-Identifier: Apache-2.0
#include "engine/demand.h"

#include <algorithm>
#include <limits>

#include "base/checked.h"
#include "base/price.h"

namespace ringfence {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

bool counts_output(Unit unit) { return unit == kTokens || unit == kOutputTokens; }

std::int64_t cut_to_64(__int128 value) { return narrow(value).value_or(kMost); }

}  // namespace

std::int64_t Demand::with_output(Unit unit, std::int64_t output_tokens) const {
  const std::int64_t fixed = fixed_.get(unit);
  const __int128 tokens = static_cast<__int128>(output_->choices) * output_tokens;
  if (counts_output(unit)) return cut_to_64(fixed + tokens);
  if (unit != kUsd) return fixed;
  const __int128 per_token = output_->output_pico;
  if (per_token != 0 && tokens > (static_cast<__int128>(1) << 100) / per_token) return kMost;
  const __int128 pico = output_->fixed_pico + per_token * tokens;
  return std::max(fixed, cut_to_64((pico + kPicoPerNano - 1) / kPicoPerNano));
}

Amounts Demand::amounts_at(std::int64_t output_tokens) const {
  Amounts all = fixed_;
  if (!output_) return all;
  for (const Unit unit : {kUsd, kTokens, kOutputTokens}) all.set(unit, at(unit, output_tokens));
  return all;
}

std::int64_t Demand::most_output(Unit unit, std::int64_t room) const {
  const std::int64_t wanted = output_ ? output_->wanted_tokens : 0;
  if (at(unit, 0) > room) return -1;
  if (at(unit, wanted) <= room) return wanted;
  // `at` grows with the cap in at most one linear term, so the quotient is exact.
  if (counts_output(unit)) return (room - fixed_.get(unit)) / output_->choices;
  const __int128 pico = static_cast<__int128>(room) * kPicoPerNano - output_->fixed_pico;
  return static_cast<std::int64_t>(
      pico / (static_cast<__int128>(output_->output_pico) * output_->choices));
}

}  // namespace ringfence
