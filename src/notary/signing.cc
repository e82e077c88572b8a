// SPDX-License-Identifier: Apache-2.0
#include "notary/signing.h"

#include "audit/checkpoint.h"

namespace ringfence::notary {
namespace {

constexpr std::size_t kPage = 256;           // lines read at a time
constexpr std::uint64_t kUnstored = 65'536;  // lines whose tiles wait in memory

Result<Key> open_key(const std::string& data_dir, Store& store) {
  auto key = Key::exists(data_dir) ? Key::open(data_dir) : Key::create(data_dir);
  if (!key) return key;
  const auto known = store.value("public_key");
  if (!known) return std::unexpected(known.error());
  if (*known == key->public_hex()) return key;
  if (!known->empty()) {
    return fail(ErrorCode::unverifiable, "another key than this one signed the record", kKeyName);
  }
  if (auto kept = store.set_value("public_key", key->public_hex()); !kept) {
    return std::unexpected(kept.error());
  }
  return key;
}

}  // namespace

Result<std::unique_ptr<Signing>> Signing::open(const std::string& data_dir) {
  // The store before the key: a key without a store means that the store was taken away.
  auto store = Store::open(data_dir, Access::write);
  if (!store) return std::unexpected(store.error());
  auto key = open_key(data_dir, **store);
  if (!key) return std::unexpected(key.error());
  auto journal = JournalReader::open(data_dir);
  if (!journal) return std::unexpected(journal.error());
  std::unique_ptr<Signing> signing(
      new Signing(*std::move(store), *std::move(journal), *std::move(key)));
  if (auto loaded = signing->load(); !loaded) return std::unexpected(loaded.error());
  return signing;
}

Result<void> Signing::load() {
  auto newest = store_->newest();
  if (!newest) return std::unexpected(newest.error());
  newest_ = *std::move(newest);
  if (!newest_) return {};
  auto tree = GrowingTree::load(newest_->tree.size, store_->tile_at());
  if (!tree) return std::unexpected(tree.error());
  if (tree->head() != newest_->tree) {
    return fail(ErrorCode::unverifiable, "the tiles are not those of the newest checkpoint",
                kStoreName);
  }
  tree_ = *std::move(tree);
  chain_ = LineChain(newest_->tree.size, newest_->head);
  return {};
}

Result<void> Signing::catch_up() {
  std::uint64_t unstored = 0;
  for (;;) {
    const auto page = journal_->read(tree_.size(), kPage);
    if (!page) return std::unexpected(page.error());
    for (const StoredEvent& event : *page) {
      if (auto follows = chain_.follow(event); !follows) return follows;
      tree_.append(event.line);
    }
    if (page->size() < kPage) return {};
    unstored += page->size();
    if (unstored < kUnstored) continue;
    if (auto stored = store_->commit(tree_.take_changed(), nullptr); !stored) return stored;
    unstored = 0;
  }
}

Result<void> Signing::sign(const std::string& origin) {
  CheckpointRow row;
  row.tree = tree_.head();
  row.head = chain_.head();
  const std::string text = audit::format_checkpoint({origin, row.tree});
  row.note = audit::format_note(audit::sign_note(text, {key_.signer(origin)}));
  if (auto stored = store_->commit(tree_.take_changed(), &row); !stored) return stored;
  newest_ = std::move(row);
  return {};
}

Result<std::optional<CheckpointRow>> Signing::add_cosignatures(
    const std::string& text, const std::vector<audit::NoteSignature>& cosignatures) {
  const auto checkpoint = audit::parse_checkpoint(text);
  if (!checkpoint) return std::nullopt;
  auto row = store_->checkpoint(checkpoint->head.size);
  if (!row || !*row) return row;
  auto note = audit::parse_note((*row)->note);
  if (!note) return std::unexpected(note.error());
  if (note->text != text) return std::nullopt;
  for (const audit::NoteSignature& each : cosignatures) {
    std::erase_if(note->signatures, [&](const audit::NoteSignature& old) {
      return old.name == each.name && old.id == each.id;
    });
    if (note->signatures.size() < audit::kNoteSignaturesMax) note->signatures.push_back(each);
  }
  (*row)->note = audit::format_note(*note);
  if (auto stored = store_->commit({}, &**row); !stored) return std::unexpected(stored.error());
  if (newest_ && newest_->tree == (*row)->tree) newest_ = **row;
  return row;
}

Result<void> Signing::set_witnessed(std::uint64_t size) {
  const auto known = store_->witnessed();
  if (!known) return std::unexpected(known.error());
  if (*known >= size) return {};
  return store_->set_value(kWitnessedName, std::to_string(size));
}

}  // namespace ringfence::notary
