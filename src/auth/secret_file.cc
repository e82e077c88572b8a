// SPDX-License-Identifier: Apache-2.0
#include "auth/secret_file.h"

#include <sys/stat.h>

#include <cstdlib>
#include <string_view>

#include "base/bytes.h"
#include "base/file.h"
#include "base/random.h"

namespace ringfence::auth {
namespace {

constexpr std::string_view kInstallationPrefix = "inst_";
constexpr std::size_t kInstallationSize = 21;
constexpr std::size_t kDigestKeyBytes = 32;

bool valid_installation(std::string_view id) {
  if (id.size() != kInstallationSize || !id.starts_with(kInstallationPrefix)) return false;
  id.remove_prefix(kInstallationPrefix.size());
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string_view::npos;
}

// systemd hands a service its credentials as root's files, which the service's user may read by an
// access list; their mode then shows the list's bound as the group's right.
bool credential_of_service(const std::string& path, const struct stat& about) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  const auto name = path.find_last_of('/');
  return folder != nullptr && *folder == '/' && name != std::string::npos &&
         std::string_view(path).substr(0, name) == folder && about.st_uid == 0 &&
         (about.st_mode & 037) == 0;
}

}  // namespace

bool owners_alone(const std::string& path, const struct stat& about) {
  return (about.st_mode & 077) == 0 || credential_of_service(path, about);
}

Result<std::string> read_secret_file(const std::string& path) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) == 0) {
    if (!S_ISREG(about.st_mode)) return fail(ErrorCode::forbidden, "must be a plain file", path);
    if (!owners_alone(path, about)) {
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

Result<std::string> digest_key(const std::string& data_dir) {
  const std::string path = data_dir + "/digest.key";
  auto text = read_or_create_secret(
      path, [] { return Result<std::string>(to_base64url(random_bytes(kDigestKeyBytes)) + "\n"); });
  if (!text) return text;
  if (text->ends_with('\n')) text->pop_back();
  auto key = from_base64url(*text);
  wipe(*text);
  if (!key || key->size() != kDigestKeyBytes) return invalid("holds no key of 32 bytes", path);
  return *std::move(key);
}

}  // namespace ringfence::auth
