// SPDX-License-Identifier: Apache-2.0
// Line bounds: how long an event's line may be, and what keeps every one below that.
//
// Contract: an entry bundle of the signed record states an entry's length in 16 bits (tlog-tiles),
// so a line of more than kLineBytesMax could be proved to nobody. Texts are bounded where they are
// read (1 KiB of a reason, 1 KiB of an operation); what is bounded here is how many of them may
// stand in one line. The bounds of one type together leave room for its other members, also when
// every character is escaped: line_bounds_test.cc writes the longest line of each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/bundle.h"

namespace ringfence {

inline constexpr std::size_t kLineBytesMax = audit::kEntryBytesMax;

// Of one hold: its operations, all of them as JSON texts, and the walls that it touches.
inline constexpr std::size_t kHoldOperationsBytesMax = std::size_t{16} << 10;
inline constexpr std::size_t kHoldWallsMax = 512;
inline constexpr std::size_t kWouldRefuseMax = 64;  // told; the walls are all counted
// What asks for one approval: rules, walls and approvers, as JSON texts.
inline constexpr std::size_t kAskingBytesMax = std::size_t{24} << 10;
inline constexpr std::size_t kRunOperationsBytesMax = std::size_t{24} << 10;  // of a run, likewise
inline constexpr std::size_t kMeterHoldsMax = 1'000;                  // taken in by one line
inline constexpr std::size_t kSentenceBytesMax = 2'000;               // of a refusal, in the record
inline constexpr std::size_t kPolicyTextMax = std::size_t{32} << 10;  // in one line

// How many bytes a line spends on these as JSON texts, with what parts them.
std::size_t line_bytes(std::span<const std::string> texts);

// The document in pieces that a line holds: one, when it fits as it is. Pieces are whole
// characters.
std::vector<std::string_view> policy_pieces(std::string_view document);

// The beginning of a text that has at most `bytes_max` bytes, in whole characters.
std::string_view clipped(std::string_view text, std::size_t bytes_max);

}  // namespace ringfence
