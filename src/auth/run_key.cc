// SPDX-License-Identifier: Apache-2.0
#include "auth/run_key.h"

#include "auth/secret_file.h"
#include "base/bytes.h"

namespace ringfence::auth {
namespace {

constexpr std::size_t kIdHexDigits = 32;

}  // namespace

RunKey::RunKey(Ed25519PrivateKey key)
    : key_(std::move(key)),
      public_(Ed25519PublicKey::from_bytes(key_.public_key()).value()),
      id_(to_hex(sha256(key_.public_key())).substr(0, kIdHexDigits)) {}

std::shared_ptr<const RunKey> RunKey::generate() {
  return std::make_shared<const RunKey>(Ed25519PrivateKey::generate());
}

Result<std::shared_ptr<const RunKey>> RunKey::from_pem(std::string_view pem) {
  auto key = Ed25519PrivateKey::from_pem(pem);
  if (!key) return std::unexpected(key.error());
  return std::make_shared<const RunKey>(*std::move(key));
}

Result<std::shared_ptr<const RunKey>> RunKey::open(const std::string& data_dir) {
  const std::string path = data_dir + "/run.key";
  auto pem = read_or_create_secret(
      path, []() -> Result<std::string> { return Ed25519PrivateKey::generate().to_pem(); });
  if (!pem) return std::unexpected(pem.error());
  auto key = from_pem(*pem);
  wipe(*pem);
  if (!key) key.error().where = path;
  return key;
}

}  // namespace ringfence::auth
