// SPDX-License-Identifier: Apache-2.0
// Signing: brings the store up to the journal's end and signs that, step by step.
//
// Contract: what the notary's thread works with, on that thread alone. After an error the object is
// of no more use; another one, opened anew, goes on from the newest checkpoint in the store.
#pragma once

#include <memory>
#include <string>

#include "notary/growing_tree.h"
#include "notary/key.h"
#include "notary/line_chain.h"
#include "notary/store.h"

namespace ringfence::notary {

class Signing {
 public:
  // Errors: `unverifiable` (the store's tiles are not those of its checkpoint), `unavailable`.
  static Result<std::unique_ptr<Signing>> open(const std::string& data_dir);

  const Key& key() const { return key_; }
  // The newest that is stored; none before the first.
  const std::optional<CheckpointRow>& newest() const { return newest_; }

  // Hashes what the journal has more. Errors: those of store and journal, `unverifiable`.
  Result<void> catch_up();
  // Signs and stores the tree as it now is.
  Result<void> sign(const std::string& origin);
  // Keeps verified cosignatures of a checkpoint with it, of each key the newest. Gives it as it
  // then is; none: there is no such checkpoint any more.
  Result<std::optional<CheckpointRow>> add_cosignatures(
      const std::string& text, const std::vector<audit::NoteSignature>& cosignatures);
  // As many witnesses as are asked for have cosigned the checkpoint of that size.
  Result<void> set_witnessed(std::uint64_t size);
  std::uint64_t size() const { return tree_.size(); }

 private:
  Signing(std::unique_ptr<Store> store, std::unique_ptr<JournalReader> journal, Key key)
      : store_(std::move(store)), journal_(std::move(journal)), key_(std::move(key)) {}
  Result<void> load();

  std::unique_ptr<Store> store_;
  std::unique_ptr<JournalReader> journal_;
  Key key_;
  GrowingTree tree_;
  LineChain chain_;
  std::optional<CheckpointRow> newest_;
};

}  // namespace ringfence::notary
