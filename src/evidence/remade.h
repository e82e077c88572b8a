// SPDX-License-Identifier: Apache-2.0
// Remade: what the exporter makes of the lines, made of them once more.
//
// Contract: blocking. An export's files that say the same in other formats are read along and must
// be what this version of Ringfence makes of the lines, byte for byte: nobody has signed them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "audit/merkle.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "evidence/compliance.h"

namespace ringfence::evidence {

struct RemakeOptions {
  std::string folder;
  bool csv = false, ocsf = false;  // they are there
  std::string product_version;     // as the OCSF events have it
  std::set<std::uint64_t> leaves;  // of these events
};

struct Remade {
  std::string problem;                    // empty: they are what the lines make
  std::map<std::string, Digest> digests;  // of events.jsonl and those two
  TypeCounts counts;
  std::set<std::string> policies;  // SHA-256 of those that were adopted
  std::map<std::uint64_t, audit::Hash> leaves;
  Time first, last;
};

// Of events.jsonl, whose lines must have been verified. Errors: those of lines_of_file.
Result<Remade> remake(const RemakeOptions& options);

}  // namespace ringfence::evidence
