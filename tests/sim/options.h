// SPDX-License-Identifier: Apache-2.0
// Options: what a seed's history is made of. Swarm testing: each seed leaves some operations and
// faults out altogether and draws the weights of the others, so that rare mixtures come about.
#pragma once

#include <array>

#include "tests/sim/clock.h"

namespace ringfence::sim {

enum class Act : std::uint8_t {  // of clients and operators
  hold,
  start_run,
  delegate,
  end_run,
  renew,
  raise,
  pause,
  resume,
  halt,
  lift,
  correct,
  decide_approval,
  confirm_clock,
  reload,
};
inline constexpr std::size_t kActs = static_cast<std::size_t>(Act::reload) + 1;

enum class Trouble : std::uint8_t {
  kill,         // now
  power_loss,   // now
  die_in_sync,  // a later one
  die_in_write,
  disk_error,  // once or for ever
  disk_full,
  slow_disk,
  clock_back,
  clock_forward,
  stop,         // in order
  edit_policy,  // the file, which the next process reads
  make_snapshot,
  damage_snapshot,  // the newest
};
inline constexpr std::size_t kTroubles = static_cast<std::size_t>(Trouble::damage_snapshot) + 1;

struct Options {
  std::array<int, kActs> acts{};  // weights
  std::array<int, kTroubles> troubles{};
  // Percent of messages.
  int lost = 0, duplicated = 0;
  Duration delay_max;         // of a message
  Duration between_acts;      // at most
  Duration between_troubles;  // at most
  int stalls_per_mille = 0;   // of clock readings
  int waits_percent = 0;      // of holds
  int keyless_percent = 0;
  int gateway_percent = 0;

  static Options random(Rng& rng);
};

template <std::size_t N>
std::size_t draw(Rng& rng, const std::array<int, N>& weights) {
  int total = 0;
  for (const int weight : weights) total += weight;
  std::int64_t at = pick(rng, 0, total - 1);
  for (std::size_t i = 0; i < N; ++i) {
    at -= weights[i];
    if (at < 0) return i;
  }
  return 0;
}

}  // namespace ringfence::sim
