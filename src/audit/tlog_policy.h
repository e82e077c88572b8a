// SPDX-License-Identifier: Apache-2.0
// Tlog policy (c2sp.org/tlog-policy): which logs are trusted, and how many of which witnesses must
// have cosigned a checkpoint of theirs.
//
//   policy  = *( line LF )
//   line    = log / witness / group / quorum / comment / ""       words parted by spaces and tabs
//   log     = "log" vkey [ url ]
//   witness = "witness" name vkey [ url ]
//   group   = "group" name ( "all" / "any" / number ) 1*member    a group or a witness, above it
//   quorum  = "quorum" ( name / "none" )                          exactly one, of what is above it
//   comment = "#" …
//
// Groups and witnesses share one namespace, and each is a member of one group at most, so that a
// witness counts once. A group is met when as many of its members are as it says.
//
// Contract: values; pure. Names are bytes and mean nothing outside the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/note.h"
#include "base/result.h"

namespace ringfence::audit {

inline constexpr std::size_t kTlogPolicyBytesMax = 256 * 1024;
inline constexpr std::size_t kTlogPolicyEntriesMax = 64;  // of each: logs, witnesses, groups
inline constexpr std::string_view kQuorumNone = "none";

struct TrustedLog {
  Vkey vkey;        // its name is the log's origin
  std::string url;  // may be empty
  friend bool operator==(const TrustedLog&, const TrustedLog&) = default;
};

struct TrustedWitness {
  std::string name;
  Vkey vkey;
  std::string url;  // may be empty
  friend bool operator==(const TrustedWitness&, const TrustedWitness&) = default;
};

struct WitnessGroup {
  std::string name;
  std::size_t threshold = 0;  // 1 to all members
  std::vector<std::string> members;
  friend bool operator==(const WitnessGroup&, const WitnessGroup&) = default;
};

struct TlogPolicy {
  std::vector<TrustedLog> logs;
  std::vector<TrustedWitness> witnesses;
  std::vector<WitnessGroup> groups;  // members before those they are in
  std::string quorum = std::string(kQuorumNone);
  friend bool operator==(const TlogPolicy&, const TlogPolicy&) = default;
};

// Errors: `invalid`, `too_large`, by line.
Result<TlogPolicy> parse_tlog_policy(std::string_view text);
std::string format_tlog_policy(const TlogPolicy& policy);

// Of its logs and witnesses, as far as their types are known here; others can only be missing.
NoteVerifiers verifiers_of(const TlogPolicy& policy);

// Whether the quorum is met by the witnesses among these signatures, which must be verified.
bool quorum_met(const TlogPolicy& policy, const std::vector<NoteSignature>& verified);

// A checkpoint that the policy takes: signed by the listed log of its origin (by any whose key is
// among `verified` where no log is listed), and cosigned. Errors: `unverifiable`.
Result<void> check_policy(const TlogPolicy& policy, const SignedCheckpoint& checkpoint);

}  // namespace ringfence::audit
