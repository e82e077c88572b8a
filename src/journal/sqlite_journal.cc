// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/file.h"
#include "engine/line_bounds.h"
#include "journal/directory_lock.h"
#include "journal/journal.h"
#include "journal/own_database.h"
#include "journal/schema.h"
#include "journal/stored_record.h"

namespace ringfence {
namespace {

using sqlite::Connection;
using sqlite::Statement;

// The write-ahead log is copied back into the database when it has grown by this much.
constexpr int kCheckpointPages = 1'024;  // of 4 KiB

Result<void> create_journal(const std::string& data_dir, const std::string& path) {
  if (auto made = sqlite::create_private(path); !made) return made;
  if (auto synced = sync_path(data_dir); !synced) return synced;
  return sync_path(data_dir + "/..");
}

Result<DirectoryLock> own_directory(const std::string& data_dir, const std::string& path) {
  if (auto made = make_directories(data_dir); !made) return std::unexpected(made.error());
  auto lock = DirectoryLock::take(data_dir);
  if (!lock) return lock;
  const std::string restoring = data_dir + "/" + journal::kRestoringFolder;
  if (::access((restoring + "/" + journal::kFileName).c_str(), F_OK) == 0) {
    return fail(ErrorCode::conflict,
                "a restore into this data directory was cut short; restore again", restoring);
  }
  if (auto made = create_journal(data_dir, path); !made) return std::unexpected(made.error());
  return lock;
}

// Sets a pragma and asserts that it is in force: SQLite ignores what it does not like.
Result<void> set_pragma(Connection& connection, const std::string& name, const std::string& value,
                        const std::string& in_force) {
  auto answer = connection.value("PRAGMA " + name + " = " + value);
  if (!answer) return std::unexpected(answer.error());
  auto now = connection.value("PRAGMA " + name);
  if (!now) return std::unexpected(now.error());
  if (*now == in_force) return {};
  return fail(ErrorCode::unavailable,
              "SQLite has " + name + " " + *now + " here, but the journal needs " + value);
}

class SqliteJournal final : public Journal {
 public:
  static Result<std::unique_ptr<Journal>> open(const JournalOptions& options);
  ~SqliteJournal() override;

  std::uint64_t last_seq() const override { return last_seq_; }
  const Digest& head() const override { return head_; }
  Result<std::uint64_t> newest() override { return last_seq_; }
  Result<std::optional<std::string>> line(std::uint64_t seq) override {
    return journal::line_of(connection_, seq);
  }
  using RecordSource::replay;
  Result<RecordPoint> replay(const RecordPoint& after, std::uint64_t last, UnitTable& units,
                             const Apply& apply) override {
    return journal::replay(connection_, after, last, units, apply);
  }
  using Journal::append;
  Result<std::vector<StoredEvent>> append(std::span<const Event> events, const UnitTable& units,
                                          std::span<const Payload> payloads) override;

 private:
  SqliteJournal(std::optional<DirectoryLock> lock, Connection connection)
      : lock_(std::move(lock)), connection_(std::move(connection)) {}

  Result<void> configure(bool exclusive);
  Result<void> prepare_statements();
  Result<void> read_head();
  Result<void> commit(std::span<const Event> events, std::span<const StoredEvent> lines,
                      std::span<const Payload> payloads);
  Result<void> erase_payloads(std::span<const Event> events);
  void checkpoint_if_due();
  int checkpoint(int mode, int& log, int& copied);
  static int on_commit(void* self, sqlite3*, const char*, int wal_pages);

