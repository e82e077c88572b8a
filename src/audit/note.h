// SPDX-License-Identifier: Apache-2.0
// Signed notes (c2sp.org/signed-note): a text, and who signed it.
//
//   note      = text LF 1*signature
//   text      = *( *char LF )                          the last empty line of the note ends it
//   signature = "— " name " " base64( id bytes ) LF    id: the key's, 4 bytes, big-endian
//   char      = UTF-8, no control character
//
// Contract: pure and thread-safe. Signers and verifiers come as lists, so that algorithms join side
// by side; each signs the text with its final newline. A signature by a key that is not listed says
// nothing and is passed over; one by a listed key must hold, each of them, or the whole note is
// refused; and one at least must.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/vkey.h"
#include "base/result.h"

namespace ringfence::audit {

inline constexpr std::size_t kNoteBytesMax = 256 * 1024;
inline constexpr std::size_t kNoteSignaturesMax = 64;

struct NoteSignature {
  std::string name;
  std::uint32_t id = 0;
  std::string bytes;  // what the key made, without the id
  bool by(const Vkey& key) const { return name == key.name && id == key.id; }
  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

struct Note {
  std::string text;
  std::vector<NoteSignature> signatures;
  friend bool operator==(const Note&, const Note&) = default;
};

class NoteSigner {
 public:
  virtual ~NoteSigner() = default;
  virtual const Vkey& vkey() const = 0;
  virtual std::string sign(std::string_view text) const = 0;
};

class NoteVerifier {
 public:
  virtual ~NoteVerifier() = default;
  virtual const Vkey& vkey() const = 0;
  virtual bool verify(std::string_view text, std::string_view signature) const = 0;
};

using NoteSigners = std::vector<std::shared_ptr<const NoteSigner>>;
using NoteVerifiers = std::vector<std::shared_ptr<const NoteVerifier>>;

// By shape alone; no signature is checked. Errors: `invalid`, `too_large`.
Result<Note> parse_note(std::string_view note);
std::string format_note(const Note& note);

// One or more signature lines, as a witness answers with. Errors: `invalid`, `too_large`.
Result<std::vector<NoteSignature>> parse_signatures(std::string_view lines);
std::string format_signature(const NoteSignature& signature);

// The text must be one that a note can have, and there must be a signer.
Note sign_note(std::string_view text, const NoteSigners& signers);

// The signatures by listed keys, one a key, in the note's order. Errors: `unverifiable` (one does
// not hold, or there is none); `invalid` (two verifiers of one name and id).
Result<std::vector<NoteSignature>> verify_note(const Note& note, const NoteVerifiers& verifiers);

}  // namespace ringfence::audit
