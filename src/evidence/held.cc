// SPDX-License-Identifier: Apache-2.0
#include "evidence/held.h"

#include <algorithm>
#include <set>

#include "audit/checkpoint.h"
#include "audit/cosignature.h"
#include "audit/tlog_proof.h"
#include "base/file.h"
#include "notary/store.h"

namespace ringfence::evidence {
namespace {

// A note's first line, as far as it is one.
std::string origin_of(std::string_view note) {
  return std::string(note.substr(0, std::min(note.find('\n'), note.size())));
}

// The witnesses' keys behind these signatures: each once, whatever its names, and none that is a
// log's, too.
std::vector<const audit::Vkey*> witnesses_among(const std::vector<audit::NoteSignature>& verified,
                                                const audit::NoteVerifiers& verifiers) {
  std::set<std::string_view> seen;
  for (const auto& verifier : verifiers) {
    if (!audit::is_cosigner(verifier->vkey().type)) seen.insert(verifier->vkey().key);
  }
  std::vector<const audit::Vkey*> witnesses;
  for (const audit::NoteSignature& signature : verified) {
    for (const auto& verifier : verifiers) {
      const audit::Vkey& vkey = verifier->vkey();
      if (!signature.by(vkey) || !audit::is_cosigner(vkey.type)) continue;
      if (seen.insert(vkey.key).second) witnesses.push_back(&vkey);
    }
  }
  return witnesses;
}

std::unexpected<Error> in_file(const Error& error, const std::string& path) {
  return fail(error.code, error.message, path);
}

}  // namespace

Result<Trust> Trust::of(const std::vector<std::string>& vkeys) {
  Trust trust;
  for (const std::string& text : vkeys) {
    const auto vkey = audit::parse_vkey(text);
    if (!vkey) return std::unexpected(vkey.error());
    auto verifier = audit::make_verifier(*vkey);
    if (!verifier) return std::unexpected(verifier.error());
    trust.named_.push_back(*std::move(verifier));
  }
  return trust;
}

Result<void> Trust::add_own(const std::string& data_dir) {
  if (!notary::Key::exists(data_dir)) return {};
  auto key = notary::Key::open(data_dir);
  if (!key) return std::unexpected(key.error());
  own_ = *std::move(key);
  return {};
}

audit::NoteVerifiers Trust::verifiers(const std::string& origin) const {
  audit::NoteVerifiers all = named_;
  if (!own_ || !audit::valid_key_name(origin)) return all;
  for (const auto& own : own_->verifiers(origin)) {
    const bool named =
        std::ranges::any_of(all, [&](const auto& each) { return each->vkey() == own->vkey(); });
    if (!named) all.push_back(own);
  }
  return all;
}

Result<HeldHead> held_by_note(std::string_view note, const Trust& trust, std::string source,
                              bool elsewhere) {
  const auto verifiers = trust.verifiers(origin_of(note));
  const auto opened = audit::open_checkpoint(note, verifiers);
  if (!opened) return std::unexpected(opened.error());
  HeldHead held{opened->checkpoint.head, std::move(source), elsewhere};
  const auto witnesses = witnesses_among(opened->verified, verifiers);
  for (const audit::Vkey* each : witnesses) held.source += ", witnessed by " + each->name;
  held.elsewhere = elsewhere || std::ssize(witnesses) >= trust.witnesses();
  return held;
}

Result<HeldHead> held_by_checkpoint(const std::string& path, const Trust& trust) {
  const auto note = read_file(path, audit::kNoteBytesMax);
  if (!note) return std::unexpected(note.error());
  auto held = held_by_note(*note, trust, "the checkpoint " + path, true);
  if (!held) return in_file(held.error(), path);
  return held;
}

Result<HeldHead> held_by_receipt(const std::string& path, const Trust& trust) {
  const auto text = read_file(path, audit::kTlogProofBytesMax);
  if (!text) return std::unexpected(text.error());
  const auto proof = audit::parse_tlog_proof(*text);
  if (!proof) return in_file(proof.error(), path);
  auto held = held_by_note(proof->checkpoint, trust, "the receipt " + path, true);
  if (!held) return in_file(held.error(), path);
  if (proof->index >= held->head.size) {
    return fail(ErrorCode::unverifiable, "its checkpoint does not cover its event", path);
  }
  held->entry = HeldEntry{proof->index, proof->inclusion};
  return held;
}

Result<std::optional<HeldHead>> held_by_directory(const std::string& data_dir, const Trust& trust) {
  if (!notary::Store::exists(data_dir)) return std::nullopt;
  const auto store = notary::Store::open(data_dir, notary::Access::read);
  if (!store) return std::unexpected(store.error());
  const auto newest = (*store)->newest();
  if (!newest) return std::unexpected(newest.error());
  if (!*newest) return std::nullopt;
  auto held = held_by_note((*newest)->note, trust, "the newest checkpoint here", false);
  if (!held) return in_file(held.error(), notary::kStoreName);
  return *std::move(held);
}

}  // namespace ringfence::evidence
