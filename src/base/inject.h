// SPDX-License-Identifier: Apache-2.0
// Bugs that are put in on purpose, to prove that the simulation finds bugs of their kind.
//
// Contract: `RF_BUG(name)` is `false`, and what depends on it is compiled away, unless
// RINGFENCE_INJECT_BUGS is defined; cmake/sim.cmake defines it for the simulation's own copies of
// the files that say RF_BUG, and for nothing else. It may stand in .cc files only: what a header
// has must be the same for all who include it.
#pragma once

#ifdef RINGFENCE_INJECT_BUGS

#include <cstdint>
#include <string_view>
#include <utility>

namespace ringfence {

enum class InjectedBug : std::uint8_t {
  none,
  skip_ancestor,    // one account of the chain is not asked for its budgets
  settle_twice,     // a late settle is charged on top of the charge that it corrects
  expire_on_read,   // who reads a meter ends the holds that are due, and no event says so
  ack_before_sync,  // answers leave before their events are on disk
  forget_hold,      // recovery leaves an open hold out
};

inline constexpr std::pair<InjectedBug, std::string_view> kInjectedBugs[] = {
    {InjectedBug::skip_ancestor, "skip_ancestor"},
    {InjectedBug::settle_twice, "settle_twice"},
    {InjectedBug::expire_on_read, "expire_on_read"},
    {InjectedBug::ack_before_sync, "ack_before_sync"},
    {InjectedBug::forget_hold, "forget_hold"},
};

inline InjectedBug injected_bug = InjectedBug::none;

}  // namespace ringfence

#define RF_BUG(name) (::ringfence::injected_bug == ::ringfence::InjectedBug::name)

#else

#define RF_BUG(name) false

#endif
