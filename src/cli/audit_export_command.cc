// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include "base/json.h"
#include "base/version.h"
#include "cli/audit_options.h"
#include "cli/exit_code.h"
#include "evidence/exporter.h"

namespace ringfence {

int audit_export_command(const AuditExportOptions& options) {
  evidence::ExportOptions exporting{options.data, options.folder, std::string(version()), {}};
  const bool watched = ::isatty(STDERR_FILENO) == 1;
  if (watched) {
    exporting.progress = [](std::uint64_t events) { fmt::print(stderr, "\r{} events", events); };
  }
  const auto report = evidence::export_record(exporting);
  if (watched) fmt::print(stderr, "\r\x1b[K");
  if (!report) {
    fmt::print(stderr, "ringfence: {}\n", report.error().text());
    return report.error().code == ErrorCode::conflict ? kExitUsage : kExitUnavailable;
  }
  if (options.json) {
    Json json;
    json.set("folder", report->folder).set("events", static_cast<std::int64_t>(report->events));
    json.set("policies", static_cast<std::int64_t>(report->policies));
    json.set("proofs", static_cast<std::int64_t>(report->proofs));
    json.set("signed", report->is_signed);
    fmt::print("{}\n", json.text());
    return kExitDone;
  }
  fmt::print("{} events, {} policies and {} proofs in {}\n", report->events, report->policies,
             report->proofs, report->folder);
  if (!report->is_signed) fmt::print("nothing was signed in this directory yet\n");
  return kExitDone;
}

}  // namespace ringfence
