// SPDX-License-Identifier: Apache-2.0
#include "webhook/store.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "journal/own_database.h"
#include "webhook/schedule.h"

namespace ringfence::webhook {
namespace {

using sqlite::Connection;
using sqlite::Statement;

constexpr sqlite::OwnSchema kSchema{.application_id = "1382504241",  // "RgW1"
                                    .tables = R"sql(
CREATE TABLE endpoint (name TEXT PRIMARY KEY, identity TEXT NOT NULL, cursor INTEGER NOT NULL,
                       disabled INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE pending (endpoint TEXT NOT NULL, seq INTEGER NOT NULL, attempts INTEGER NOT NULL,
                      next_at INTEGER NOT NULL, PRIMARY KEY (endpoint, seq)) STRICT, WITHOUT ROWID;
CREATE INDEX pending_due ON pending (endpoint, next_at);
)sql",
                                    .check_all = true};

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(Connection connection) : connection_(std::move(connection)) {}
  ~SqliteStore() override {
    statements_ = {};
    sqlite::copy_log_back(connection_);
  }

  Result<void> prepare();
  Result<std::vector<EndpointRow>> endpoints() override;
  Result<std::map<std::string, std::uint64_t>> commit(const StoreChange& change) override;
  Result<std::vector<PendingRow>> due(const std::string& endpoint, Time now,
                                      std::size_t max) override;
  Result<std::optional<Time>> next_due(const std::string& endpoint, Time now) override;
  Result<std::size_t> pending(const std::string& endpoint) override;

 private:
  struct Statements {
    Statement put_endpoint, drop_endpoint, empty, put, done, due, next_due, count, drop_oldest;
  };

  Result<void> write(const StoreChange& change, std::map<std::string, std::uint64_t>& dropped);
  Result<void> keep_bound(const std::string& endpoint,
                          std::map<std::string, std::uint64_t>& dropped);

