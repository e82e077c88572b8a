// SPDX-License-Identifier: Apache-2.0
// Bare SQLite, as durable as the record: WAL, synchronous=FULL, --rows rows in each commit, with
// SQLite's own checkpoints.
#include <fmt/format.h>
#include <sqlite3.h>

#include "harness.h"

namespace {

using namespace ringfence;
using namespace ringfence::bench;

void must(int code, sqlite3* connection) {
  if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
    give_up(fmt::format("SQLite: {}", sqlite3_errmsg(connection)));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Common common;
  std::string directory = ".";
  std::int64_t rows = 1;
  std::int64_t bytes = 700;
  Flags flags("Commits of SQLite in WAL mode with synchronous=FULL.");
  common.declare(flags);
  flags.add("--data", directory, "folder of a new database")
      .add("--rows", rows, "in each commit")
      .add("--bytes", bytes, "each row");
  flags.parse(argc, argv);

  sqlite3* db = nullptr;
  must(sqlite3_open((directory + "/commit.db").c_str(), &db), db);
  must(sqlite3_exec(db,
                    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                    "CREATE TABLE event (seq INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT;",
                    nullptr, nullptr, nullptr),
       db);
  sqlite3_stmt* insert = nullptr;
  must(sqlite3_prepare_v2(db, "INSERT INTO event (line) VALUES (?)", -1, &insert, nullptr), db);
  const std::string line(static_cast<std::size_t>(bytes), 'x');
  const auto add = [&] {
    must(sqlite3_bind_text(insert, 1, line.data(), static_cast<int>(line.size()), SQLITE_STATIC),
         db);
    must(sqlite3_step(insert), db);
    must(sqlite3_reset(insert), db);
  };
  const Measured measured = measure(common, [&] {
    if (rows > 1) must(sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), db);
    for (std::int64_t i = 0; i < rows; ++i) add();
    if (rows > 1) must(sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr), db);
  });
  sqlite3_finalize(insert);
  sqlite3_close(db);
  print_result("sqlite_commit", measured.latency, measured.seconds,
               measured.latency.count() * static_cast<std::uint64_t>(rows),
               Json().set("rows", rows).set("bytes", bytes).set("sqlite", sqlite3_libversion()));
}
