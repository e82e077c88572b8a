// SPDX-License-Identifier: Apache-2.0
// Reads other projects' price tables into prices as a policy states them.
//
// Contract: pure. Rates are exact, or rounded up to a pico-USD where a table is finer (a binary
// fraction written out). What cannot be carried is told in `left_out`, one line each, and never
// guessed; a model without both `input` and `output`, or `call`, or with a rate that is none, is
// left out whole. Of several dated prices the one in force at `at` is taken, of prices for hours of
// the day the dearest rates. Errors: `invalid` (not JSON, or of no known shape).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/price.h"
#include "base/result.h"
#include "base/time.h"

namespace ringfence {

enum class PriceTable : std::uint8_t { genai_prices, litellm, models_dev };

struct ImportedPrice {
  std::string provider;  // as the table has it
  std::string model;
  Price price;  // as stated: nothing is completed
};

struct ImportedTable {
  std::vector<ImportedPrice> prices;
  std::vector<std::string> left_out;  // "openai/whisper-1: audio_hours has no dimension"
};

inline constexpr std::size_t kPriceTableMax = 32 * 1024 * 1024;  // bytes

// The table's kind by its shape, unless it is stated.
Result<ImportedTable> import_prices(std::string_view json, std::optional<PriceTable> kind, Time at);

// A number times 10^scale, rounded up; none when it is negative, no number or too large.
std::optional<std::int64_t> scaled_up(std::string_view number, int scale);

// `prices:` of a policy document, a line each.
std::string policy_prices(const std::vector<ImportedPrice>& prices);

}  // namespace ringfence