  std::optional<DirectoryLock> lock_;  // outlives the connection; none on a test's file system
  Connection connection_;
  Statement begin_, insert_, insert_payload_, erase_payloads_, commit_;
  std::uint64_t last_seq_ = 0;
  Digest head_{};
  int wal_pages_ = 0;
  int checkpoint_at_pages_ = 0;
  // The log may hold what was erased: at first what a process that was killed left in it.
  bool erased_in_log_ = true;
  int patience_pages_ = 1;  // until a log that could not be emptied is tried again
  std::optional<Error> failed_;
};

Result<std::unique_ptr<Journal>> SqliteJournal::open(const JournalOptions& options) {
  const std::string path = options.data_dir + "/" + journal::kFileName;
  const bool machines_own = options.file_system.empty();
  std::optional<DirectoryLock> lock;
  if (machines_own) {
    auto owned = own_directory(options.data_dir, path);
    if (!owned) return std::unexpected(owned.error());
    lock.emplace(std::move(*owned));
  }
  auto connection =
      Connection::open(path, SQLITE_OPEN_READWRITE | (machines_own ? 0 : SQLITE_OPEN_CREATE),
                       machines_own ? nullptr : options.file_system.c_str());
  if (!connection) return std::unexpected(connection.error());
  std::unique_ptr<SqliteJournal> journal(
      new SqliteJournal(std::move(lock), std::move(*connection)));
  if (auto done = journal->configure(!machines_own); !done) return std::unexpected(done.error());
  if (auto done = journal::prepare_schema(journal->connection_); !done) {
    return std::unexpected(done.error());
  }
  if (auto done = journal->prepare_statements(); !done) return std::unexpected(done.error());
  if (auto done = journal->read_head(); !done) return std::unexpected(done.error());
  return journal;
}

// Who is alone on a file system says so before the log is first touched: SQLite then never asks for
// shared memory, and the methods of version 1 are all that a test's file system needs.
Result<void> SqliteJournal::configure(bool exclusive) {
  const char* const locking[2] = {exclusive ? "EXCLUSIVE" : "NORMAL",
                                  exclusive ? "exclusive" : "normal"};
  const char* const pragmas[][3] = {{"locking_mode", locking[0], locking[1]},
                                    {"journal_mode", "WAL", "wal"},
                                    {"synchronous", "FULL", "2"},
                                    {"wal_autocheckpoint", "0", "0"},
                                    {"temp_store", "MEMORY", "2"},
                                    {"secure_delete", "ON", "1"}};  // erased is overwritten
  for (const auto& [name, value, in_force] : pragmas) {
    if (auto set = set_pragma(connection_, name, value, in_force); !set) return set;
  }
  sqlite3_wal_hook(connection_.handle(), on_commit, this);
  return {};
}

Result<void> SqliteJournal::prepare_statements() {
  const auto prepare = [this](Statement& statement, std::string_view sql) -> Result<void> {
    auto made = connection_.prepare(sql);
    if (!made) return std::unexpected(made.error());
    statement = std::move(*made);
    return {};
  };
  if (auto made = prepare(begin_, "BEGIN IMMEDIATE"); !made) return made;
  if (auto made = prepare(insert_, "INSERT INTO event (seq, line) VALUES (?, ?)"); !made) {
    return made;
  }
  if (auto made = prepare(insert_payload_, "INSERT INTO payloads (seq, body) VALUES (?, ?)");
      !made) {
    return made;
  }
  if (auto made = prepare(erase_payloads_, "DELETE FROM payloads WHERE seq BETWEEN ? AND ?");
      !made) {
    return made;
  }
  return prepare(commit_, "COMMIT");
}

Result<void> SqliteJournal::read_head() {
  auto last = connection_.prepare("SELECT seq, line FROM event ORDER BY seq DESC LIMIT 1");
  if (!last) return std::unexpected(last.error());
  const auto row = last->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return {};
  last_seq_ = static_cast<std::uint64_t>(last->integer(0));
  head_ = sha256(last->text(1));
  return {};
}

SqliteJournal::~SqliteJournal() {
  // After a failure the log's tail is unknowable: it is left to the next process as it is.
  if (failed_ || last_seq_ == 0) return;
  begin_ = {};
  insert_ = {};
  insert_payload_ = {};
  erase_payloads_ = {};
  commit_ = {};
  sqlite3_wal_checkpoint_v2(connection_.handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                            nullptr);
}

Result<std::vector<StoredEvent>> SqliteJournal::append(std::span<const Event> events,
                                                       const UnitTable& units,
                                                       std::span<const Payload> payloads) {
  if (failed_) return std::unexpected(*failed_);
  std::vector<StoredEvent> lines;
  lines.reserve(events.size());
  Digest head = head_;
  for (const Event& event : events) {
    if (event.seq != last_seq_ + 1 + lines.size()) {
      return fail(ErrorCode::internal, "an event is out of sequence");
    }
    std::string& line = lines.emplace_back(event.seq, std::string()).line;
    line.reserve(512);
    encode(event, head, units, line);
    if (line.size() > kLineBytesMax) {
      return fail(ErrorCode::internal, "an event is longer than the record takes",
                  std::string(event_type(event.body)));
    }
    head = sha256(line);
  }
  if (lines.empty()) return lines;
  if (auto done = commit(events, lines, payloads); !done) {
    failed_ =
        Error{ErrorCode::unverifiable,
              "the journal could not be written and must be reopened: " + done.error().message,
              done.error().where};
    return std::unexpected(*failed_);
  }
  last_seq_ += lines.size();
  head_ = head;
  checkpoint_if_due();
  return lines;
}

Result<void> SqliteJournal::commit(std::span<const Event> events,
                                   std::span<const StoredEvent> lines,
                                   std::span<const Payload> payloads) {
  if (auto begun = begin_.run(); !begun) return begun;
  for (const StoredEvent& each : lines) {
    insert_.bind(1, static_cast<std::int64_t>(each.seq));
    insert_.bind(2, std::string_view(each.line));
    if (auto done = insert_.run(); !done) return done;
  }
  for (const Payload& each : payloads) {
    insert_payload_.bind(1, static_cast<std::int64_t>(each.seq));
    insert_payload_.bind(2, std::string_view(each.bytes));
    if (auto done = insert_payload_.run(); !done) return done;
  }
  if (auto done = erase_payloads(events); !done) return done;
  return commit_.run();
}

Result<void> SqliteJournal::erase_payloads(std::span<const Event> events) {
  for (const Event& event : events) {
    const auto* erased = std::get_if<PayloadsErased>(&event.body);
    if (erased == nullptr) continue;
    erase_payloads_.bind(1, erased->first);
    erase_payloads_.bind(2, erased->last);
    if (auto done = erase_payloads_.run(); !done) return done;
    erased_in_log_ = true;
    checkpoint_at_pages_ = 0;
    patience_pages_ = 1;
  }
  return {};
}

int SqliteJournal::on_commit(void* self, sqlite3*, const char*, int wal_pages) {
  static_cast<SqliteJournal*>(self)->wal_pages_ = wal_pages;
  return SQLITE_OK;
}

// Between commits, on the writing connection. What was appended is already durable, so a failure
// here is the next append's: a sync that failed once may falsely succeed when it is tried again.
void SqliteJournal::checkpoint_if_due() {
  if (wal_pages_ < checkpoint_at_pages_) return;
  int log = 0;
  int copied = 0;
  const int code = checkpoint(
      erased_in_log_ ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, log, copied);
  if (code == SQLITE_OK && log == copied) {
    erased_in_log_ = false;
    checkpoint_at_pages_ = kCheckpointPages;
    patience_pages_ = 1;
    return;
  }
  // A reader in the way lets the log grow on: it is tried again after as much again, and sooner
  // when something erased is in it.
  patience_pages_ =
      erased_in_log_ ? std::min(2 * patience_pages_, kCheckpointPages) : kCheckpointPages;
  checkpoint_at_pages_ = wal_pages_ + patience_pages_;
  if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) return;
  failed_ = connection_.error().error();
  failed_->code = ErrorCode::unverifiable;
}

// Waits for no reader: whoever asks for a commit would wait, too.
int SqliteJournal::checkpoint(int mode, int& log, int& copied) {
  sqlite3_busy_timeout(connection_.handle(), 0);
  const int code = sqlite3_wal_checkpoint_v2(connection_.handle(), "main", mode, &log, &copied);
  sqlite3_busy_timeout(connection_.handle(), sqlite::kBusyTimeoutMs);
  return code;
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const JournalOptions& options) {
  return SqliteJournal::open(options);
}

}  // namespace ringfence
