// SPDX-License-Identifier: Apache-2.0
#include "base/ed25519.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/ensure.h"

namespace ringfence {
namespace {

using SignContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }

}  // namespace

Ed25519PrivateKey::Ed25519PrivateKey(std::shared_ptr<evp_pkey_st> key)
    : key_(std::move(key)), public_key_(kEd25519KeyBytes, '\0') {
  std::size_t size = public_key_.size();
  RF_ENSURE(key_ != nullptr &&
                EVP_PKEY_get_raw_public_key(
                    key_.get(), reinterpret_cast<unsigned char*>(public_key_.data()), &size) == 1 &&
                size == kEd25519KeyBytes,
            "every private key has its public one");
}

Ed25519PrivateKey Ed25519PrivateKey::generate() {
  return Ed25519PrivateKey(owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::from_seed(std::string_view seed) {
  if (seed.size() != kEd25519SeedBytes) return invalid("an Ed25519 seed is 32 bytes");
  return Ed25519PrivateKey(
      owned(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size())));
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::from_pem(std::string_view pem) {
  const Bio source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  // Never asks a terminal for a passphrase.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  auto key = owned(PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr) return invalid("holds no private key in PEM");
  if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    return invalid("holds a key of another kind than Ed25519");
  }
  return Ed25519PrivateKey(std::move(key));
}

std::string Ed25519PrivateKey::sign(std::string_view message) const {
  const SignContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  const bool done =
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes_of(message), message.size()) == 1;
  RF_ENSURE(done && size == kEd25519SignatureBytes, "signing is always possible");
  return signature;
}

std::string Ed25519PrivateKey::to_pem() const {
  const Bio sink(BIO_new(BIO_s_secmem()), &BIO_free);
  const int done =
      PEM_write_bio_PKCS8PrivateKey(sink.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  RF_ENSURE(done == 1, "a private key can be written as PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(sink.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Result<Ed25519PublicKey> Ed25519PublicKey::from_bytes(std::string_view bytes) {
  if (bytes.size() != kEd25519KeyBytes) return invalid("an Ed25519 key is 32 bytes");
  Ed25519PublicKey key;
  key.key_ =
      owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size()));
  if (key.key_ == nullptr) return invalid("these 32 bytes are no Ed25519 key");
  return key;
}

bool Ed25519PublicKey::verify(std::string_view message, std::string_view signature) const {
  if (signature.size() != kEd25519SignatureBytes) return false;
  const SignContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

}  // namespace ringfence
