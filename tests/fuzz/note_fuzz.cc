// SPDX-License-Identifier: Apache-2.0
// Signed notes: what is read is written again as the same bytes, and nothing is believed that our
// key did not sign.
#include <cstddef>
#include <cstdint>

#include "audit/checkpoint.h"
#include "audit/note_ed25519.h"
#include "base/ensure.h"

namespace {

using namespace ringfence;
using namespace ringfence::audit;

const Ed25519Signer& signer() {
  static const Ed25519Signer one("log", *Ed25519PrivateKey::from_seed(std::string(32, 's')));
  return one;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto vkey = parse_vkey(bytes)) {
    RF_ENSURE(format_vkey(*vkey) == bytes, "a vkey has one spelling");
  }
  const auto note = parse_note(bytes);
  if (!note) return 0;
  RF_ENSURE(format_note(*note) == bytes, "a note has one spelling");
  const NoteVerifiers known{*ed25519_verifier(signer().vkey())};
  if (verify_note(*note, known)) {
    const std::string ours = signer().sign(note->text);
    bool there = false;
    for (const NoteSignature& signature : note->signatures) there |= signature.bytes == ours;
    RF_ENSURE(there, "only what we signed is believed");
  }
  if (const auto opened = open_checkpoint(bytes, known)) {
    RF_ENSURE(opened->checkpoint.origin == "log", "a log signs its own checkpoints");
  }
  return 0;
}
