// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "backup/backup.h"
#include "backup/copy.h"
#include "backup/files.h"
#include "backup/papers.h"
#include "base/file.h"
#include "evidence/verifier.h"
#include "journal/journal.h"

namespace ringfence::backup {
namespace {

constexpr std::string_view kUnfinished = ".restoring";

// What signs, and what was signed: with a rollback both end.
bool belongs_to_signed_record(const DataFile& file) {
  return file.name == notary::kStoreName || file.name == notary::kKeyName;
}

Result<void> check_target(const std::string& data_dir) {
  for (const DataFile& file : kDataFiles) {
    const std::string path = data_dir + "/" + std::string(file.name);
    if (file.may_be_there || ::access(path.c_str(), F_OK) != 0) continue;
    return fail(ErrorCode::conflict,
                "there is a data directory already; move it away, or name another", path);
  }
  return {};
}

// All of them under other names first, so that a restore that was cut short is no data directory;
// the journal last, which makes it one.
Result<void> copy_files(const RestoreOptions& options) {
  std::vector<std::string> names;
  for (const DataFile& file : kDataFiles) {
    const std::string name(file.name);
    const std::string from = options.folder + "/" + name;
    const std::string to = options.data_dir + "/" + name;
    const bool ends_here = !options.rollback.empty() && belongs_to_signed_record(file);
    if (ends_here || ::access(from.c_str(), F_OK) != 0 || ::access(to.c_str(), F_OK) == 0) continue;
    const std::string unfinished = to + std::string(kUnfinished);
    ::unlink(unfinished.c_str());
    if (auto copied = copy_file(from, unfinished); !copied) return copied;
    names.push_back(name);
  }
  std::ranges::stable_partition(names, [](const auto& name) { return name != journal::kFileName; });
  for (const std::string& name : names) {
    const std::string path = options.data_dir + "/" + name;
    if (std::rename((path + std::string(kUnfinished)).c_str(), path.c_str()) != 0) {
      return fail(ErrorCode::unavailable, std::string("cannot be renamed: ") + std::strerror(errno),
                  path);
    }
  }
  return sync_path(options.data_dir);
}

Result<Time> last_time(const std::string& data_dir, std::uint64_t seq) {
  auto reader = JournalReader::open(data_dir);
  if (!reader) return std::unexpected(reader.error());
  const auto last = (*reader)->read(seq - 1, 1);
  if (!last) return std::unexpected(last.error());
  UnitTable units;
  const auto event = decode(last->front().line, units);
  if (!event) return std::unexpected(event.error());
  return event->event.time;
}

Result<void> record_restore(const RestoreOptions& options, const BackupReport& report, Time now) {
  const auto last = last_time(options.data_dir, report.events);
  if (!last) return std::unexpected(last.error());
  auto journal = Journal::open(options.data_dir);
  if (!journal) return std::unexpected(journal.error());
  Event event;
  event.seq = report.events + 1;
  event.time = std::max(now, *last);
  event.body = Restored{report.made, options.actor, options.rollback};
  const auto appended = (*journal)->append(std::span(&event, 1), UnitTable());
  if (!appended) return std::unexpected(appended.error());
  return {};
}

}  // namespace

Result<BackupReport> restore_backup(const RestoreOptions& options, Time now) {
  const auto report = check_backup(options.folder);
  if (!report) return report;
  const auto found = evidence::verify_journal(options.folder);
  if (!found) return std::unexpected(found.error());
  if (!found->holds() || found->events != report->events || found->last != report->head) {
    return fail(ErrorCode::unverifiable, "the backup's record does not hold: " + found->problem,
                options.folder);
  }
  if (auto made = make_directories(options.data_dir); !made) return std::unexpected(made.error());
  if (auto free = check_target(options.data_dir); !free) return std::unexpected(free.error());
  if (auto copied = copy_files(options); !copied) return std::unexpected(copied.error());
  if (auto recorded = record_restore(options, *report, now); !recorded) {
    return std::unexpected(recorded.error());
  }
  return report;
}

}  // namespace ringfence::backup
