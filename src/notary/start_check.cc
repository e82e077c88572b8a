// SPDX-License-Identifier: Apache-2.0
#include "notary/start_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "audit/merkle.h"
#include "base/file.h"
#include "journal/journal.h"
#include "notary/anchor.h"
#include "notary/line_chain.h"
#include "notary/store.h"

namespace ringfence::notary {
namespace {

constexpr std::size_t kPage = 256;
constexpr const char* kWhatToDo =
    "Nothing was changed. Restore the newest copy of the whole data directory; docs/audit.md, When "
    "a start is refused, says how to look into it";

std::unexpected<Error> refused(const std::string& what, const std::string& where) {
  return fail(ErrorCode::unverifiable, what + ". " + kWhatToDo, where);
}

class StartCheck {
 public:
  explicit StartCheck(const std::string& data_dir) : data_dir_(data_dir) {}

  Result<void> run(const std::string& anchor);

 private:
  Result<void> open();
  Result<void> check_key();
  Result<void> check_store();
  Result<void> check_anchor(const std::string& anchor);
  Result<std::string> line_at(std::uint64_t seq);
  Result<bool> proved_by_tiles(const audit::TreeHead& tree, const std::string& line);
  Result<audit::Hash> root_of_lines(std::uint64_t size);

  const std::string& data_dir_;
  std::unique_ptr<JournalReader> reader_;  // null: there is no journal
  std::unique_ptr<Store> store_;           // null: there is none
  std::optional<Key> key_;
  std::optional<CheckpointRow> newest_;
};

Result<void> StartCheck::open() {
  auto reader = JournalReader::open(data_dir_);
  if (reader) {
    reader_ = *std::move(reader);
  } else if (reader.error().code != ErrorCode::not_found) {
    return std::unexpected(reader.error());
  }
  if (Store::exists(data_dir_)) {
    auto store = Store::open(data_dir_, Access::read);
    if (!store && store.error().code == ErrorCode::unverifiable) {
      return refused("what was signed cannot be read: " + store.error().message, kStoreName);
    }
    if (store) {
      store_ = *std::move(store);
    } else if (store.error().code != ErrorCode::not_found) {
      return std::unexpected(store.error());
    }
  }
  if (!Key::exists(data_dir_)) return {};
  auto key = Key::open(data_dir_);
  if (!key) return std::unexpected(key.error());
  key_ = *std::move(key);
  return {};
}

// The key and what it signed belong together.
Result<void> StartCheck::check_key() {
  if (!store_) return {};
  auto newest = store_->newest();
  if (!newest) return refused(newest.error().message, kStoreName);
  newest_ = *std::move(newest);
  const auto signer = store_->value("public_key");
  if (!signer) return std::unexpected(signer.error());
  if (signer->empty()) return {};  // ended before its first checkpoint
  if (!key_) return refused("the key that signed this record is gone", kKeyName);
  if (key_->public_hex() == *signer) return {};
  return refused("this is another key than the one that signed this record", kKeyName);
}

// Empty: the journal ends before.
Result<std::string> StartCheck::line_at(std::uint64_t seq) {
  if (!reader_) return std::string();
  auto events = reader_->read(seq - 1, 1);
  if (!events) return std::unexpected(events.error());
  if (events->empty() || events->front().seq != seq) return std::string();
  return std::move(events->front().line);
}

Result<void> StartCheck::check_store() {
  if (!newest_) return {};
  const audit::TreeHead& signed_tree = newest_->tree;
  const auto line = line_at(signed_tree.size);
  if (!line) return std::unexpected(line.error());
  if (line->empty()) {
    return refused(fmt::format("the record was rolled back: {} events were signed, and the journal "
                               "ends before the last of them",
                               signed_tree.size),
                   data_dir_);
  }
  if (sha256(*line) != newest_->head) {
    return refused(fmt::format("the record was changed: event {} is not the one that was signed",
                               signed_tree.size),
                   data_dir_);
  }
  const auto note = audit::parse_note(newest_->note);
  const auto named = note ? audit::parse_checkpoint(note->text)
                          : Result<audit::Checkpoint>(std::unexpected(note.error()));
  const bool ours = named && key_ && audit::valid_key_name(named->origin) &&
                    audit::open_checkpoint(newest_->note, key_->verifiers(named->origin));
  const auto root = audit::root_at(signed_tree.size, audit::hashes_in_tiles(store_->tile_at()));
  if (ours && named->head == signed_tree && root && *root == signed_tree.root) return {};
  return refused("what was signed is damaged: the newest checkpoint and its tiles differ",
                 kStoreName);
}

Result<bool> StartCheck::proved_by_tiles(const audit::TreeHead& tree, const std::string& line) {
  if (!store_) return false;
  const auto proof =
      audit::inclusion_proof(tree.size - 1, tree.size, audit::hashes_in_tiles(store_->tile_at()));
  if (!proof) return false;
  return audit::verify_inclusion(audit::leaf_hash(line), tree.size - 1, tree, *proof).has_value();
}

Result<audit::Hash> StartCheck::root_of_lines(std::uint64_t size) {
  audit::RightEdge edge;
  LineChain chain;
  while (edge.size() < size) {
    const auto page =
        reader_->read(edge.size(), std::min<std::uint64_t>(kPage, size - edge.size()));
    if (!page) return std::unexpected(page.error());
    if (page->empty()) return fail(ErrorCode::unverifiable, "the journal ends too early");
    for (const StoredEvent& event : *page) {
      if (auto follows = chain.follow(event); !follows) return std::unexpected(follows.error());
      edge.append(audit::leaf_hash(event.line));
    }
  }
  return edge.root();
}

Result<void> StartCheck::check_anchor(const std::string& anchor) {
  if (anchor.empty()) return {};
  if (auto outside = check_anchor_place(anchor, data_dir_); !outside) return outside;
  if (!key_) {
    const auto text = read_file(anchor, audit::kNoteBytesMax);
    if (!text && text.error().code == ErrorCode::not_found) return {};
    if (!text) return std::unexpected(text.error());
    return refused("there is a checkpoint already, and the key that signed it is not here", anchor);
  }
  const auto found = read_anchor(anchor, *key_);
  if (!found && found.error().code == ErrorCode::unverifiable) {
    return refused(found.error().message, anchor);
  }
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->head.size == 0) return {};
  const audit::TreeHead& tree = (*found)->head;
  const auto line = line_at(tree.size);
  if (!line) return std::unexpected(line.error());
  if (line->empty()) {
    return refused(fmt::format("the record was rolled back: the anchor holds a checkpoint over {} "
                               "events, and the journal ends before the last of them",
                               tree.size),
                   anchor);
  }
  const auto proved = proved_by_tiles(tree, *line);
  if (!proved) return std::unexpected(proved.error());
  if (*proved) return {};
  const auto root = root_of_lines(tree.size);
  if (!root && root.error().code != ErrorCode::unverifiable) return std::unexpected(root.error());
  if (root && *root == tree.root) return {};
  return refused(fmt::format("the record was changed: its first {} events are not those of the "
                             "anchor's checkpoint",
                             tree.size),
                 anchor);
}

Result<void> StartCheck::run(const std::string& anchor) {
  if (auto opened = open(); !opened) return opened;
  if (auto checked = check_key(); !checked) return checked;
  if (auto checked = check_store(); !checked) return checked;
  if (auto checked = check_anchor(anchor); !checked) return checked;
  const bool forgotten = key_ && !store_;
  std::error_code ignored;
  const bool anchored = !anchor.empty() && std::filesystem::exists(anchor, ignored);
  if (!forgotten || anchored) return {};
  return refused(
      "audit.key is here and audit.db is not, so that nothing says what was signed. With an "
      "`anchor:` in the policy that agrees with the journal it is made again; to begin another "
      "signed record instead, move audit.key away too",
      kStoreName);
}

}  // namespace

Result<void> check_start(const std::string& data_dir, const std::string& anchor) {
  return StartCheck(data_dir).run(anchor);
}

}  // namespace ringfence::notary
