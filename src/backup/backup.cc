// SPDX-License-Identifier: Apache-2.0
#include "backup/backup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string_view>

#include "backup/copy.h"
#include "backup/files.h"
#include "backup/papers.h"
#include "base/file.h"
#include "evidence/verifier.h"

namespace ringfence::backup {

Result<BackupReport> make_backup(const std::string& data_dir, const std::string& folder, Time now) {
  if (auto made = make_directories(folder); !made) return std::unexpected(made.error());
  std::error_code error;
  if (!std::filesystem::is_empty(folder, error) || error) {
    return fail(ErrorCode::conflict, "there is something in it; name a new folder", folder);
  }
  ::chmod(folder.c_str(), 0700);
  Papers papers;
  papers.report.made = now;
  for (const DataFile& file : kDataFiles) {
    const std::string name(file.name);
    const std::string from = data_dir + "/" + name;
    if (::access(from.c_str(), F_OK) != 0 && !file.required) continue;
    const std::string to = folder + "/" + name;
    if (auto done = file.database ? copy_database(from, to) : copy_file(from, to); !done) {
      return std::unexpected(done.error());
    }
    auto digest = sha256_of_file(to);
    if (!digest) return std::unexpected(digest.error());
    papers.sha256.emplace(name, to_hex(*digest));
    papers.report.bytes += std::filesystem::file_size(to, error);
  }
  const auto found = evidence::verify_journal(folder);
  if (!found) return std::unexpected(found.error());
  if (!found->holds()) {
    return fail(ErrorCode::unverifiable,
                "the record is damaged, and so is its copy: " + found->problem, folder);
  }
  papers.report.events = found->events;
  papers.report.head = found->last;
  if (auto written = write_papers(folder, papers); !written) {
    return std::unexpected(written.error());
  }
  if (auto synced = sync_path(folder); !synced) return std::unexpected(synced.error());
  return papers.report;
}

Result<BackupReport> check_backup(const std::string& folder) {
  const auto papers = read_papers(folder);
  if (!papers) return std::unexpected(papers.error());
  for (const DataFile& file : kDataFiles) {
    const std::string name(file.name);
    const std::string path = folder + "/" + name;
    const auto said = papers->sha256.find(name);
    if (said == papers->sha256.end()) {
      if (!file.required) continue;
      return fail(ErrorCode::unverifiable, "the backup has no " + name, folder);
    }
    const auto digest = sha256_of_file(path);
    if (!digest) return std::unexpected(digest.error());
    if (to_hex(*digest) != said->second) {
      return fail(ErrorCode::unverifiable, "it is not the file that was backed up", path);
    }
  }
  return papers->report;
}

}  // namespace ringfence::backup
