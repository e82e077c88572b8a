// SPDX-License-Identifier: Apache-2.0
// RunKey: the Ed25519 key that signs run credentials (RFC 8032).
//
// Contract: immutable once made; signing and verifying are thread-safe. Kept as PKCS#8 PEM (RFC
// 7468, RFC 8410) in `DIR/run.key`, mode 0600, so that other tools can read it. The private part
// never leaves the object but into that file.
// Limitations: one key per installation; replacing the file ends all credentials at once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace ringfence::auth {

inline constexpr std::size_t kSignatureBytes = 64;

class RunKey {
 public:
  static Result<std::shared_ptr<const RunKey>> generate();
  // Errors: `invalid` (no Ed25519 private key in PEM).
  static Result<std::shared_ptr<const RunKey>> from_pem(std::string_view pem);
  // Reads or creates `DIR/run.key`. Errors as secret_file.h and from_pem.
  static Result<std::shared_ptr<const RunKey>> open(const std::string& data_dir);

  explicit RunKey(evp_pkey_st* key);
  ~RunKey();
  RunKey(const RunKey&) = delete;
  RunKey& operator=(const RunKey&) = delete;

  std::string sign(std::string_view message) const;
  bool verify(std::string_view message, std::string_view signature) const;

  // Names the key in a credential's header: the first 128 bits of SHA-256 of its public part, hex.
  const std::string& id() const { return id_; }
  std::string public_bytes() const;  // 32
  std::string to_pem() const;        // secret

 private:
  evp_pkey_st* key_;
  std::string id_;
};

}  // namespace ringfence::auth
