// SPDX-License-Identifier: Apache-2.0
// backup, restore.
#include <fmt/format.h>

#include "backup/backup.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/audit_options.h"
#include "cli/exit_code.h"

namespace ringfence {
namespace {

int failed(const Error& error) {
  fmt::print(stderr, "ringfence: {}\n", error.text());
  switch (error.code) {
    case ErrorCode::conflict:
    case ErrorCode::not_found: return kExitUsage;
    case ErrorCode::unverifiable: return kExitFailed;
    default: return kExitUnavailable;
  }
}

void print_json(const backup::BackupReport& report, const std::string& folder) {
  Json json;
  json.set("folder", folder).set("events", static_cast<std::int64_t>(report.events));
  json.set("head", to_hex(report.head)).set("made", format_rfc3339(report.made));
  json.set("bytes", static_cast<std::int64_t>(report.bytes));
  fmt::print("{}\n", json.text());
}

}  // namespace

int backup_command(const BackupOptions& options) {
  const auto report = backup::make_backup(options.data, options.folder, SystemClock::read().wall);
  if (!report) return failed(report.error());
  if (options.json) {
    print_json(*report, options.folder);
  } else {
    fmt::print("{} events, {:.1f} MiB in {}\nhead {}\nit holds this installation's keys\n",
               report->events, static_cast<double>(report->bytes) / (1024.0 * 1024.0),
               options.folder, to_hex(report->head));
  }
  return kExitDone;
}

int restore_command(const RestoreCommandOptions& options) {
  const auto report = backup::restore_backup(
      {options.folder, options.data, "operator", options.rollback}, SystemClock::read().wall);
  if (!report) return failed(report.error());
  if (options.json) {
    print_json(*report, options.data);
    return kExitDone;
  }
  fmt::print("restored {} events of {} in {}\n", report->events, format_rfc3339(report->made),
             options.data);
  if (!options.rollback.empty()) {
    fmt::print(
        "the signed record begins anew: move the anchor's file away, tell whoever holds its key, "
        "and give the policy another `audit: {{origin: ...}}`, since witnesses refuse the old one "
        "(docs/backup.md)\n");
  }
  return kExitDone;
}

}  // namespace ringfence
