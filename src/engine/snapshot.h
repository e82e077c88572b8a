// SPDX-License-Identifier: Apache-2.0
// Snapshot: the recorded state of an engine as bytes, so that a replay can begin there.
//
// Contract: made and read by Engine::snapshot and Engine::restore; this is what they and others
// have to agree on. The bytes follow from the record alone: one record gives one snapshot, on every
// machine and from every compiler, whether it was replayed from its first event or from an earlier
// snapshot. They end in the SHA-256 of all before. What was forgotten on purpose is not in them,
// and what a policy says is not either: whoever starts the engine binds it anew.
// Limitations: a snapshot says nothing about who made it. It is believed because it names the line
// of the record that it stands at, and because whoever can write into the data directory can write
// everything else there; the record is what is evidence. A version reads its own snapshots only:
// with another's, a replay begins at the first event.
//
// Grammar: docs/formats.md, with the forms of base/packed.h.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace ringfence {

// Another one for every change of what is written.
inline constexpr std::uint64_t kSnapshotVersion = 1;
inline constexpr std::string_view kSnapshotMagic = "RgSn";

// What it ends in; zeros when it is too short for one.
Digest snapshot_digest(std::string_view bytes);

}  // namespace ringfence
