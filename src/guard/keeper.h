// SPDX-License-Identifier: Apache-2.0
// Keeper: a small process that runs one guard's command and lets nothing of it outlive the answer.
//
// Contract: the daemon starts its own program again as a keeper, with a socket as standard input
// and the guard's environment; so nothing of the daemon is copied but what is handed over. Over the
// socket comes the question, and back goes one letter (Outcome) with what the guard printed; then
// the keeper ends. The guard runs in a session of its own, gains no privileges, dumps no core and
// has no other descriptors. Whatever it started, also what made itself a session, comes back to the
// keeper as its subreaper and is killed before the keeper tells its outcome; a closed socket kills
// all of it too.
// Limitations: a guard runs as the daemon's user: one that kills its keeper leaves what it started.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ringfence::guard {

// The first argument that makes the program a keeper.
inline constexpr std::string_view kKeeperWord = "guard-keeper";
inline constexpr std::size_t kProcessesMax = 64;  // of one guard

enum class Outcome : char {
  answered = 'a',   // it ended with 0; what it printed follows
  unstarted = 's',  // no such program, or it cannot be run
  failed = 'e',     // another exit code
  killed = 'k',     // a signal that is not ours
  late = 't',
  flooded = 'f',  // more than kAnswerBytesMax
  crowded = 'p',  // more than kProcessesMax
};

// `words`: milliseconds, bytes of the question, then the command. Returns the exit code.
int keep_guard(std::span<char* const> words);

}  // namespace ringfence::guard
