// SPDX-License-Identifier: Apache-2.0
// LogReader: what a log shows of itself, read from the data directory: tiles, bundles of entries,
// proofs.
//
// Contract: one thread; reads only, live or not, through connections of its own. Nothing beyond the
// newest stored checkpoint is shown, so that whatever is, is signed.
// Limitations: a line above 65,535 bytes, which earlier versions wrote for long policies, fits
// no bundle: the bundles that would hold it are not given, its proof is.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "audit/tiles.h"
#include "audit/tlog_proof.h"
#include "journal/journal.h"
#include "notary/store.h"

namespace ringfence::notary {

class LogReader {
 public:
  // Errors: `not_found` (nothing is signed here yet), `unavailable`, `unverifiable`.
  static Result<std::unique_ptr<LogReader>> open(const std::string& data_dir);

  // None: nothing is signed yet.
  Result<std::optional<CheckpointRow>> newest() { return store_->newest(); }
  // A tile of hashes or a bundle of entries, of the width that its path says. Errors: `not_found`
  // (the tree is not that large), `too_large` (an entry fits no bundle), `unavailable`.
  Result<std::string> tile(const audit::TilePath& path);
  // That the event is in the newest tree: a .tlog-proof. Errors: `not_found`, the tree's size in
  // its sentence.
  Result<std::string> proof(std::uint64_t seq);
  // The same, under the newest checkpoint that enough witnesses have cosigned, where that covers
  // the event: who holds the witnesses' keys needs no other word.
  Result<std::string> receipt(std::uint64_t seq);
  // That checkpoint, of the newest one's name. None where it is gone.
  std::optional<CheckpointRow> witnessed(const CheckpointRow& newest);
  // That the event is in this checkpoint's tree, which must hold it.
  Result<std::string> proof_under(const CheckpointRow& checkpoint, std::uint64_t seq);

 private:
  LogReader(std::unique_ptr<Store> store, std::unique_ptr<JournalReader> journal)
      : store_(std::move(store)), journal_(std::move(journal)) {}
  Result<std::string> bundle(const audit::TilePath& path);

  std::unique_ptr<Store> store_;
  std::unique_ptr<JournalReader> journal_;
};

}  // namespace ringfence::notary
