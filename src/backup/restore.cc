// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>

#include "backup/backup.h"
#include "backup/copy.h"
#include "backup/files.h"
#include "backup/papers.h"
#include "base/file.h"
#include "evidence/verifier.h"
#include "journal/directory_lock.h"
#include "journal/journal.h"

namespace ringfence::backup {
namespace {

namespace fs = std::filesystem;

std::string staging_of(const RestoreOptions& options) {
  return options.data_dir + "/" + journal::kRestoringFolder;
}

// What signs, and what was signed: with a rollback both end.
bool ends_here(const RestoreOptions& options, const DataFile& file) {
  return !options.rollback.empty() &&
         (file.name == notary::kStoreName || file.name == notary::kKeyName);
}

// As a restore leaves it that was cut short between two renames.
bool is_the_backups(const RestoreOptions& options, const DataFile& file) {
  if (file.name == journal::kFileName || ends_here(options, file)) return false;
  const std::string name = "/" + std::string(file.name);
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(options.data_dir + name, error))) return false;
  const auto there = sha256_of_file(options.data_dir + name);
  const auto wanted = sha256_of_file(options.folder + name);
  return there && wanted && *there == *wanted;
}

// Of this or another record. SQLite lays a log that was left behind over any database of its name.
bool is_in_the_way(const RestoreOptions& options, const std::string& name) {
  const auto* file = std::ranges::find(kDataFiles, name, &DataFile::name);
  if (file != kDataFiles.end()) return !file->may_be_there && !is_the_backups(options, *file);
  return name == "snapshots" || name.ends_with("-wal") || name.ends_with("-shm") ||
         name.ends_with("-journal");
}

Result<void> check_target(const RestoreOptions& options) {
  std::set<std::string> found;
  std::error_code error;
  for (fs::directory_iterator entry(options.data_dir, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (is_in_the_way(options, name)) found.insert(name);
  }
  if (error) return fail(ErrorCode::unavailable, error.message(), options.data_dir);
  if (found.empty()) return {};
  return fail(ErrorCode::conflict,
              fmt::format("there is something of a record already ({}); move it away, or name "
                          "another directory",
                          fmt::join(found, ", ")),
              options.data_dir);
}

// The names of what was copied, the journal's last.
Result<std::vector<std::string>> copy_files(const RestoreOptions& options) {
  std::vector<std::string> names;
  for (const DataFile& file : kDataFiles) {
    const std::string name(file.name);
    const std::string from = options.folder + "/" + name;
    if (ends_here(options, file) || ::access(from.c_str(), F_OK) != 0 ||
        ::access((options.data_dir + "/" + name).c_str(), F_OK) == 0) {
      continue;
    }
    if (auto copied = copy_file(from, staging_of(options) + "/" + name); !copied) {
      return std::unexpected(copied.error());
    }
    names.push_back(name);
  }
  std::ranges::stable_partition(names, [](const auto& name) { return name != journal::kFileName; });
  return names;
}

Result<Time> last_time(const std::string& folder, std::uint64_t seq) {
  auto reader = JournalReader::open(folder);
  if (!reader) return std::unexpected(reader.error());
  const auto last = (*reader)->read(seq - 1, 1);
  if (!last) return std::unexpected(last.error());
  UnitTable units;
  const auto event = decode(last->front().line, units);
  if (!event) return std::unexpected(event.error());
  return event->event.time;
}

Result<void> record_restore(const RestoreOptions& options, const BackupReport& report, Time now) {
  const auto last = last_time(staging_of(options), report.events);
  if (!last) return std::unexpected(last.error());
  auto journal = Journal::open(staging_of(options));
  if (!journal) return std::unexpected(journal.error());
  Event event;
  event.seq = report.events + 1;
  event.time = std::max(now, *last);
  event.body = Restored{report.made, options.actor, options.rollback};
  const auto appended = (*journal)->append(std::span(&event, 1), UnitTable());
  if (!appended) return std::unexpected(appended.error());
  return {};
}

// That the copy holds, by itself, with the restore on record.
Result<void> check_staged(const RestoreOptions& options, const BackupReport& report) {
  const std::string journal = staging_of(options) + "/" + journal::kFileName;
  std::error_code error;
  const auto in_log = fs::file_size(journal + "-wal", error);
  if (!error && in_log != 0) {
    return fail(ErrorCode::unavailable, "its log could not be copied back", journal);
  }
  const auto found = evidence::verify_journal(staging_of(options));
  if (!found) return std::unexpected(found.error());
  if (found->holds() && found->events == report.events + 1) return sync_path(journal);
  return fail(ErrorCode::unverifiable, "the copied record does not hold: " + found->problem,
              journal);
}

Result<std::vector<std::string>> stage(const RestoreOptions& options, const BackupReport& report,
                                       Time now) {
  if (auto made = make_directories(staging_of(options)); !made) {
    return std::unexpected(made.error());
  }
  auto names = copy_files(options);
  if (!names) return names;
  if (auto recorded = record_restore(options, report, now); !recorded) {
    return std::unexpected(recorded.error());
  }
  if (auto holds = check_staged(options, report); !holds) return std::unexpected(holds.error());
  return names;
}

// The journal last, which makes it a data directory, and only when the others are there for good.
Result<void> put_in_place(const RestoreOptions& options, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name == journal::kFileName) {
      if (auto synced = sync_path(options.data_dir); !synced) return synced;
    }
    const std::string path = options.data_dir + "/" + name;
    if (std::rename((staging_of(options) + "/" + name).c_str(), path.c_str()) != 0) {
      return fail(ErrorCode::unavailable, std::string("cannot be renamed: ") + std::strerror(errno),
                  path);
    }
  }
  return sync_path(options.data_dir);
}

Result<void> remove_staging(const RestoreOptions& options) {
  std::error_code error;
  fs::remove_all(staging_of(options), error);
  if (error) return fail(ErrorCode::unavailable, error.message(), staging_of(options));
  return {};
}

// Of a directory that is ours alone.
Result<void> restore_into(const RestoreOptions& options, const BackupReport& report, Time now) {
  if (auto free = check_target(options); !free) return free;
  if (auto gone = remove_staging(options); !gone) return gone;
  const auto names = stage(options, report, now);
  if (!names) {
    static_cast<void>(remove_staging(options));
    return std::unexpected(names.error());
  }
  if (auto done = put_in_place(options, *names); !done) return done;
  static_cast<void>(remove_staging(options));  // nothing rests on it any more
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
  const auto alone = DirectoryLock::take(options.data_dir);
  if (!alone) return std::unexpected(alone.error());
  if (auto done = restore_into(options, *report, now); !done) return std::unexpected(done.error());
  return report;
}

}  // namespace ringfence::backup
