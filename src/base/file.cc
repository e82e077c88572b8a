// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/descriptor.h"

namespace ringfence {
namespace {

std::unexpected<Error> system_error(const std::string& what, const std::string& path) {
  const int error = errno;
  return fail(error == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
              what + ": " + std::strerror(error), path);
}

constexpr std::size_t kSyncEvery = std::size_t{8} << 20;

bool write_whole(int fd, std::string_view content) {
  std::size_t unsynced = 0;
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), std::min(content.size(), kSyncEvery));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
    unsynced += static_cast<std::size_t>(written);
    if (unsynced < kSyncEvery) continue;
    if (::fdatasync(fd) != 0) return false;
    unsynced = 0;
  }
  return true;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  auto content = read_file_start(path, bytes_max + 1);
  if (content && content->size() > bytes_max) {
    return fail(ErrorCode::too_large, "larger than " + std::to_string(bytes_max) + " bytes", path);
  }
  return content;
}

Result<std::string> read_file_start(const std::string& path, std::size_t bytes) {
  constexpr std::size_t kChunk = 16'384;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return system_error("cannot open", path);
  struct stat status{};
  const bool sized = ::fstat(file.get(), &status) == 0 && status.st_size > 0;
  // What states no size, as in /proc, may well have some.
  const std::size_t expected = sized ? static_cast<std::size_t>(status.st_size) + 1 : kChunk;
  std::string content(std::min(bytes, expected), '\0');
  std::size_t used = 0;
  while (used < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", path);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used == content.size()) content.resize(std::min(bytes, 2 * content.size()));
  }
  content.resize(used);
  return content;
}

Result<Digest> sha256_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::not_found, "there is no such file", path);
  Sha256 hash;
  std::string bytes(std::size_t{1} << 20, '\0');
  while (file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())), file.gcount() > 0) {
    hash.add(std::string_view(bytes).substr(0, static_cast<std::size_t>(file.gcount())));
  }
  if (file.bad()) return fail(ErrorCode::unavailable, "cannot be read", path);
  return hash.finish();
}

Result<void> write_file_atomic(const std::string& path, std::string_view content, mode_t mode) {
  return write_file_atomic(path, std::span(&content, 1), mode);
}

Result<void> write_file_atomic(const std::string& path, std::span<const std::string_view> pieces,
                               mode_t mode) {
  std::string temporary = path + ".XXXXXX";
  {
    const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
    if (!file.ok()) return system_error("cannot create a file beside", path);
    const auto write = [&file](std::string_view piece) { return write_whole(file.get(), piece); };
    if (::fchmod(file.get(), mode) != 0 || !std::ranges::all_of(pieces, write) ||
        ::fsync(file.get()) != 0) {
      auto error = system_error("cannot write", path);
      ::unlink(temporary.c_str());
      return error;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = system_error("cannot rename to", path);
    ::unlink(temporary.c_str());
    return error;
  }
  return sync_path(folder_of(path));
}

Result<void> sync_path(const std::string& path) {
  const Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened.ok() || ::fsync(opened.get()) != 0) return system_error("cannot sync", path);
  return {};
}

Result<void> make_directories(const std::string& path) {
  for (std::size_t slash = 0; slash != std::string::npos;) {
    slash = path.find('/', slash + 1);
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      return system_error("cannot create the folder", part);
    }
  }
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return system_error("cannot open the folder", path);
  if (!S_ISDIR(status.st_mode)) return fail(ErrorCode::unavailable, "is not a folder", path);
  return {};
}

}  // namespace ringfence
