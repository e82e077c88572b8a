// SPDX-License-Identifier: Apache-2.0
#include "audit/note.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "audit/lines.h"
#include "base/bytes.h"
#include "base/ensure.h"

namespace ringfence::audit {
namespace {

constexpr std::string_view kSignatureStart = "\xE2\x80\x94 ";  // em dash, space
constexpr std::size_t kIdBytes = 4;

std::optional<NoteSignature> parse_signature(std::string_view line) {
  if (!line.starts_with(kSignatureStart)) return std::nullopt;
  line.remove_prefix(kSignatureStart.size());
  const std::size_t name_end = line.find(' ');
  if (name_end == std::string_view::npos) return std::nullopt;
  const std::string_view name = line.substr(0, name_end);
  const auto bytes = from_base64(line.substr(name_end + 1));
  if (!valid_key_name(name) || !bytes || bytes->size() <= kIdBytes) return std::nullopt;
  NoteSignature signature{.name = std::string(name), .bytes = bytes->substr(kIdBytes)};
  for (std::size_t i = 0; i < kIdBytes; ++i) {
    signature.id = signature.id << 8 | static_cast<std::uint8_t>((*bytes)[i]);
  }
  return signature;
}

Result<const NoteVerifier*> verifier_of(const NoteSignature& signature,
                                        const NoteVerifiers& verifiers) {
  const NoteVerifier* found = nullptr;
  for (const auto& verifier : verifiers) {
    if (!signature.by(verifier->vkey())) continue;
    if (found != nullptr) {
      return invalid(fmt::format("two keys have the name {} and one ID", signature.name));
    }
    found = verifier.get();
  }
  return found;
}

}  // namespace

Result<std::vector<NoteSignature>> parse_signatures(std::string_view lines) {
  if (lines.size() > kNoteBytesMax) return fail(ErrorCode::too_large, "too many signatures");
  std::vector<NoteSignature> signatures;
  while (!lines.empty()) {
    const auto line = take_line(lines);
    auto signature = line ? parse_signature(*line) : std::nullopt;
    if (!signature) {
      return invalid(fmt::format("signature line {} is malformed", signatures.size() + 1));
    }
    if (signatures.size() == kNoteSignaturesMax) {
      return fail(ErrorCode::too_large,
                  fmt::format("a note has at most {} signatures", kNoteSignaturesMax));
    }
    signatures.push_back(*std::move(signature));
  }
  if (signatures.empty()) return invalid("there is no signature");
  return signatures;
}

Result<Note> parse_note(std::string_view note) {
  if (note.size() > kNoteBytesMax) {
    return fail(ErrorCode::too_large, fmt::format("a note is at most {} bytes", kNoteBytesMax));
  }
  if (!plain_text(note)) return invalid("a note is UTF-8 without control characters");
  const std::size_t text_end = note.rfind("\n\n");
  if (text_end == std::string_view::npos) return invalid("no empty line ends the note's text");
  auto signatures = parse_signatures(note.substr(text_end + 2));
  if (!signatures) return std::unexpected(std::move(signatures.error()));
  return Note{.text = std::string(note.substr(0, text_end + 1)),
              .signatures = *std::move(signatures)};
}

std::string format_signature(const NoteSignature& signature) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(signature.id >> shift);
  bytes += signature.bytes;
  return fmt::format("{}{} {}\n", kSignatureStart, signature.name, to_base64(bytes));
}

std::string format_note(const Note& note) {
  std::string text = note.text + '\n';
  for (const NoteSignature& signature : note.signatures) text += format_signature(signature);
  return text;
}

Note sign_note(std::string_view text, const NoteSigners& signers) {
  RF_ENSURE(text.ends_with('\n') && plain_text(text), "the text is one that a note can have");
  RF_ENSURE(!signers.empty(), "somebody signs");
  Note note{.text = std::string(text), .signatures = {}};
  for (const auto& signer : signers) {
    const Vkey& key = signer->vkey();
    note.signatures.push_back({.name = key.name, .id = key.id, .bytes = signer->sign(text)});
  }
  return note;
}

Result<std::vector<NoteSignature>> verify_note(const Note& note, const NoteVerifiers& verifiers) {
  std::vector<NoteSignature> verified;
  for (const NoteSignature& signature : note.signatures) {
    const auto verifier = verifier_of(signature, verifiers);
    if (!verifier) return std::unexpected(verifier.error());
    if (*verifier == nullptr) continue;
    const Vkey& key = (*verifier)->vkey();
    if (!(*verifier)->verify(note.text, signature.bytes)) {
      return fail(ErrorCode::unverifiable, fmt::format("the signature by {} is wrong", key.name));
    }
    const bool again = std::any_of(verified.begin(), verified.end(),
                                   [&](const NoteSignature& one) { return one.by(key); });
    if (!again) verified.push_back(signature);
  }
  if (verified.empty()) {
    return fail(ErrorCode::unverifiable, "no key that is known here has signed the note");
  }
  return verified;
}

}  // namespace ringfence::audit
