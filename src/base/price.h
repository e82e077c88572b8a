// SPDX-License-Identifier: Apache-2.0
// Price: what one operation's items cost, and the sizes that bound it.
//
// Contract: plain values. Rates are pico-units of the currency per token or per item
// (1 USD per million tokens = 1'000'000 pico-USD per token). Policy and catalog state prices,
// pricing computes with them: the rooms share this vocabulary and nothing else.
//
// Dimensions are disjoint: a token is billed in exactly one of them. A provider that counts one
// inside another (cached in input, reasoning in output) is taken apart where its usage is read.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence {

inline constexpr std::int64_t kPicoPerNano = 1'000;

enum class Dimension : std::uint8_t {
  // Tokens read:
  input,           // and not billed as one of the following
  cached_input,    // from a cache
  cache_write_5m,  // and kept in a cache for minutes
  cache_write_1h,  // … for an hour
  audio_input,
  cached_audio_input,
  image_input,
  // Tokens made:
  output,
  reasoning,  // not shown, or shown as a summary
  audio_output,
  image_output,
  // Items:
  call,
  web_search,
  file_search,
  code_session,
};
inline constexpr std::size_t kDimensions = 15;

constexpr bool is_input(Dimension d) { return d <= Dimension::image_input; }
constexpr bool is_output(Dimension d) {
  return d >= Dimension::output && d <= Dimension::image_output;
}
// As policies and the catalog write it: "cache_write_5m".
constexpr std::string_view to_string(Dimension d) {
  constexpr std::array<std::string_view, kDimensions> kNames{
      "input",       "cached_input",       "cache_write_5m", "cache_write_1h",
      "audio_input", "cached_audio_input", "image_input",    "output",
      "reasoning",   "audio_output",       "image_output",   "call",
      "web_search",  "file_search",        "code_session"};
  return kNames[static_cast<std::size_t>(d)];
}
template <class Each>
constexpr void for_each_dimension(Each each) {
  for (std::size_t i = 0; i < kDimensions; ++i) each(static_cast<Dimension>(i));
}

// One rate per dimension; a dimension without a rate is not free, it is unpriced.
class Rates {
 public:
  constexpr Rates() { pico_.fill(kNone); }
  constexpr bool has(Dimension d) const { return pico_[index(d)] != kNone; }
  // 0 where there is none.
  constexpr std::int64_t get(Dimension d) const { return has(d) ? pico_[index(d)] : 0; }
  constexpr Rates& set(Dimension d, std::int64_t pico) {
    pico_[index(d)] = pico;
    return *this;
  }
  constexpr std::int64_t dearest_input() const { return dearest(is_input); }
  constexpr std::int64_t dearest_output() const { return dearest(is_output); }
  constexpr bool any_cost() const {
    return std::ranges::any_of(pico_, [](std::int64_t pico) { return pico > 0; });
  }
  friend constexpr bool operator==(const Rates&, const Rates&) = default;

 private:
  static constexpr std::int64_t kNone = INT64_MIN;
  static constexpr std::size_t index(Dimension d) { return static_cast<std::size_t>(d); }
  constexpr std::int64_t dearest(bool (*of)(Dimension)) const {
    std::int64_t most = 0;
    for_each_dimension([&](Dimension d) { most = of(d) ? std::max(most, get(d)) : most; });
    return most;
  }
  std::array<std::int64_t, kDimensions> pico_;
};

// Rates that apply instead of the usual ones: in another service tier ("flex", "priority"; empty:
// the standard one), or when more than `above_input_tokens` are read, or both.
struct RateCard {
  std::string service_tier;
  std::int64_t above_input_tokens = 0;
  Rates rates;
  friend bool operator==(const RateCard&, const RateCard&) = default;
};

// Whether a model makes output that it does not show.
enum class HiddenOutput : std::uint8_t { unknown, none, some };

struct Price {
  Rates rates;                         // standard tier, however little is read
  std::vector<RateCard> cards;         // every other case
  std::int64_t context_tokens = 0;     // most tokens a call can read; 0: unknown
  std::int64_t max_output_tokens = 0;  // most tokens one choice can have; 0: unknown
  HiddenOutput hidden_output = HiddenOutput::unknown;

  bool costs() const {
    return rates.any_cost() ||
           std::ranges::any_of(cards, [](const RateCard& card) { return card.rates.any_cost(); });
  }
  friend bool operator==(const Price&, const Price&) = default;
};

// The rates most prices have: no cards, what was cached at its own rate, reasoning as output.
struct FlatPrice {
  std::int64_t input_pico = 0;
  std::int64_t cached_input_pico = 0;
  std::int64_t output_pico = 0;
  std::int64_t call_pico = 0;
  std::int64_t context_tokens = 0;
  std::int64_t max_output_tokens = 0;
};
constexpr Price flat_price(const FlatPrice& flat) {
  Price price;
  price.rates.set(Dimension::input, flat.input_pico)
      .set(Dimension::cached_input, flat.cached_input_pico)
      .set(Dimension::output, flat.output_pico)
      .set(Dimension::reasoning, flat.output_pico)
      .set(Dimension::call, flat.call_pico);
  price.context_tokens = flat.context_tokens;
  price.max_output_tokens = flat.max_output_tokens;
  return price;
}

}  // namespace ringfence
