// SPDX-License-Identifier: Apache-2.0
// FrozenHolds: resolved holds, packed into about 150 bytes each, for whoever asks late: a settle
// that is sent again, one that comes after its deadline, a correction.
//
// Contract: pure, single-threaded, memory only (the record has it all). First in, first out. What
// is in here, and in which order, follows from the events alone: reading changes nothing.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/packed.h"
#include "engine/hold_fact.h"
#include "ledger/holds.h"

namespace ringfence {

class FrozenHolds {
 public:
  struct Oldest {
    HoldId id;
    AccountId account;
    Time resolved_at;
  };

  void add(const Hold& hold, const HoldFact& fact);
  bool contains(HoldId id) const { return where_.contains(id.number); }
  // As it was, but for the fact's run and the hold's slot, which are left alone.
  void read(HoldId id, Hold& hold, HoldFact& fact) const;
  void drop(HoldId id) { where_.erase(id.number); }
  std::size_t size() const { return where_.size(); }
  std::optional<Oldest> oldest();
  void forget_oldest();

  // The oldest first. Loads into an empty one; `holds_of(account)` says whether that account may
  // have any, and is asked once for each hold.
  void save(PackedWriter& out) const;
  void load(PackedReader& in, const std::function<bool(AccountId)>& holds_of);

 private:
  static constexpr std::size_t kChunkBytes = 256 * 1024;
  // An entry is the length of what follows (4 bytes), the hold's number (8) and the rest, packed.
  struct Place {
    std::uint32_t chunk = 0;  // counted from the first there ever was, modulo 2^32
    std::uint32_t offset = 0;
    friend bool operator==(Place, Place) = default;
  };
  const std::string& chunk_of(Place place) const { return chunks_[place.chunk - first_chunk_]; }
  // Where the next entry begins, and the chunk that it goes to the end of.
  std::pair<Place, std::string*> next_place();
  void put(HoldId id, Place place);
  // Steps over what was dropped; false: nothing is left.
  bool seek_oldest();
  void pass_oldest();

  std::deque<std::string> chunks_;
  std::uint32_t first_chunk_ = 0;
  std::uint32_t front_offset_ = 0;  // in the first chunk
  boost::unordered_flat_map<std::uint64_t, Place> where_;
};

}  // namespace ringfence
