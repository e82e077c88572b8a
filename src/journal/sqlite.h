// SPDX-License-Identifier: Apache-2.0
// Thin owners of an SQLite connection and its prepared statements, with errors as values.
//
// Contract: one thread at a time per connection and its statements; statements die before their
// connection. A connection never checkpoints by itself, neither after a commit nor at close.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringfence::sqlite {

inline constexpr int kBusyTimeoutMs =
    5'000;  // for a reader's lock while the log's index is rebuilt

class Connection;

class Statement {
 public:
  Statement() = default;

  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view text);         // borrowed until the next reset
  void bind_bytes(int index, std::string_view bytes);  // likewise
  // True for a row, false at the end.
  Result<bool> step();
  // Steps to the end and resets.
  Result<void> run();
  void reset();

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  std::string_view text(int column) const;   // valid until the next step
  std::string_view bytes(int column) const;  // likewise

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

class Connection {
 public:
  // `flags` and `vfs` as sqlite3_open_v2 takes them. Errors: `unavailable`, `unverifiable`
  // (damaged).
  static Result<Connection> open(const std::string& path, int flags, const char* vfs = nullptr);

  // For reading alone. What a writer that was killed left half done is undone first, as SQLite
  // does before any use: a connection that may not write could not look at the rest.
  static Result<Connection> open_for_reading(const std::string& path);

  Result<void> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  // The first column of the first row as text; empty when there is none.
  Result<std::string> value(std::string_view sql);
  sqlite3* handle() const { return handle_.get(); }
  // The error for what this connection's last call returned.
  std::unexpected<Error> error() const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace ringfence::sqlite
