// SPDX-License-Identifier: Apache-2.0
#include "journal/own_database.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"

namespace ringfence::sqlite {
namespace {

// SQLite ignores a setting that it does not like.
Result<void> expect(Connection& connection, const std::string& sql, const std::string& wanted,
                    const std::string& path) {
  const auto found = connection.value(sql);
  if (!found) return std::unexpected(found.error());
  if (*found == wanted) return {};
  return fail(ErrorCode::unverifiable, sql + " gives " + *found + ", not " + wanted, path);
}

Result<bool> has_tables(Connection& connection) {
  const auto objects = connection.value("SELECT count(*) FROM sqlite_schema");
  if (!objects) return std::unexpected(objects.error());
  return *objects != "0";
}

Result<void> check(Connection& connection, const OwnSchema& schema, const std::string& path) {
  auto known = expect(connection, "PRAGMA application_id", schema.application_id, path);
  if (!known || !schema.check_all) return known;
  return expect(connection, "PRAGMA quick_check(1)", "ok", path);
}

Result<void> make_ready(Connection& connection, const OwnSchema& schema, const std::string& path) {
  auto set = connection.execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
      "PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 1000");
  if (!set) return set;
  if (auto wal = expect(connection, "PRAGMA journal_mode", "wal", path); !wal) return wal;
  if (auto full = expect(connection, "PRAGMA synchronous", "2", path); !full) return full;
  const auto begun = has_tables(connection);
  if (!begun) return std::unexpected(begun.error());
  if (!*begun) {
    const std::string sql = std::string("BEGIN IMMEDIATE;") + schema.tables +
                            "PRAGMA application_id = " + schema.application_id + "; COMMIT;";
    if (auto made = connection.execute(sql.c_str()); !made) return made;
  }
  return check(connection, schema, path);
}

}  // namespace

Result<void> create_private(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.ok()) return {};
  return fail(ErrorCode::unavailable, std::string("cannot write: ") + std::strerror(errno), path);
}

Result<Connection> open_own(const std::string& path, const OwnSchema& schema) {
  if (auto made = create_private(path); !made) return std::unexpected(made.error());
  auto connection = Connection::open(path, SQLITE_OPEN_READWRITE);
  if (!connection) return connection;
  if (auto ready = make_ready(*connection, schema, path); !ready) {
    return std::unexpected(ready.error());
  }
  return connection;
}

Result<Connection> open_own_for_reading(const std::string& path, const OwnSchema& schema) {
  const auto missing = [&path] { return fail(ErrorCode::not_found, "is not there yet", path); };
  if (::access(path.c_str(), F_OK) != 0) return missing();
  auto connection = Connection::open_for_reading(path);
  if (!connection) return connection;
  const auto begun = has_tables(*connection);
  if (!begun) return std::unexpected(begun.error());
  if (!*begun) return missing();
  if (auto known = check(*connection, schema, path); !known) return std::unexpected(known.error());
  return connection;
}

void copy_log_back(Connection& connection) {
  sqlite3_wal_checkpoint_v2(connection.handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                            nullptr);
}

Result<void> prepare_all(Connection& connection, std::span<const Prepared> statements) {
  for (const Prepared& each : statements) {
    auto made = connection.prepare(each.sql);
    if (!made) return std::unexpected(made.error());
    *each.statement = *std::move(made);
  }
  return {};
}

}  // namespace ringfence::sqlite
