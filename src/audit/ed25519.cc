// SPDX-License-Identifier: Apache-2.0
#include "audit/ed25519.h"

#include <openssl/evp.h>

#include "base/ensure.h"

namespace ringfence::audit {
namespace {

using SignContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Result<Ed25519PrivateKey> Ed25519PrivateKey::from_seed(std::string_view seed) {
  if (seed.size() != kEd25519SeedBytes) return invalid("an Ed25519 seed is 32 bytes");
  Ed25519PrivateKey key;
  key.key_.reset(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size()),
      &EVP_PKEY_free);
  key.public_key_.resize(kEd25519KeyBytes);
  std::size_t size = key.public_key_.size();
  RF_ENSURE(key.key_ != nullptr &&
                EVP_PKEY_get_raw_public_key(
                    key.key_.get(), reinterpret_cast<unsigned char*>(key.public_key_.data()),
                    &size) == 1 &&
                size == kEd25519KeyBytes,
            "every seed has its key");
  return key;
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

Result<Ed25519PublicKey> Ed25519PublicKey::from_bytes(std::string_view bytes) {
  if (bytes.size() != kEd25519KeyBytes) return invalid("an Ed25519 key is 32 bytes");
  Ed25519PublicKey key;
  key.key_.reset(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size()),
      &EVP_PKEY_free);
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

}  // namespace ringfence::audit
