// SPDX-License-Identifier: Apache-2.0
// The real engine against the naive model: random policies, commands, times and restarts.
//
//   RINGFENCE_MODEL_SEEDS=N   how many seeds, from 1 (default 1,000; 60 under sanitizers)
//   RINGFENCE_MODEL_FROM=N    … from N
//   RINGFENCE_MODEL_SEED=N    this one alone
//   RINGFENCE_MODEL_TRACE=N   shows so many of the last commands before a difference (25)
//
// Seeds that failed once are kept in tests/property/seeds.txt and always run.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "engine/engine.h"
#include "ledger/ledger.h"
#include "policy/policy.h"
#include "tests/property/ledger_duel.h"

namespace ringfence::model {
namespace {

constexpr const char* kSeedsFile = "tests/property/seeds.txt";
constexpr int kCommands = 300;
constexpr int kFailuresShown = 3;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSeeds = 60;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::uint64_t kSeeds = 60;
#else
constexpr std::uint64_t kSeeds = 1'000;
#endif
#else
constexpr std::uint64_t kSeeds = 1'000;
#endif

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

std::set<std::uint64_t> kept_seeds() {
  std::set<std::uint64_t> seeds;
  std::ifstream in(kSeedsFile);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.front() != '#')
      seeds.insert(std::strtoull(line.c_str(), nullptr, 10));
  }
  return seeds;
}

void keep(std::uint64_t seed) {
  if (!kept_seeds().contains(seed)) std::ofstream(kSeedsFile, std::ios::app) << seed << "\n";
}

TEST(LedgerModel, AgreesWithTheEngine) {
  const std::set<std::uint64_t> kept = kept_seeds();
  std::set<std::uint64_t> seeds = kept;
  const std::uint64_t first = from_environment("RINGFENCE_MODEL_FROM", 1);
  const std::uint64_t count = from_environment("RINGFENCE_MODEL_SEEDS", kSeeds);
  for (std::uint64_t seed = first; seed < first + count; ++seed) seeds.insert(seed);
  if (const std::uint64_t only = from_environment("RINGFENCE_MODEL_SEED", 0)) seeds = {only};

  int failures = 0;
  std::uint64_t commands = 0;
  const auto fight = [&](std::uint64_t seed, bool reloads) {
    Duel duel(seed, reloads);
    const std::string failure = duel.fight(kCommands);
    commands += duel.commands_done();
    if (failure.empty()) return;
    keep(seed);
    ++failures;
    ADD_FAILURE() << "seed " << seed << (reloads ? "" : " without reloads") << " after "
                  << duel.commands_done() << " commands: " << failure
                  << "\nagain: RINGFENCE_MODEL_SEED=" << seed
                  << " property_test --gtest_filter=LedgerModel.*";
  };
  for (const std::uint64_t seed : seeds) {
    fight(seed, true);
    if (kept.contains(seed)) fight(seed, false);
    if (failures >= kFailuresShown) break;
  }
  fmt::print("{} seeds, {} commands\n", seeds.size(), commands);
}

}  // namespace
}  // namespace ringfence::model
