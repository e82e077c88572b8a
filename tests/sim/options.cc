// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/options.h"

namespace ringfence::sim {
namespace {

// How often each is worth doing where a seed does it at all.
constexpr std::array<int, kActs> kActWeights{60, 4, 2, 1, 3, 2, 1, 2, 1, 2, 2, 4, 2, 2};
constexpr std::array<int, kTroubles> kTroubleWeights{3, 3, 8, 4, 3, 1, 1, 1, 1, 2, 1, 6, 1};

int swarm(Rng& rng, int weight, int left_out_percent) {
  return chance(rng, left_out_percent) ? 0 : weight * static_cast<int>(pick(rng, 1, 4));
}

}  // namespace

Options Options::random(Rng& rng) {
  Options options;
  for (std::size_t i = 0; i < kActs; ++i) options.acts[i] = swarm(rng, kActWeights[i], 20);
  for (const Act always : {Act::hold, Act::start_run}) {
    int& weight = options.acts[static_cast<std::size_t>(always)];
    if (weight == 0) weight = kActWeights[static_cast<std::size_t>(always)];
  }
  for (std::size_t i = 0; i < kTroubles; ++i) {
    options.troubles[i] = swarm(rng, kTroubleWeights[i], 40);
  }
  int& deaths = options.troubles[static_cast<std::size_t>(Trouble::die_in_sync)];
  if (deaths == 0) deaths = 1;
  options.lost = chance(rng, 40) ? 0 : static_cast<int>(pick(rng, 1, 30));
  options.duplicated = chance(rng, 40) ? 0 : static_cast<int>(pick(rng, 1, 30));
  options.delay_max = chance(rng, 50) ? Duration::millis(2) : Duration::millis(pick(rng, 1, 5'000));
  options.between_acts = Duration::millis(chance(rng, 50) ? 20 : pick(rng, 1, 5'000));
  options.between_troubles = Duration::millis(pick(rng, 200, 20'000));
  options.stalls_per_mille = chance(rng, 60) ? 0 : static_cast<int>(pick(rng, 1, 20));
  options.waits_percent = chance(rng, 40) ? 0 : static_cast<int>(pick(rng, 1, 60));
  options.keyless_percent = chance(rng, 50) ? 0 : static_cast<int>(pick(rng, 1, 40));
  options.gateway_percent = chance(rng, 40) ? 0 : static_cast<int>(pick(rng, 1, 60));
  return options;
}

}  // namespace ringfence::sim
