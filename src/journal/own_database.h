// SPDX-License-Identifier: Apache-2.0
// Small databases of our own beside the journal: private to their owner, written through one
// connection, durable when a commit returns (WAL, synchronous=FULL).
//
// Contract: as sqlite.h. Errors name the file.
#pragma once

#include <span>
#include <string>

#include "journal/sqlite.h"

namespace ringfence::sqlite {

struct OwnSchema {
  const char* application_id;  // decimal, for file(1); also tells the version of the tables
  const char* tables;          // SQL that makes them
  bool check_all;              // all of it is read at each opening: not for what grows large
};

// SQLite gives its side files the mode of the database, so it is made, with 0600, before SQLite
// sees it; there it stays as it is. Errors: `unavailable`.
Result<void> create_private(const std::string& path);

// Made, mode 0600, where it is missing. After its commits this connection also copies the log back.
// Errors: `unavailable`, `unverifiable` (damaged, of another program or version).
Result<Connection> open_own(const std::string& path, const OwnSchema& schema);
// Errors likewise, and `not_found` also where a first start was cut short before there was a table.
Result<Connection> open_own_for_reading(const std::string& path, const OwnSchema& schema);
// For its owner's end, with no statement left: nothing remains in the log.
void copy_log_back(Connection& connection);

struct Prepared {
  Statement* statement;
  std::string sql;
};
Result<void> prepare_all(Connection& connection, std::span<const Prepared> statements);

}  // namespace ringfence::sqlite
