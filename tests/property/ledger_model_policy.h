// SPDX-License-Identifier: Apache-2.0
// PolicySpec: a random policy as plain values, and as the document that says the same.
#pragma once

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/price.h"
#include "base/unit.h"
#include "base/window.h"

namespace ringfence::model {

using Rng = std::mt19937_64;

// A number in [low, high].
inline std::int64_t pick(Rng& rng, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(rng() % static_cast<std::uint64_t>(high - low + 1));
}
inline bool chance(Rng& rng, int percent) { return pick(rng, 1, 100) <= percent; }
template <class T>
const T& one_of(Rng& rng, const std::vector<T>& items) {
  return items[static_cast<std::size_t>(pick(rng, 0, static_cast<std::int64_t>(items.size()) - 1))];
}

enum class Scope { budget, run, agent, account, user };
enum class Mode { refuse, pause, warn };

struct WallSpec {
  std::string name = "budget";
  Scope scope = Scope::budget;
  std::string account;  // budgets, and limits with the scope `account`
  std::string match;    // limits
  Unit unit;
  Window window;
  std::int64_t cap = 0;
  std::optional<std::int64_t> floor;  // else one percent of the cap
  Mode mode = Mode::refuse;
  Time since;  // of the policy that brought it
};

inline const std::vector<std::string> kAgents{"a/x", "a/y", "b/x"};
inline const std::string kPricedModel = "llm:openai/m";
inline const std::string kUnpricedModel = "llm:openai/none";
inline const std::string kFreeModel = "llm:local/m";
inline const std::string kPricedTool = "tool:mail/send";
inline constexpr FlatPrice kModelPrice{.input_pico = 1'000'000'300,
                                       .cached_input_pico = 1'000'000'300,
                                       .output_pico = 2'000'000'700,
                                       .call_pico = 0,
                                       .context_tokens = 100,
                                       .max_output_tokens = 50};
inline constexpr FlatPrice kToolPrice{.call_pico = 10'000'000'500};

struct PolicySpec {
  std::vector<WallSpec> walls;        // budgets of accounts, and limits
  std::vector<WallSpec> run_budgets;  // of each run
  std::string asked;                  // an operation that a person must agree to; empty: none
  Duration lease = Duration::minutes(15);
  Duration max_age = Duration::hours(24);

  static PolicySpec random(Rng& rng);
  // Some caps, floors and modes changed, some walls gone, some new.
  PolicySpec changed(Rng& rng, Time now) const;
  std::string document() const;
};

}  // namespace ringfence::model
