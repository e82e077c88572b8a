// SPDX-License-Identifier: Apache-2.0
#include "backup/copy.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "journal/sqlite.h"

namespace ringfence::backup {
namespace {

std::unexpected<Error> failed(const std::string& what, const std::string& path) {
  return fail(ErrorCode::unavailable, what + ": " + std::strerror(errno), path);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<Descriptor> create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0) return Descriptor(fd);
  if (errno == EEXIST) return fail(ErrorCode::conflict, "there is such a file already", path);
  return failed("cannot be made", path);
}

Result<void> sync_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0) return failed("cannot be synced", path);
  return {};
}

}  // namespace

Result<void> sync_folder(const std::string& path) { return sync_file(path); }

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
  return sync_file(to);
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
  if (::fsync(target->get()) != 0) return failed("cannot be synced", to);
  return {};
}

}  // namespace ringfence::backup
