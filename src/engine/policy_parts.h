// SPDX-License-Identifier: Apache-2.0
// PolicyParts: puts a policy document together again that the record has in pieces.
//
// Contract: a plain value. Feed each `policy_text` in order, then ask with the `policy` event that
// follows: its document, whether it stands in that event itself or in the pieces.
#pragma once

#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/packed.h"
#include "engine/event.h"

namespace ringfence {

class PolicyParts {
 public:
  void add(const PolicyText& piece) {
    if (piece.part == 1) text_.clear();
    text_ += piece.text;
  }

  std::string document_of(const PolicyAdopted& adopted) {
    std::string pieces = std::exchange(text_, {});
    if (!adopted.document.empty() || pieces.empty()) return adopted.document;
    RF_ENSURE(to_hex(sha256(pieces)) == adopted.sha256, "the pieces are the adopted document");
    return pieces;
  }

  void save(PackedWriter& out) const { out(text_); }
  void load(PackedReader& in) { in(text_); }

 private:
  std::string text_;
};

}  // namespace ringfence
