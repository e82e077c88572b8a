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

#include "base/ed25519.h"
#include "base/result.h"

namespace ringfence::auth {

class RunKey {
 public:
  static std::shared_ptr<const RunKey> generate();
  // Errors: `invalid` (no Ed25519 private key in PEM).
  static Result<std::shared_ptr<const RunKey>> from_pem(std::string_view pem);
  // Reads or creates `DIR/run.key`. Errors as secret_file.h and from_pem.
  static Result<std::shared_ptr<const RunKey>> open(const std::string& data_dir);

  explicit RunKey(Ed25519PrivateKey key);

  std::string sign(std::string_view message) const { return key_.sign(message); }
  bool verify(std::string_view message, std::string_view signature) const {
    return public_.verify(message, signature);
  }

  // Names the key in a credential's header: the first 128 bits of SHA-256 of its public part, hex.
  const std::string& id() const { return id_; }
  const std::string& public_bytes() const { return key_.public_key(); }  // 32
  std::string to_pem() const { return key_.to_pem(); }                   // secret

 private:
  Ed25519PrivateKey key_;
  Ed25519PublicKey public_;
  std::string id_;
};

}  // namespace ringfence::auth
