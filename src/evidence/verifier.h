// SPDX-License-Identifier: Apache-2.0
// Verifier: whether a record is whole, and the one that others once saw.
//
// From the lines alone it finds what was edited, inserted, removed or reordered, and lines that are
// no events: each line names the hash of the one before. A record that was cut off, or written anew
// from some event on, is sound in itself: only a tree head that somebody else kept tells it from
// the true one.
//
// Contract: pure but for its threads: lines are hashed and decoded on all cores, and linked in
// order. The first event that cannot be believed is told, with why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/merkle.h"
#include "base/bytes.h"
#include "base/result.h"
#include "evidence/lines.h"

namespace ringfence::evidence {

// That an event is in a tree.
struct HeldEntry {
  std::uint64_t index = 0;  // from 0
  audit::Proof inclusion;
};

// A head that the record must agree with.
struct HeldHead {
  audit::TreeHead head;
  std::string source;                // "checkpoint FILE", for people
  bool elsewhere = false;            // kept by others than who keeps the record
  std::optional<HeldEntry> entry{};  // of a receipt: the record's event there must be the one
};

struct Verification {
  std::uint64_t events = 0;     // that are sound
  Digest last{};                // hash of the last of them
  audit::TreeHead tree;         // over them
  std::uint64_t first_bad = 0;  // 0: none
  std::string problem;          // empty: the record holds
  std::vector<HeldHead> agreed;

  bool holds() const { return problem.empty(); }
  // The largest head of others that the record agrees with; 0: self-consistent only.
  std::uint64_t anchored_at() const;
};

// Errors: those of `lines`. An empty record does not hold: one begins with the start of its node.
Result<Verification> verify(Lines& lines, std::vector<HeldHead> held);
// Of a data directory, live or not, by itself.
Result<Verification> verify_journal(const std::string& data_dir);

}  // namespace ringfence::evidence
