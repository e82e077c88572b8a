// SPDX-License-Identifier: Apache-2.0
// Backup: a copy of a data directory from which a node can go on, made while it is served.
//
//   backup.json   when it was made, how far the record goes, SHA-256 of every file
//   journal.db, audit.db, and the small files beside them: keys, tokens, the policy
//
// What was signed is copied before the journal, so that the copy of the journal holds all of it.
// Left out is what can be made again, or must not be done twice: snapshots and waiting webhooks.
//
// Contract: blocking; effects on disk only. A backup holds the installation's secrets: its folder
// is 0700, its files 0600. Nothing is written over; a copy that failed is left as it is, without
// backup.json, and so is none.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace ringfence::backup {

struct BackupReport {
  std::uint64_t events = 0;
  Digest head{};  // of the last one's line
  Time made;
  std::uint64_t bytes = 0;
};

// Errors: `not_found` (no journal), `conflict` (the folder holds something), `unverifiable` (the
// copy does not hold: the record is damaged), `unavailable`.
Result<BackupReport> make_backup(const std::string& data_dir, const std::string& folder, Time now);

// What the backup's own papers say, every file checked against them, and the record verified.
// Errors: `not_found` (no backup there), `unverifiable` (a file or the record is not what it was),
// `unavailable`.
Result<BackupReport> check_backup(const std::string& folder);

struct RestoreOptions {
  std::string folder;
  std::string data_dir;
  std::string actor;
  std::string rollback;  // why events may be lost for good; empty: they may not
};

// Makes a data directory of a backup, and records that as its next event: before the record is in
// force, so that none is restored unrecorded. One that was cut short is done again. Where events
// after the backup were seen by others, a node refuses to start from it, unless `rollback` said
// why: the signed record then ends here, and another one begins under a new key.
// Errors: as of check_backup; `conflict` (something of a record is there already, or a node runs
// there).
Result<BackupReport> restore_backup(const RestoreOptions& options, Time now);

}  // namespace ringfence::backup
