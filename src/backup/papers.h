// SPDX-License-Identifier: Apache-2.0
// Papers: `backup.json`, what a backup says of itself.
//
//   {"format":"ringfence-backup-1","made":TIME,"ringfence":VERSION,"events":N,"head":HEX,
//    "bytes":N,"sha256":{NAME:HEX,…}}
//
// Contract: blocking reads and writes; strict.
#pragma once

#include <map>
#include <string>

#include "backup/backup.h"

namespace ringfence::backup {

inline constexpr const char* kPapersName = "backup.json";

struct Papers {
  BackupReport report;
  std::map<std::string, std::string> sha256;  // hex, by file name
};

// Durable, and the last file of a backup. Errors: `unavailable`.
Result<void> write_papers(const std::string& folder, const Papers& papers);
// Errors: `not_found` (none there), `unverifiable` (not as above), `unavailable`.
Result<Papers> read_papers(const std::string& folder);

}  // namespace ringfence::backup
