// SPDX-License-Identifier: Apache-2.0
#include "notary/key.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/file.h"
#include "base/random.h"

namespace ringfence::notary {
namespace {

constexpr std::size_t kFileBytesMax = 4 * 1024;

std::string path_in(const std::string& data_dir) { return data_dir + "/" + kKeyName; }

Result<void> check_owners_alone(const std::string& path) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0) {
    const auto code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable;
    return fail(code, std::string("cannot be read: ") + std::strerror(errno), path);
  }
  if (!S_ISREG(about.st_mode)) return fail(ErrorCode::forbidden, "must be a plain file", path);
  if ((about.st_mode & 077) == 0) return {};
  return fail(ErrorCode::forbidden,
              "others than its owner may read or write it, so that what it signs proves little: "
              "see docs/audit.md, A new key; or chmod 600 where nobody has read it",
              path);
}

}  // namespace

bool Key::exists(const std::string& data_dir) {
  struct stat about{};
  return ::lstat(path_in(data_dir).c_str(), &about) == 0;
}

Result<Key> Key::open(const std::string& data_dir) {
  const std::string path = path_in(data_dir);
  if (auto owned = check_owners_alone(path); !owned) return std::unexpected(owned.error());
  auto text = read_file(path, kFileBytesMax);
  if (!text) return std::unexpected(text.error());
  if (text->ends_with('\n')) text->pop_back();
  auto seed = from_base64(*text);
  wipe(*text);
  auto key = Ed25519PrivateKey::from_seed(seed ? *seed : std::string_view());
  if (seed) wipe(*seed);
  if (!key) return invalid("holds no key; restore it from a copy", path);
  return Key(*std::move(key));
}

Result<Key> Key::create(const std::string& data_dir) {
  std::string seed = random_bytes(kEd25519SeedBytes);
  std::string text = to_base64(seed) + "\n";
  auto key = Ed25519PrivateKey::from_seed(seed);
  const auto written = write_file_atomic(path_in(data_dir), text, 0600);
  wipe(seed);
  wipe(text);
  if (!written) return std::unexpected(written.error());
  if (!key) return std::unexpected(key.error());
  return Key(*std::move(key));
}

std::shared_ptr<const audit::NoteSigner> Key::signer(const std::string& origin) const {
  return std::make_shared<audit::Ed25519Signer>(origin, key_);
}

audit::Vkey Key::vkey(const std::string& origin) const {
  return audit::make_vkey(origin, audit::KeyType::ed25519, key_.public_key());
}

audit::NoteVerifiers Key::verifiers(const std::string& origin) const {
  auto verifier = audit::ed25519_verifier(vkey(origin));
  RF_ENSURE(verifier.has_value(), "a key verifies what it signs");
  return {*std::move(verifier)};
}

std::string Key::public_hex() const {
  const std::string& bytes = key_.public_key();
  return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace ringfence::notary
