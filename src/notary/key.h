// SPDX-License-Identifier: Apache-2.0
// Key: what signs this installation's checkpoints, in `DIR/audit.key`.
//
//   audit.key = base64( seed ) LF        32 random bytes, an Ed25519 seed (RFC 8032)
//
// Contract: blocking; made once, with mode 0600 from the first moment and durable before it is
// used. A file that others than its owner may read or write is refused: its secret must be taken
// as known. The seed is in no error and no log. The key has no name of its own: each log signs and
// verifies under its origin.
#pragma once

#include <memory>
#include <string>

#include "audit/note_ed25519.h"
#include "base/result.h"

namespace ringfence::notary {

inline constexpr const char* kKeyName = "audit.key";

class Key {
 public:
  static bool exists(const std::string& data_dir);
  // Errors: `not_found`, `forbidden` (its mode or its kind), `invalid`, `unavailable`.
  static Result<Key> open(const std::string& data_dir);
  // There must be none yet. Errors: `unavailable`.
  static Result<Key> create(const std::string& data_dir);

  std::shared_ptr<const audit::NoteSigner> signer(const std::string& origin) const;
  audit::Vkey vkey(const std::string& origin) const;
  audit::NoteVerifiers verifiers(const std::string& origin) const;
  // Under which it signs where nobody has named the log: of the key, so that two installations
  // differ, and that it stays when all but the key is made anew.
  std::string own_origin() const { return "ringfence-" + public_hex().substr(0, 8); }
  std::string public_hex() const;

 private:
  explicit Key(Ed25519PrivateKey key) : key_(std::move(key)) {}

  Ed25519PrivateKey key_;
};

}  // namespace ringfence::notary