  Connection connection_;
  Statements statements_;
};

Result<void> SqliteStore::prepare() {
  const sqlite::Prepared all[] = {
      {&statements_.put_endpoint,
       "INSERT OR REPLACE INTO endpoint (name, identity, cursor, disabled) VALUES (?, ?, ?, ?)"},
      {&statements_.drop_endpoint, "DELETE FROM endpoint WHERE name = ?"},
      {&statements_.empty, "DELETE FROM pending WHERE endpoint = ?"},
      {&statements_.put,
       "INSERT OR REPLACE INTO pending (endpoint, seq, attempts, next_at) VALUES (?, ?, ?, ?)"},
      {&statements_.done, "DELETE FROM pending WHERE endpoint = ? AND seq = ?"},
      {&statements_.due,
       "SELECT seq, attempts, next_at FROM pending WHERE endpoint = ?1 AND "
       "(next_at <= ?2 OR next_at > ?3) ORDER BY next_at, seq LIMIT ?4"},
      {&statements_.next_due,
       "SELECT min(next_at) FROM pending WHERE endpoint = ? AND next_at > ?"},
      {&statements_.count, "SELECT count(*) FROM pending WHERE endpoint = ?"},
      {&statements_.drop_oldest,
       "DELETE FROM pending WHERE endpoint = ?1 AND seq IN "
       "(SELECT seq FROM pending WHERE endpoint = ?1 ORDER BY seq LIMIT ?2)"}};
  return sqlite::prepare_all(connection_, all);
}

Result<std::vector<EndpointRow>> SqliteStore::endpoints() {
  auto select = connection_.prepare("SELECT name, identity, cursor, disabled FROM endpoint");
  if (!select) return std::unexpected(select.error());
  std::vector<EndpointRow> rows;
  auto row = select->step();
  for (; row && *row; row = select->step()) {
    rows.push_back({std::string(select->text(0)), std::string(select->text(1)),
                    static_cast<std::uint64_t>(select->integer(2)), select->integer(3) != 0});
  }
  if (!row) return std::unexpected(row.error());
  return rows;
}

Result<std::map<std::string, std::uint64_t>> SqliteStore::commit(const StoreChange& change) {
  std::map<std::string, std::uint64_t> dropped;
  if (change.empty()) return dropped;
  auto done = connection_.execute("BEGIN IMMEDIATE");
  if (done) done = write(change, dropped);
  if (done) done = connection_.execute("COMMIT");
  if (done) return dropped;
  const Error error = done.error();
  (void)connection_.execute("ROLLBACK");  // fails where SQLite has rolled back by itself
  return std::unexpected(error);
}

Result<void> SqliteStore::write(const StoreChange& change,
                                std::map<std::string, std::uint64_t>& dropped) {
  for (const std::string& name : change.removed) {
    for (Statement* statement : {&statements_.drop_endpoint, &statements_.empty}) {
      statement->bind(1, name);
      if (auto done = statement->run(); !done) return done;
    }
  }
  for (const std::string& name : change.emptied) {
    statements_.empty.bind(1, name);
    if (auto done = statements_.empty.run(); !done) return done;
  }
  for (const EndpointRow& row : change.endpoints) {
    statements_.put_endpoint.bind(1, row.name);
    statements_.put_endpoint.bind(2, row.identity);
    statements_.put_endpoint.bind(3, static_cast<std::int64_t>(row.cursor));
    statements_.put_endpoint.bind(4, std::int64_t{row.disabled ? 1 : 0});
    if (auto done = statements_.put_endpoint.run(); !done) return done;
  }
  for (const auto& [endpoint, row] : change.waiting) {
    statements_.put.bind(1, endpoint);
    statements_.put.bind(2, static_cast<std::int64_t>(row.seq));
    statements_.put.bind(3, std::int64_t{row.attempts});
    statements_.put.bind(4, row.next_at.us);
    if (auto done = statements_.put.run(); !done) return done;
    dropped.try_emplace(endpoint, 0);
  }
  for (const auto& [endpoint, seq] : change.done) {
    statements_.done.bind(1, endpoint);
    statements_.done.bind(2, static_cast<std::int64_t>(seq));
    if (auto done = statements_.done.run(); !done) return done;
  }
  for (const auto& [endpoint, count] : dropped) {
    if (auto kept = keep_bound(endpoint, dropped); !kept) return kept;
  }
  std::erase_if(dropped, [](const auto& each) { return each.second == 0; });
  return {};
}

Result<void> SqliteStore::keep_bound(const std::string& endpoint,
                                     std::map<std::string, std::uint64_t>& dropped) {
  const auto waiting = pending(endpoint);
  if (!waiting) return std::unexpected(waiting.error());
  if (*waiting <= kPendingMax) return {};
  const std::size_t excess = *waiting - kPendingMax;
  dropped[endpoint] = excess;
  statements_.drop_oldest.bind(1, endpoint);
  statements_.drop_oldest.bind(2, static_cast<std::int64_t>(excess));
  return statements_.drop_oldest.run();
}

Result<std::vector<PendingRow>> SqliteStore::due(const std::string& endpoint, Time now,
                                                 std::size_t max) {
  Statement& select = statements_.due;
  select.bind(1, endpoint);
  select.bind(2, now.us);
  select.bind(3, (now + kDelayMax).us);
  select.bind(4, static_cast<std::int64_t>(max));
  std::vector<PendingRow> rows;
  auto row = select.step();
  for (; row && *row; row = select.step()) {
    rows.push_back({static_cast<std::uint64_t>(select.integer(0)),
                    static_cast<int>(select.integer(1)), Time{select.integer(2)}});
  }
  select.reset();
  if (!row) return std::unexpected(row.error());
  return rows;
}

Result<std::optional<Time>> SqliteStore::next_due(const std::string& endpoint, Time now) {
  Statement& select = statements_.next_due;
  select.bind(1, endpoint);
  select.bind(2, now.us);
  const auto row = select.step();
  std::optional<Time> at;
  if (row && *row && !select.text(0).empty()) at = Time{select.integer(0)};
  select.reset();
  if (!row) return std::unexpected(row.error());
  return at;
}

Result<std::size_t> SqliteStore::pending(const std::string& endpoint) {
  Statement& select = statements_.count;
  select.bind(1, endpoint);
  const auto row = select.step();
  const auto count = row && *row ? static_cast<std::size_t>(select.integer(0)) : 0;
  select.reset();
  if (!row) return std::unexpected(row.error());
  return count;
}

Result<std::unique_ptr<Store>> open_at(const std::string& path) {
  auto connection = sqlite::open_own(path, kSchema);
  if (!connection) return std::unexpected(connection.error());
  auto store = std::make_unique<SqliteStore>(*std::move(connection));
  if (auto ready = store->prepare(); !ready) return std::unexpected(ready.error());
  return store;
}

Result<std::string> set_aside(const std::string& path) {
  const std::string aside =
      path + ".damaged-" + std::to_string(SystemClock::read().wall.us / 1'000'000);
  for (const char* part : {"", "-wal", "-shm"}) {
    if (std::rename((path + part).c_str(), (aside + part).c_str()) != 0 && errno != ENOENT) {
      return fail(ErrorCode::unavailable,
                  std::string("cannot be set aside: ") + std::strerror(errno), path);
    }
  }
  return aside;
}

}  // namespace

bool Store::exists(const std::string& data_dir) {
  return ::access((data_dir + "/" + kStoreName).c_str(), F_OK) == 0;
}

Result<Store::Opened> Store::open(const std::string& data_dir) {
  const std::string path = data_dir + "/" + kStoreName;
  Opened opened;
  auto store = open_at(path);
  if (!store && store.error().code != ErrorCode::unavailable) {
    auto aside = set_aside(path);
    if (!aside) return std::unexpected(aside.error());
    opened.set_aside = *std::move(aside);
    store = open_at(path);
  }
  if (!store) return std::unexpected(store.error());
  opened.store = *std::move(store);
  return opened;
}

}  // namespace ringfence::webhook
