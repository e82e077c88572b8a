// SPDX-License-Identifier: Apache-2.0
#include "journal/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ringfence {
namespace {

std::string read_pid(int fd) {
  char text[16];
  const ssize_t got = ::pread(fd, text, sizeof text, 0);
  std::string pid(text, got > 0 ? static_cast<std::size_t>(got) : 0);
  pid.resize(std::min(pid.find_first_not_of("0123456789"), pid.size()));
  return pid;
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const std::string& data_dir) {
  const std::string path = data_dir + "/lock";
  DirectoryLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.file_.ok()) {
    return fail(ErrorCode::unavailable,
                std::string("cannot write in the data directory: ") + std::strerror(errno), path);
  }
  if (::flock(lock.file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return fail(ErrorCode::unavailable, std::string("cannot lock: ") + std::strerror(errno),
                  path);
    }
    const std::string pid = read_pid(lock.file_.get());
    return fail(ErrorCode::conflict,
                "another ringfence" + (pid.empty() ? "" : " (pid " + pid + ")") +
                    " has this data directory open; use that one or stop it first",
                data_dir);
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.file_.get(), 0) != 0 ||
      ::pwrite(lock.file_.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return fail(ErrorCode::unavailable, std::string("cannot write: ") + std::strerror(errno), path);
  }
  return lock;
}

}  // namespace ringfence
