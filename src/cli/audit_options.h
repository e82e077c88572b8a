// SPDX-License-Identifier: Apache-2.0
// What the command line says to the tools for the record (docs/audit.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/options.h"

namespace ringfence {

struct AuditVerifyOptions {
  std::string data;
  std::string file;                      // an exported record, or events; empty: that of `data`
  std::vector<std::string> checkpoints;  // files, held elsewhere
  std::vector<std::string> vkeys;        // the log's, and witnesses'
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
struct AuditOptions {
  AuditVerifyOptions verify;
  AuditTailOptions tail;
  AuditLogOptions log;
};

int audit_verify_command(const AuditVerifyOptions& options);
int audit_tail_command(const AuditTailOptions& options);
int audit_checkpoint_command(const AuditLogOptions& options);
int audit_vkey_command(const AuditLogOptions& options);
int audit_prove_command(const AuditLogOptions& options);

}  // namespace ringfence
