// SPDX-License-Identifier: Apache-2.0
// TestLog: a log with entries, a key and checkpoints, for tests of this room.
//
// Contract: test support; one thread. Two of one name have one key, whatever they hold: that is
// what a fork is.
#pragma once

#include <bit>
#include <span>
#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/note_ed25519.h"
#include "audit/witness_request.h"

namespace ringfence::witness {

class TestLog {
 public:
  explicit TestLog(std::string origin = "log.example.org", std::uint64_t entries = 0,
                   const std::string& tale = "one")
      : origin_(std::move(origin)),
        signer_(origin_, Ed25519PrivateKey::from_seed(to_seed(origin_)).value()) {
    append(entries, tale);
  }

  // `tale` tells two histories apart.
  void append(std::uint64_t count, const std::string& tale = "one") {
    for (std::uint64_t i = 0; i < count; ++i) {
      leaves_.push_back(audit::leaf_hash(tale + std::to_string(leaves_.size())));
    }
  }

  const std::string& origin() const { return origin_; }
  const audit::Vkey& vkey() const { return signer_.vkey(); }
  audit::TreeHead head(std::uint64_t size) const {
    if (size == 0) return {0, audit::empty_root()};
    return {size, audit::root_at(size, hashes()).value()};
  }
  std::string text(std::uint64_t size) const {
    return audit::format_checkpoint({origin_, head(size)});
  }
  std::string checkpoint(std::uint64_t size) const { return signed_note(text(size)); }
  std::string signed_note(const std::string& text) const {
    audit::NoteSignature line{.name = vkey().name, .id = vkey().id, .bytes = signer_.sign(text)};
    return audit::format_note({.text = text, .signatures = {std::move(line)}});
  }
  audit::Proof proof(std::uint64_t older, std::uint64_t newer) const {
    if (older == 0) return {};
    return audit::consistency_proof({older, newer}, hashes()).value();
  }
  std::string request(std::uint64_t older, std::uint64_t newer) const {
    return audit::format_witness_request({older, proof(older, newer), checkpoint(newer)});
  }
  audit::HashAt hashes() const {
    return [this](audit::NodeId id) -> Result<audit::Hash> {
      return audit::root_of(
          std::span(leaves_).subspan(id.index << id.level, std::size_t{1} << id.level));
    };
  }

 private:
  static std::string to_seed(const std::string& origin) {
    std::string seed = origin;
    seed.resize(kEd25519SeedBytes, '.');
    return seed;
  }
  std::string origin_;
  audit::Ed25519Signer signer_;
  std::vector<audit::Hash> leaves_;
};

}  // namespace ringfence::witness
