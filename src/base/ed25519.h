// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032) through OpenSSL.
//
// Contract: values that share what OpenSSL made of them; thread-safe. Seed and PEM are secrets:
// they are wherever the caller had them, and inside OpenSSL, which overwrites them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;

namespace ringfence {

inline constexpr std::size_t kEd25519SeedBytes = 32;
inline constexpr std::size_t kEd25519KeyBytes = 32;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

class Ed25519PrivateKey {
 public:
  static Ed25519PrivateKey generate();
  // Any 32 bytes are a seed. Errors: `invalid`.
  static Result<Ed25519PrivateKey> from_seed(std::string_view seed);
  // PKCS#8 (RFC 7468, RFC 8410) without a passphrase. Errors: `invalid`.
  static Result<Ed25519PrivateKey> from_pem(std::string_view pem);

  const std::string& public_key() const { return public_key_; }
  std::string sign(std::string_view message) const;
  std::string to_pem() const;

 private:
  explicit Ed25519PrivateKey(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  std::string public_key_;
};

class Ed25519PublicKey {
 public:
  // Errors: `invalid`.
  static Result<Ed25519PublicKey> from_bytes(std::string_view key);
  bool verify(std::string_view message, std::string_view signature) const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace ringfence
