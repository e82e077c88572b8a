// SPDX-License-Identifier: Apache-2.0
// PriceTableReader: what the readers of other projects' price tables share.
//
// Contract: internal to price_import; one object per table. A rate that is no number, is negative
// or larger than any price spoils its model: it is left out whole, since what is missing from a
// price costs nothing.
#pragma once

#include <span>
#include <unordered_map>
#include <utility>

#include "base/json.h"
#include "pricing/price_import.h"

namespace ringfence {

using NamedDimension = std::pair<std::string_view, Dimension>;
inline constexpr int kUsdPerToken = 12;         // in pico-USD a token
inline constexpr int kUsdPerMillionTokens = 6;  // in pico-USD a token
inline constexpr int kUsdPerThousandItems = 9;  // in pico-USD an item

std::optional<Dimension> dimension_named(std::span<const NamedDimension> names,
                                         std::string_view name);
std::string_view number_text(const Json& value);
// A positive count that a size can be; 0: none.
std::int64_t table_size(const Json& object, std::string_view member);
// The card of a tier and a size; the price's own rates where there is neither.
Rates& card_of(Price& price, std::string_view tier, std::int64_t above);

class PriceTableReader {
 public:
  explicit PriceTableReader(Time at) : at_(at) {}

  void genai(const Json& provider, const std::string& name);
  void litellm(const std::string& key, const Json& entry);
  void models_dev(const Json& provider, const std::string& name);
  ImportedTable take() { return std::move(table_); }

 private:
  void left_out(const ImportedPrice& of, std::string_view why);
  void rate(ImportedPrice& of, Rates& rates, Dimension d, std::string_view number, int scale);
  void genai_prices(ImportedPrice& of, const Json& prices);
  void genai_dated(ImportedPrice& of, const Json::Array& prices);
  void litellm_member(ImportedPrice& of, const std::string& member, const Json& value);
  void dev_cost(ImportedPrice& of, const Json& cost, Rates& rates);
  void keep(ImportedPrice of);
  void drop_odd_cards(ImportedPrice& of);

  Time at_;
  ImportedTable table_;
  std::unordered_map<std::string, std::size_t> by_key_;
  bool spoiled_ = false;  // the model under way
};

}  // namespace ringfence
