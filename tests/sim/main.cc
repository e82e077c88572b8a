// SPDX-License-Identifier: Apache-2.0
// The simulation: many histories of a whole node, none of which may fail; then the same with a bug
// in the node, one bug after the other, each of which must make a history fail.
//
//   sim [--seeds N] [--from N] [--bug-seeds N]   so many histories from a seed on (default 1,000
//                                                from 1), and those that failed once; so many to
//                                                find a bug in (default 300)
//   sim --seed N [--bug NAME]                    this history alone
//
// A seed that fails is printed with the commit and the line that runs it again, and is kept in
// tests/sim/seeds.txt. The last line is `histories H, crashes C, torn syncs T, injected bugs found
// B/5`; exit 1 when a history failed, when a bug was not found, or when any of these is 0.
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/build_info.h"
#include "base/inject.h"
#include "base/log.h"
#include "tests/sim/history.h"

namespace ringfence::sim {
namespace {

constexpr const char* kSeedsFile = "tests/sim/seeds.txt";
constexpr int kFailuresShown = 5;
constexpr int kExitUsage = 2;

struct Choice {
  std::uint64_t from = 1, seeds = 1'000, bug_seeds = 300;
  std::optional<std::uint64_t> only;
  InjectedBug bug = InjectedBug::none;
};

struct Totals {
  std::uint64_t histories = 0, events = 0, answers = 0, crashes = 0, torn_syncs = 0, faults = 0,
                from_snapshots = 0;
  int failures = 0;
};

// A broken invariant ends the process; what is known of it then is the seed.
volatile std::uint64_t seed_at_work = 0;

void say_which(int) {
  char text[64];
  const int size = std::snprintf(text, sizeof text, "seed %llu: aborted\n",
                                 static_cast<unsigned long long>(seed_at_work));
  if (size > 0) [[maybe_unused]]
    const ssize_t written = ::write(STDOUT_FILENO, text, static_cast<std::size_t>(size));
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

std::string run(std::uint64_t seed, Totals& totals) {
  seed_at_work = seed;
  History history(seed);
  std::string failure = history.run();
  ++totals.histories;
  totals.events += history.events();
  totals.answers += history.answers();
  totals.crashes += history.disk().kills + history.disk().power_losses;
  totals.torn_syncs += history.disk().torn_syncs;
  totals.faults += history.disk().faults;
  totals.from_snapshots += history.from_snapshots();
  return failure;
}

Totals run_clean(const Choice& choice) {
  std::set<std::uint64_t> seeds;
  if (choice.only) {
    seeds = {*choice.only};
  } else {
    seeds = kept_seeds();
    for (std::uint64_t i = 0; i < choice.seeds; ++i) seeds.insert(choice.from + i);
  }
  Totals totals;
  for (const std::uint64_t seed : seeds) {
    const std::string failure = run(seed, totals);
    if (failure.empty()) continue;
    ++totals.failures;
    fmt::print("seed {} at commit {}: {}\nagain: build/release/sim --seed {}\n", seed,
               build_info().commit, failure, seed);
    if (injected_bug == InjectedBug::none && !choice.only) keep(seed);
    if (totals.failures == kFailuresShown) break;
  }
  return totals;
}

// In a process of its own, as a bug may also break an invariant, which aborts.
bool finds(InjectedBug bug, std::string_view name, const Choice& choice) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child < 0) return false;
  if (child == 0) {
    injected_bug = bug;
    Totals totals;
    for (std::uint64_t i = 0; i < choice.bug_seeds; ++i) {
      const std::string failure = run(choice.from + i, totals);
      if (failure.empty()) continue;
      fmt::print("{}: found by seed {}: {}\n", name, choice.from + i,
                 failure.substr(0, failure.find('\n')));
      std::fflush(stdout);
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return false;
  const bool found = status != 0;
  if (!found) fmt::print("{}: not found in {} histories\n", name, choice.bug_seeds);
  return found;
}

bool read_choice(int argc, char** argv, Choice& choice) {
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) return false;
    const std::string_view option = argv[i];
    const std::uint64_t number = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--seeds") {
      choice.seeds = number;
    } else if (option == "--from") {
      choice.from = number;
    } else if (option == "--bug-seeds") {
      choice.bug_seeds = number;
    } else if (option == "--seed") {
      choice.only = number;
    } else if (option == "--bug") {
      for (const auto& [bug, name] : kInjectedBugs) {
        if (name == argv[i + 1]) choice.bug = bug;
      }
      if (choice.bug == InjectedBug::none) return false;
    } else {
      return false;
    }
  }
  return true;
}

int simulate(const Choice& choice) {
  injected_bug = choice.bug;
  const Totals totals = run_clean(choice);
  if (choice.only) {
    fmt::print("{} events, {} answers, {} crashes, {} torn syncs, {} disk faults\n", totals.events,
               totals.answers, totals.crashes, totals.torn_syncs, totals.faults);
    return totals.failures > 0 ? 1 : 0;
  }
  std::size_t found = 0;
  for (const auto& [bug, name] : kInjectedBugs) found += finds(bug, name, choice) ? 1 : 0;
  fmt::print("{} events, {} answers heard, {} disk faults, {} starts from a snapshot\n",
             totals.events, totals.answers, totals.faults, totals.from_snapshots);
  fmt::print("histories {}, crashes {}, torn syncs {}, injected bugs found {}/{}\n",
             totals.histories, totals.crashes, totals.torn_syncs, found, std::size(kInjectedBugs));
  const bool all = totals.histories > 0 && totals.crashes > 0 && totals.torn_syncs > 0 &&
                   totals.from_snapshots > 0 && found == std::size(kInjectedBugs);
  return totals.failures == 0 && all ? 0 : 1;
}

}  // namespace
}  // namespace ringfence::sim

int main(int argc, char** argv) {
  ringfence::sim::Choice choice;
  if (!ringfence::sim::read_choice(argc, argv, choice)) {
    fmt::print(stderr,
               "usage: sim [--seeds N] [--from N] [--bug-seeds N] [--seed N [--bug NAME]]\n");
    return ringfence::sim::kExitUsage;
  }
  ringfence::set_log_level(ringfence::LogLevel::error);  // what is damaged on purpose is no news
  ::signal(SIGABRT, ringfence::sim::say_which);
  return ringfence::sim::simulate(choice);
}
