// SPDX-License-Identifier: Apache-2.0
#include "witness/memory.h"

#include <utility>

#include "base/bytes.h"
#include "journal/own_database.h"

namespace ringfence::witness {
namespace {

using sqlite::Connection;
using sqlite::Statement;

constexpr sqlite::OwnSchema kSchema{.application_id = "1382503473",  // "RgT1"
                                    .tables = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE latest (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root TEXT NOT NULL,
                     checkpoint TEXT NOT NULL) STRICT;
CREATE TABLE contradiction (origin TEXT NOT NULL, size INTEGER NOT NULL, root TEXT NOT NULL,
                            checkpoint TEXT NOT NULL, cosigned TEXT NOT NULL,
                            PRIMARY KEY (origin, size)) STRICT;
)sql",
                                    .check_all = true};
constexpr const char* kMostContradictions = "100";  // of a log

class SqliteMemory final : public Memory {
 public:
  explicit SqliteMemory(Connection connection) : connection_(std::move(connection)) {}
  ~SqliteMemory() override {
    statements_ = {};
    sqlite::copy_log_back(connection_);
  }

  Result<void> prepare();
  Result<std::string> public_key() override {
    return connection_.value("SELECT value FROM meta WHERE name = 'public_key'");
  }
  Result<void> set_public_key(std::string_view key) override;
  Result<bool> empty() override;
  Result<audit::TreeHead> latest(std::string_view origin) override;
  Result<void> advance(std::string_view origin, const audit::TreeHead& from,
                       const audit::TreeHead& to, std::string_view checkpoint) override;
  Result<bool> keep_contradiction(std::string_view origin, const audit::TreeHead& head,
                                  std::string_view checkpoint) override;

 private:
  struct Statements {
    Statement latest, put_latest, put_contradiction;
  };

  Result<void> move(std::string_view origin, const audit::TreeHead& from, const audit::TreeHead& to,
                    std::string_view checkpoint);

  Connection connection_;
  Statements statements_;
};

void bind_row(Statement& statement, std::string_view origin, const audit::TreeHead& head,
              std::string_view root, std::string_view checkpoint) {
  statement.bind(1, origin);
  statement.bind(2, static_cast<std::int64_t>(head.size));
  statement.bind(3, root);
  statement.bind(4, checkpoint);
}

Result<void> SqliteMemory::prepare() {
  const std::string keep =
      std::string(
          "INSERT OR IGNORE INTO contradiction (origin, size, root, checkpoint, cosigned) "
          "SELECT ?1, ?2, ?3, ?4, checkpoint FROM latest WHERE origin = ?1 AND size = ?2 "
          "AND (SELECT count(*) FROM contradiction WHERE origin = ?1) < ") +
      kMostContradictions;
  const sqlite::Prepared all[] = {
      {&statements_.latest, "SELECT size, root FROM latest WHERE origin = ?"},
      {&statements_.put_latest,
       "INSERT OR REPLACE INTO latest (origin, size, root, checkpoint) VALUES (?, ?, ?, ?)"},
      {&statements_.put_contradiction, keep}};
  return sqlite::prepare_all(connection_, all);
}

Result<void> SqliteMemory::set_public_key(std::string_view key) {
  auto put =
      connection_.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('public_key', ?)");
  if (!put) return std::unexpected(put.error());
  put->bind(1, key);
  return put->run();
}

Result<bool> SqliteMemory::empty() {
  const auto logs = connection_.value("SELECT count(*) FROM latest");
  if (!logs) return std::unexpected(logs.error());
  return *logs == "0";
}

Result<audit::TreeHead> SqliteMemory::latest(std::string_view origin) {
  Statement& select = statements_.latest;
  select.bind(1, origin);
  const auto row = select.step();
  audit::TreeHead head;
  bool readable = true;
  if (row && *row) {
    const auto root = digest_from_hex(select.text(1));
    readable = root && select.integer(0) >= 0;
    if (readable) head = {static_cast<std::uint64_t>(select.integer(0)), *root};
  }
  select.reset();
  if (!row) return std::unexpected(row.error());
  if (!readable) return fail(ErrorCode::unverifiable, "a head is damaged", kMemoryName);
  return head;
}

Result<void> SqliteMemory::advance(std::string_view origin, const audit::TreeHead& from,
                                   const audit::TreeHead& to, std::string_view checkpoint) {
  auto done = connection_.execute("BEGIN IMMEDIATE");
  if (done) done = move(origin, from, to, checkpoint);
  if (done) done = connection_.execute("COMMIT");
  if (done) return done;
  const Error error = done.error();
  (void)connection_.execute("ROLLBACK");  // fails where SQLite has rolled back by itself
  return std::unexpected(error);
}

Result<void> SqliteMemory::move(std::string_view origin, const audit::TreeHead& from,
                                const audit::TreeHead& to, std::string_view checkpoint) {
  const auto now = latest(origin);
  if (!now) return std::unexpected(now.error());
  if (*now != from) return fail(ErrorCode::conflict, "another checkpoint was cosigned meanwhile");
  const std::string root = to_hex(to.root);
  bind_row(statements_.put_latest, origin, to, root, checkpoint);
  return statements_.put_latest.run();
}

Result<bool> SqliteMemory::keep_contradiction(std::string_view origin, const audit::TreeHead& head,
                                              std::string_view checkpoint) {
  const std::string root = to_hex(head.root);
  bind_row(statements_.put_contradiction, origin, head, root, checkpoint);
  if (auto done = statements_.put_contradiction.run(); !done) {
    return std::unexpected(done.error());
  }
  return sqlite3_changes(connection_.handle()) > 0;
}

}  // namespace

Result<std::unique_ptr<Memory>> Memory::open(const std::string& dir) {
  const std::string path = dir + "/" + kMemoryName;
  auto connection = sqlite::open_own(path, kSchema);
  if (!connection) return std::unexpected(connection.error());
  auto memory = std::make_unique<SqliteMemory>(*std::move(connection));
  if (auto ready = memory->prepare(); !ready) return std::unexpected(ready.error());
  return memory;
}

}  // namespace ringfence::witness
