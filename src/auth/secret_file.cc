// SPDX-License-Identifier: Apache-2.0
#include "auth/secret_file.h"

#include <sys/stat.h>

#include "base/file.h"
#include "base/random.h"

namespace ringfence::auth {
namespace {

constexpr std::string_view kInstallationPrefix = "inst_";
constexpr std::size_t kInstallationSize = 21;

bool valid_installation(std::string_view id) {
  if (id.size() != kInstallationSize || !id.starts_with(kInstallationPrefix)) return false;
  id.remove_prefix(kInstallationPrefix.size());
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string_view::npos;
}

}  // namespace

Result<std::string> read_secret_file(const std::string& path) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) == 0) {
    if (!S_ISREG(about.st_mode)) return fail(ErrorCode::forbidden, "must be a plain file", path);
    if ((about.st_mode & 077) != 0) {
      return fail(ErrorCode::forbidden,
                  "others than its owner may read or write it: replace the secret, then chmod 600",
                  path);
    }
  }
  return read_file(path, kSecretFileMax);
}

Result<std::string> read_or_create_secret(const std::string& path,
                                          const std::function<Result<std::string>()>& make) {
  auto found = read_secret_file(path);
  if (found || found.error().code != ErrorCode::not_found) return found;
  auto made = make();
  if (!made) return made;
  if (const auto written = write_file_atomic(path, *made, 0600); !written) {
    return std::unexpected(written.error());
  }
  return made;
}

Result<std::string> installation_id(const std::string& data_dir) {
  const std::string path = data_dir + "/installation";
  auto id = read_or_create_secret(
      path, [] { return Result<std::string>(random_id(kInstallationPrefix) + "\n"); });
  if (!id) return id;
  if (id->ends_with('\n')) id->pop_back();
  if (!valid_installation(*id)) return invalid("holds no installation id", path);
  return id;
}

}  // namespace ringfence::auth
