// SPDX-License-Identifier: Apache-2.0
#include "auth/run_key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "auth/secret_file.h"
#include "base/bytes.h"
#include "base/ensure.h"

namespace ringfence::auth {
namespace {

constexpr std::size_t kPublicBytes = 32;
constexpr std::size_t kIdHexDigits = 32;

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

RunKey::RunKey(evp_pkey_st* key) : key_(key) {
  const Digest digest = sha256(public_bytes());
  id_ = to_hex(digest).substr(0, kIdHexDigits);
}

RunKey::~RunKey() { EVP_PKEY_free(key_); }

Result<std::shared_ptr<const RunKey>> RunKey::generate() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (key == nullptr) return fail(ErrorCode::internal, "no Ed25519 key could be made");
  return std::make_shared<const RunKey>(key);
}

Result<std::shared_ptr<const RunKey>> RunKey::from_pem(std::string_view pem) {
  const Bio source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  // Never asks a terminal for a passphrase.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  EVP_PKEY* key = PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, nullptr);
  if (key == nullptr) return invalid("holds no private key in PEM");
  if (EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
    EVP_PKEY_free(key);
    return invalid("holds a key of another kind than Ed25519");
  }
  return std::make_shared<const RunKey>(key);
}

Result<std::shared_ptr<const RunKey>> RunKey::open(const std::string& data_dir) {
  const std::string path = data_dir + "/run.key";
  auto pem = read_or_create_secret(path, []() -> Result<std::string> {
    const auto made = generate();
    if (!made) return std::unexpected(made.error());
    return (*made)->to_pem();
  });
  if (!pem) return std::unexpected(pem.error());
  auto key = from_pem(*pem);
  wipe(*pem);
  if (!key) key.error().where = path;
  return key;
}

std::string RunKey::sign(std::string_view message) const {
  const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  const bool done =
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes_of(message), message.size()) == 1;
  RF_ENSURE(done && size == kSignatureBytes, "an Ed25519 signature is always possible");
  return signature;
}

bool RunKey::verify(std::string_view message, std::string_view signature) const {
  if (signature.size() != kSignatureBytes) return false;
  const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

std::string RunKey::public_bytes() const {
  std::string bytes(kPublicBytes, '\0');
  std::size_t size = bytes.size();
  const int done =
      EVP_PKEY_get_raw_public_key(key_, reinterpret_cast<unsigned char*>(bytes.data()), &size);
  RF_ENSURE(done == 1 && size == kPublicBytes, "an Ed25519 key has a public part of 32 bytes");
  return bytes;
}

std::string RunKey::to_pem() const {
  const Bio sink(BIO_new(BIO_s_secmem()), &BIO_free);
  const int done =
      PEM_write_bio_PKCS8PrivateKey(sink.get(), key_, nullptr, nullptr, 0, nullptr, nullptr);
  RF_ENSURE(done == 1, "a private key can be written as PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(sink.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace ringfence::auth
