// SPDX-License-Identifier: Apache-2.0
#include "notary/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "journal/sqlite.h"

namespace ringfence::notary {
namespace {

using sqlite::Connection;
using sqlite::Statement;

constexpr const char* kFormat = "1382498609";  // "RgA1" as application_id, for file(1)
constexpr const char* kSchema = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE tile (level INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL,
                   PRIMARY KEY (level, n)) STRICT;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, root TEXT NOT NULL, head TEXT NOT NULL,
                         note TEXT NOT NULL) STRICT;
PRAGMA application_id = 1382498609;
)sql";

// Its side files get the mode of the database from SQLite.
Result<void> create_private(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail(ErrorCode::unavailable, std::string("cannot write: ") + std::strerror(errno), path);
  }
  ::close(fd);
  return {};
}

Result<void> expect_value(Connection& connection, const std::string& sql, std::string_view wanted) {
  const auto found = connection.value(sql);
  if (!found) return std::unexpected(found.error());
  if (*found == wanted) return {};
  return fail(ErrorCode::unverifiable, sql + " gives " + *found + " and not " + std::string(wanted),
              kStoreName);
}

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(Connection connection) : connection_(std::move(connection)) {}
  ~SqliteStore() override {
    statements_ = {};
    if (!writes_) return;
    sqlite3_wal_checkpoint_v2(connection_.handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                              nullptr);
  }

  Result<void> prepare(Access access);
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

  Result<bool> has_schema();
  Result<void> prepare_writing();
  static Result<std::optional<CheckpointRow>> row_of(Statement& select);
  Result<void> write(std::span<const TileRow> tiles, const CheckpointRow* checkpoint);

  Connection connection_;
  Statements statements_;
  bool writes_ = false;
};

Result<void> SqliteStore::prepare_writing() {
  // This connection alone copies the log back, after its commits.
  if (auto set = connection_.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                                     "PRAGMA temp_store = MEMORY; "
                                     "PRAGMA wal_autocheckpoint = 1000");
      !set) {
    return set;
  }
  if (auto wal = expect_value(connection_, "PRAGMA journal_mode", "wal"); !wal) return wal;
  if (auto full = expect_value(connection_, "PRAGMA synchronous", "2"); !full) return full;
  const auto begun = has_schema();
  if (!begun) return std::unexpected(begun.error());
  if (*begun) return {};
  const std::string sql = std::string("BEGIN IMMEDIATE;") + kSchema + "COMMIT;";
  return connection_.execute(sql.c_str());
}

Result<bool> SqliteStore::has_schema() {
  const auto objects = connection_.value("SELECT count(*) FROM sqlite_schema");
  if (!objects) return std::unexpected(objects.error());
  return *objects != "0";
}

Result<void> SqliteStore::prepare(Access access) {
  writes_ = access == Access::write;
  if (writes_) {
    if (auto ready = prepare_writing(); !ready) return ready;
  }
  // Of a first start that was cut short: as if there were none.
  const auto begun = has_schema();
  if (!begun) return std::unexpected(begun.error());
  if (!*begun) return fail(ErrorCode::not_found, "there is no signed record here yet", kStoreName);
  if (auto known = expect_value(connection_, "PRAGMA application_id", kFormat); !known) {
    return known;
  }
  const auto prepare = [&](Statement& statement, const char* sql) -> Result<void> {
    auto made = connection_.prepare(sql);
    if (!made) return std::unexpected(made.error());
    statement = *std::move(made);
    return {};
  };
  const std::pair<Statement*, const char*> reading[] = {
      {&statements_.value, "SELECT value FROM meta WHERE name = ?"},
      {&statements_.newest,
       "SELECT size, root, head, note FROM checkpoint ORDER BY size DESC LIMIT 1"},
      {&statements_.at, "SELECT size, root, head, note FROM checkpoint WHERE size = ?"},
      {&statements_.tile, "SELECT hashes FROM tile WHERE level = ? AND n = ?"}};
  for (const auto& [statement, sql] : reading) {
    if (auto made = prepare(*statement, sql); !made) return made;
  }
  if (!writes_) return {};
  const std::pair<Statement*, const char*> writing[] = {
      {&statements_.set_value, "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)"},
      {&statements_.put_tile, "INSERT OR REPLACE INTO tile (level, n, hashes) VALUES (?, ?, ?)"},
      {&statements_.put_checkpoint,
       "INSERT OR REPLACE INTO checkpoint (size, root, head, note) VALUES (?, ?, ?, ?)"},
      {&statements_.drop_old,
       "DELETE FROM checkpoint WHERE size < (SELECT size FROM checkpoint ORDER BY size DESC "
       "LIMIT 1 OFFSET ?)"}};
  for (const auto& [statement, sql] : writing) {
    if (auto made = prepare(*statement, sql); !made) return made;
  }
  return {};
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

bool Store::exists(const std::string& data_dir) {
  return ::access((data_dir + "/" + kStoreName).c_str(), F_OK) == 0;
}

Result<std::unique_ptr<Store>> Store::open(const std::string& data_dir, Access access) {
  const std::string path = data_dir + "/" + kStoreName;
  if (access == Access::write) {
    if (auto made = create_private(path); !made) return std::unexpected(made.error());
  } else if (!exists(data_dir)) {
    return fail(ErrorCode::not_found, "there is no signed record here yet", path);
  }
  auto connection = access == Access::write ? Connection::open(path, SQLITE_OPEN_READWRITE)
                                            : Connection::open_for_reading(path);
  if (!connection) return std::unexpected(connection.error());
  auto store = std::make_unique<SqliteStore>(*std::move(connection));
  if (auto ready = store->prepare(access); !ready) return std::unexpected(ready.error());
  return store;
}

}  // namespace ringfence::notary
