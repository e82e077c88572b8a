// SPDX-License-Identifier: Apache-2.0
#include "notary/store.h"

#include <unistd.h>

#include <utility>

#include "audit/lines.h"
#include "journal/own_database.h"

namespace ringfence::notary {
namespace {

using sqlite::Connection;
using sqlite::Statement;

constexpr sqlite::OwnSchema kSchema{
    .application_id = "1382498609",  // "RgA1"
    .tables = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE tile (level INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL,
                   PRIMARY KEY (level, n)) STRICT;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, root TEXT NOT NULL, head TEXT NOT NULL,
                         note TEXT NOT NULL) STRICT;
)sql",
    .check_all = false};  // a tile that is not what it was is found by whoever uses it

class SqliteStore final : public Store {
 public:
  SqliteStore(Connection connection, Access access)
      : connection_(std::move(connection)), writes_(access == Access::write) {}
  ~SqliteStore() override {
    statements_ = {};
    if (writes_) sqlite::copy_log_back(connection_);
  }

  Result<void> prepare();
  Result<std::string> value(std::string_view name) override;
  Result<void> set_value(std::string_view name, std::string_view value) override;
  Result<std::optional<CheckpointRow>> newest() override;
  Result<std::optional<CheckpointRow>> checkpoint(std::uint64_t size) override;
  Result<std::string> tile(audit::TileId id) override;
  Result<void> commit(std::span<const TileRow> tiles, const CheckpointRow* checkpoint) override;

 private:
  struct Statements {
    Statement value, newest, at, tile, set_value, put_tile, put_checkpoint, drop_old;
  };

  static Result<std::optional<CheckpointRow>> row_of(Statement& select);
  Result<void> write(std::span<const TileRow> tiles, const CheckpointRow* checkpoint);

  Connection connection_;
  Statements statements_;
  const bool writes_;
};

Result<void> SqliteStore::prepare() {
  const sqlite::Prepared reading[] = {
      {&statements_.value, "SELECT value FROM meta WHERE name = ?"},
      {&statements_.newest,
       "SELECT size, root, head, note FROM checkpoint ORDER BY size DESC LIMIT 1"},
      {&statements_.at, "SELECT size, root, head, note FROM checkpoint WHERE size = ?"},
      {&statements_.tile, "SELECT hashes FROM tile WHERE level = ? AND n = ?"}};
  if (auto made = sqlite::prepare_all(connection_, reading); !made || !writes_) return made;
  const sqlite::Prepared writing[] = {
      {&statements_.set_value, "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)"},
      {&statements_.put_tile, "INSERT OR REPLACE INTO tile (level, n, hashes) VALUES (?, ?, ?)"},
      {&statements_.put_checkpoint,
       "INSERT OR REPLACE INTO checkpoint (size, root, head, note) VALUES (?, ?, ?, ?)"},
      {&statements_.drop_old,
       "DELETE FROM checkpoint WHERE size < (SELECT size FROM checkpoint ORDER BY size DESC "
       "LIMIT 1 OFFSET ?)"}};
  return sqlite::prepare_all(connection_, writing);
}

Result<std::string> SqliteStore::value(std::string_view name) {
  Statement& select = statements_.value;
  select.bind(1, name);
  const auto row = select.step();
  std::string found = row && *row ? std::string(select.text(0)) : std::string();
  select.reset();
  if (!row) return std::unexpected(row.error());
  return found;
}

Result<void> SqliteStore::set_value(std::string_view name, std::string_view value) {
  statements_.set_value.bind(1, name);
  statements_.set_value.bind(2, value);
  return statements_.set_value.run();
}

Result<std::optional<CheckpointRow>> SqliteStore::newest() { return row_of(statements_.newest); }

Result<std::optional<CheckpointRow>> SqliteStore::checkpoint(std::uint64_t size) {
  statements_.at.bind(1, static_cast<std::int64_t>(size));
  return row_of(statements_.at);
}

Result<std::optional<CheckpointRow>> SqliteStore::row_of(Statement& select) {
  const auto row = select.step();
  std::optional<CheckpointRow> found;
  bool readable = true;
  if (row && *row) {
    const auto root = digest_from_hex(select.text(1));
    const auto head = digest_from_hex(select.text(2));
    readable = root && head && select.integer(0) > 0;
    if (readable) {
      const audit::TreeHead tree{static_cast<std::uint64_t>(select.integer(0)), *root};
      found = CheckpointRow{tree, *head, std::string(select.text(3))};
    }
  }
  select.reset();
  if (!row) return std::unexpected(row.error());
  if (!readable) return fail(ErrorCode::unverifiable, "a checkpoint is damaged", kStoreName);
  return found;
}

Result<std::string> SqliteStore::tile(audit::TileId id) {
  Statement& select = statements_.tile;
  select.bind(1, std::int64_t{id.level});
  select.bind(2, static_cast<std::int64_t>(id.n));
  const auto row = select.step();
  std::string hashes = row && *row ? std::string(select.bytes(0)) : std::string();
  select.reset();
  if (!row) return std::unexpected(row.error());
  return hashes;
}

Result<void> SqliteStore::commit(std::span<const TileRow> tiles, const CheckpointRow* checkpoint) {
  auto done = connection_.execute("BEGIN IMMEDIATE");
  if (done) done = write(tiles, checkpoint);
  if (done) done = connection_.execute("COMMIT");
  if (done) return done;
  const Error error = done.error();
  (void)connection_.execute("ROLLBACK");  // fails where SQLite has rolled back by itself
  return std::unexpected(error);
}

Result<void> SqliteStore::write(std::span<const TileRow> tiles, const CheckpointRow* checkpoint) {
  for (const TileRow& tile : tiles) {
    statements_.put_tile.bind(1, std::int64_t{tile.id.level});
    statements_.put_tile.bind(2, static_cast<std::int64_t>(tile.id.n));
    statements_.put_tile.bind_bytes(3, tile.hashes);
    if (auto done = statements_.put_tile.run(); !done) return done;
  }
  if (checkpoint == nullptr) return {};
  const std::string root = to_hex(checkpoint->tree.root);
  const std::string head = to_hex(checkpoint->head);
  Statement& put = statements_.put_checkpoint;
  put.bind(1, static_cast<std::int64_t>(checkpoint->tree.size));
  put.bind(2, std::string_view(root));
  put.bind(3, std::string_view(head));
  put.bind(4, std::string_view(checkpoint->note));
  if (auto done = put.run(); !done) return done;
  statements_.drop_old.bind(1, kCheckpointsKept - 1);
  return statements_.drop_old.run();
}

}  // namespace

Result<std::uint64_t> Store::witnessed() {
  const auto text = value(kWitnessedName);
  if (!text) return std::unexpected(text.error());
  return text->empty() ? 0 : audit::parse_number(*text).value_or(0);
}

bool Store::exists(const std::string& data_dir) {
  return ::access((data_dir + "/" + kStoreName).c_str(), F_OK) == 0;
}

Result<std::unique_ptr<Store>> Store::open(const std::string& data_dir, Access access) {
  const std::string path = data_dir + "/" + kStoreName;
  auto connection = access == Access::write ? sqlite::open_own(path, kSchema)
                                            : sqlite::open_own_for_reading(path, kSchema);
  if (!connection && connection.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found, "there is no signed record here yet", path);
  }
  if (!connection) return std::unexpected(connection.error());
  auto store = std::make_unique<SqliteStore>(*std::move(connection), access);
  if (auto ready = store->prepare(); !ready) return std::unexpected(ready.error());
  return store;
}

}  // namespace ringfence::notary
