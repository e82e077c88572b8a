// SPDX-License-Identifier: Apache-2.0
// What the command line says to the tools for the record (docs/audit.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/options.h"

namespace ringfence {

struct AuditVerifyOptions {
  Where where;
  std::string file;                      // an exported record, or events; empty: that of `where`
  std::vector<std::string> checkpoints;  // files, held elsewhere
  std::vector<std::string> receipts;     // likewise
  std::vector<std::string> vkeys;        // the log's, and witnesses'
  std::string policy;       // a file, whose anchor and witnesses are believed; empty: none
  std::int64_t quorum = 1;  // that policy's
  bool require_anchor = false;
  bool json = false;
};
struct AuditTailOptions {
  std::string data;
  long after = -1;  // -1: the last ten
  bool follow = false;
};
struct AuditLogOptions {
  Where where;            // its directory is read, daemon or not, unless an address is given
  std::uint64_t seq = 0;  // prove
  int wait_seconds = 5;   // for a checkpoint that covers it
  std::string out;        // a file; empty: standard output
};
struct AuditExportOptions {
  std::string data;
  std::string folder;
  bool json = false;
};
struct AuditEraseOptions {
  Where where;
  std::string approval;
  std::string before;  // RFC 3339
  std::string reason;
  bool json = false;
};
struct AuditOptions {
  AuditVerifyOptions verify;
  AuditTailOptions tail;
  AuditLogOptions log;
  AuditExportOptions exporting;
  AuditEraseOptions erase;
};
struct BackupOptions {
  std::string data;
  std::string folder;
  bool json = false;
};
struct RestoreCommandOptions {
  std::string data;
  std::string folder;
  std::string rollback;
  bool json = false;
};
struct KeepingOptions {
  BackupOptions backup;
  RestoreCommandOptions restore;
};

int audit_verify_command(const AuditVerifyOptions& options);
int audit_tail_command(const AuditTailOptions& options);
int audit_checkpoint_command(const AuditLogOptions& options);
int audit_vkey_command(const AuditLogOptions& options);
int audit_prove_command(const AuditLogOptions& options);
int audit_export_command(const AuditExportOptions& options);
int audit_erase_command(const AuditEraseOptions& options);
int backup_command(const BackupOptions& options);
int restore_command(const RestoreCommandOptions& options);

}  // namespace ringfence
