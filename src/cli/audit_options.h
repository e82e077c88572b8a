// SPDX-License-Identifier: Apache-2.0
// What the command line says to the tools for the record (docs/audit.md).
#pragma once

#include <string>
#include <vector>

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
struct AuditOptions {
  AuditVerifyOptions verify;
  AuditTailOptions tail;
};

int audit_verify_command(const AuditVerifyOptions& options);
int audit_tail_command(const AuditTailOptions& options);

}  // namespace ringfence
