// SPDX-License-Identifier: Apache-2.0
// Ed25519 signatures of notes (type 0x01), and the text form of a key that makes them.
//
//   signer key = "PRIVATE+KEY+" name "+" id "+" base64( type seed )     as Go's sumdb/note has it
//
// Contract: pure and thread-safe. A signer key is a secret: it is never part of an error.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "audit/note.h"
#include "base/ed25519.h"

namespace ringfence::audit {

class Ed25519Signer final : public NoteSigner {
 public:
  // The name must be valid.
  Ed25519Signer(std::string_view name, Ed25519PrivateKey key);
  const Vkey& vkey() const override { return vkey_; }
  std::string sign(std::string_view text) const override { return key_.sign(text); }

 private:
  Ed25519PrivateKey key_;
  Vkey vkey_;
};

class Ed25519Verifier final : public NoteVerifier {
 public:
  Ed25519Verifier(Vkey vkey, Ed25519PublicKey key);
  const Vkey& vkey() const override { return vkey_; }
  bool verify(std::string_view text, std::string_view signature) const override {
    return key_.verify(text, signature);
  }

 private:
  Vkey vkey_;
  Ed25519PublicKey key_;
};

// Errors: `invalid` (another type, not 32 bytes).
Result<std::shared_ptr<const NoteVerifier>> ed25519_verifier(const Vkey& vkey);

// The caller wipes the text.
std::string format_signer_key(std::string_view name, std::string_view seed);
// Errors: `invalid`.
Result<std::shared_ptr<const NoteSigner>> parse_signer_key(std::string_view text);

}  // namespace ringfence::audit
