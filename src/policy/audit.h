// SPDX-License-Identifier: Apache-2.0
// Reads the `audit` section: how the record is signed, and who keeps its checkpoints besides.
//
// Contract: immutable after reading. A log's name (its origin, as tlog-checkpoint has it) has no
// blanks and no "+"; a witness is named by where it answers and by its key, as it publishes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/reader.h"

namespace ringfence {

inline constexpr std::size_t kWitnessesMax = 32;

struct AuditWitness {
  std::string url;   // http(s)://host[:port][/path], no query
  std::string vkey;  // name+hash+key, of one that cosigns
  bool allow_private = false;
};

struct AuditRule {
  std::string origin;  // empty: the installation's own
  std::string anchor;  // the absolute path that each checkpoint is written to; empty: none
  std::vector<AuditWitness> witnesses;
  std::int64_t quorum = 0;  // of them; all of them, where it is not stated
  bool public_entries = false;
  std::optional<Duration> keep_payloads;  // none: for good
};

// Beside Policy: no decision asks for it.
const AuditRule& audit_of(const Policy& policy);

AuditRule read_audit(Problems& problems, YamlNode section);

}  // namespace ringfence
