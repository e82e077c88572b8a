// SPDX-License-Identifier: Apache-2.0
#include "journal/sqlite.h"

#include <fmt/format.h>
#include <unistd.h>

namespace ringfence::sqlite {
namespace {

struct Kind {
  ErrorCode code;
  std::string_view sentence;
};

Kind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL: return {ErrorCode::unavailable, "the disk is full; free some space"};
    case SQLITE_IOERR: return {ErrorCode::unavailable, "the disk failed; check it"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return {ErrorCode::unavailable, "cannot write here; check owner, mode and mount"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::unavailable, "another program keeps the database locked; close it"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return {ErrorCode::unverifiable, "the database is damaged; restore a copy"};
    default: return {ErrorCode::internal, "SQLite failed"};
  }
}

std::unexpected<Error> make_error(int code, sqlite3* connection) {
  const Kind kind = kind_of(code);
  const char* path = connection != nullptr ? sqlite3_db_filename(connection, "main") : nullptr;
  return fail(kind.code,
              fmt::format("{} (SQLite {}: {})", kind.sentence, code,
                          connection != nullptr ? sqlite3_errmsg(connection) : "out of memory"),
              path != nullptr ? path : "");
}

}  // namespace

void Statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), index, value);
}

void Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(handle_.get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind_bytes(int index, std::string_view bytes) {
  sqlite3_bind_blob64(handle_.get(), index, bytes.data(), bytes.size(), SQLITE_STATIC);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3* connection = sqlite3_db_handle(handle_.get());
  return make_error(sqlite3_extended_errcode(connection), connection);
}

Result<void> Statement::run() {
  for (;;) {
    const auto more = step();
    if (more && *more) continue;
    reset();
    if (!more) return std::unexpected(more.error());
    return {};
  }
}

void Statement::reset() { sqlite3_reset(handle_.get()); }

std::string_view Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(handle_.get(), column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::string_view Statement::bytes(int column) const {
  const void* bytes = sqlite3_column_blob(handle_.get(), column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

Result<Connection> Connection::open(const std::string& path, int flags, const char* vfs) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, vfs);
  Connection connection;
  connection.handle_.reset(raw);
  if (code != SQLITE_OK) return make_error(code, raw);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  sqlite3_wal_autocheckpoint(raw, 0);
  const int switches[][2] = {
      {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}, {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},   {SQLITE_DBCONFIG_DQS_DML, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},          {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0}};
  for (const auto& [name, on] : switches) {
    int now = -1;
    if (sqlite3_db_config(raw, name, on, &now) != SQLITE_OK || now != on) {
      return fail(ErrorCode::internal, "SQLite does not take a setting the journal needs", path);
    }
  }
  return connection;
}

Result<Connection> Connection::open_for_reading(const std::string& path) {
  if (::access((path + "-journal").c_str(), F_OK) == 0) {
    auto recovering = open(path, SQLITE_OPEN_READWRITE);
    if (!recovering) return recovering;
    const auto looked = recovering->value("SELECT count(*) FROM sqlite_schema");
    if (!looked) return std::unexpected(looked.error());
  }
  return open(path, SQLITE_OPEN_READONLY);
}

Result<void> Connection::execute(const char* sql) {
  if (sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error();
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return error();
  Statement statement;
  statement.handle_.reset(raw);
  return statement;
}

Result<std::string> Connection::value(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? std::string(statement->text(0)) : std::string();
}

std::unexpected<Error> Connection::error() const {
  return make_error(sqlite3_extended_errcode(handle()), handle());
}

}  // namespace ringfence::sqlite
