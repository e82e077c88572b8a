// SPDX-License-Identifier: Apache-2.0
#include "backup/copy.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/file.h"
#include "journal/sqlite.h"

namespace ringfence::backup {
namespace {

std::unexpected<Error> failed(const std::string& what, const std::string& path) {
  return fail(ErrorCode::unavailable, what + ": " + std::strerror(errno), path);
}

Result<Descriptor> create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0) return Descriptor(fd);
  if (errno == EEXIST) return fail(ErrorCode::conflict, "there is such a file already", path);
  return failed("cannot be made", path);
}

}  // namespace

Result<void> copy_database(const std::string& from, const std::string& to) {
  auto source = sqlite::Connection::open(from, SQLITE_OPEN_READONLY);
  if (!source) return std::unexpected(source.error());
  if (auto made = create(to); !made) return std::unexpected(made.error());
  {
    auto target = sqlite::Connection::open(to, SQLITE_OPEN_READWRITE);
    if (!target) return std::unexpected(target.error());
    sqlite3_backup* copy = sqlite3_backup_init(target->handle(), "main", source->handle(), "main");
    if (copy == nullptr) return target->error();
    // All of it in one step, and so as of one moment: between steps a writer would start it over.
    const int code = sqlite3_backup_step(copy, -1);
    sqlite3_backup_finish(copy);
    if (code != SQLITE_DONE) return target->error();
  }
  return sync_path(to);
}

Result<void> copy_file(const std::string& from, const std::string& to) {
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (source.get() < 0) {
    if (errno == ENOENT) return fail(ErrorCode::not_found, "there is no such file", from);
    return failed("cannot be read", from);
  }
  auto target = create(to);
  if (!target) return std::unexpected(target.error());
  for (;;) {
    const ssize_t copied = ::sendfile(target->get(), source.get(), nullptr, std::size_t{1} << 24);
    if (copied == 0) break;
    if (copied < 0) return failed("cannot be copied", to);
  }
  return sync_path(to);
}

}  // namespace ringfence::backup
