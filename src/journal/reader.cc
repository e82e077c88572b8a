// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <algorithm>

#include "journal/journal.h"
#include "journal/pages.h"
#include "journal/schema.h"
#include "journal/stored_record.h"

namespace ringfence {
namespace {

constexpr int kValueBytesMax = 17 << 20;  // the longest line that is decoded, and something

class SqliteReader final : public JournalReader {
 public:
  SqliteReader(sqlite::Connection connection, sqlite::Statement some, sqlite::Statement all)
      : connection_(std::move(connection)), select_(std::move(some)), all_(std::move(all)) {}

  Result<std::vector<StoredEvent>> read(std::uint64_t after, std::size_t max) override {
    select_.bind(1, stored(after));
    select_.bind(2, static_cast<std::int64_t>(std::min<std::size_t>(max, INT64_MAX)));
    std::vector<StoredEvent> events;
    auto row = select_.step();
    for (; row && *row; row = select_.step()) {
      events.emplace_back(static_cast<std::uint64_t>(select_.integer(0)),
                          std::string(select_.text(1)));
    }
    select_.reset();  // ends the read, which would keep the log from starting over
    if (!row) return std::unexpected(row.error());
    return events;
  }

  Result<LinePage> page(std::uint64_t after) override {
    return journal::read_page(all_, stored(after));
  }

  Result<std::uint64_t> newest() override { return journal::newest_event(connection_); }
  Result<std::optional<std::string>> line(std::uint64_t seq) override {
    return journal::line_of(connection_, seq);
  }
  using RecordSource::replay;
  Result<RecordPoint> replay(const RecordPoint& after, std::uint64_t last, UnitTable& units,
                             const Apply& apply) override {
    return journal::replay(connection_, after, last, units, apply);
  }

  Result<std::optional<std::string>> payload(std::uint64_t seq) override {
    const auto none = no_payloads();
    if (!none) return std::unexpected(none.error());
    if (*none) return std::nullopt;
    auto select = connection_.prepare("SELECT body FROM payloads WHERE seq = ?");
    if (!select) return std::unexpected(select.error());
    select->bind(1, static_cast<std::int64_t>(std::min<std::uint64_t>(seq, INT64_MAX)));
    const auto row = select->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::nullopt;
    return std::string(select->text(0));
  }

  Result<std::uint64_t> last_payload_before(Time time, std::size_t max) override {
    const auto none = no_payloads();
    if (!none) return std::unexpected(none.error());
    std::uint64_t last = 0;
    if (*none) return last;
    auto select = connection_.prepare(
        "SELECT seq, json_extract(line, '$.time') FROM payloads JOIN event USING (seq) ORDER BY "
        "seq");
    if (!select) return std::unexpected(select.error());
    auto row = select->step();
    for (; row && *row && max > 0; row = select->step(), --max) {
      const auto recorded = parse_rfc3339(select->text(1));
      if (!recorded) return std::unexpected(recorded.error());
      if (*recorded >= time) break;
      last = static_cast<std::uint64_t>(select->integer(0));
    }
    if (!row) return std::unexpected(row.error());
    return last;
  }

 private:
  // From the beginning also what stands before 1, where no event belongs: it is not passed over.
  static std::int64_t stored(std::uint64_t after) {
    return after == 0 ? INT64_MIN
                      : static_cast<std::int64_t>(std::min<std::uint64_t>(after, INT64_MAX));
  }

  // In journals that no version with payloads has opened there is no table for them.
  Result<bool> no_payloads() {
    const auto tables = connection_.value(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'payloads'");
    if (!tables) return std::unexpected(tables.error());
    return *tables == "0";
  }

  sqlite::Connection connection_;
  sqlite::Statement select_;  // so many
  sqlite::Statement all_;     // a page's
};

Result<sqlite::Connection> connect(const std::string& data_dir) {
  const std::string path = data_dir + "/" + journal::kFileName;
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return fail(ErrorCode::not_found, "there is no journal here", path);
  }
  auto connection = sqlite::Connection::open_for_reading(path);
  if (!connection) return connection;
  // It may be anybody's file: no line takes more memory than one may have, and what its schema
  // calls is not run.
  sqlite3_limit(connection->handle(), SQLITE_LIMIT_LENGTH, kValueBytesMax);
  if (auto set = connection->execute("PRAGMA trusted_schema = OFF"); !set) {
    return std::unexpected(set.error());
  }
  // Of a first start that was cut short: as if there were none.
  const auto tables = connection->value(
      "SELECT count(*) FROM sqlite_schema WHERE name = 'event' AND type = 'table'");
  if (!tables) return std::unexpected(tables.error());
  if (*tables == "0") return fail(ErrorCode::not_found, "there is no journal here yet", path);
  if (auto set = connection->execute("PRAGMA query_only = ON"); !set) {
    return std::unexpected(set.error());
  }
  return connection;
}

}  // namespace

Result<std::unique_ptr<JournalReader>> JournalReader::open(const std::string& data_dir) {
  constexpr std::string_view kSelect =
      "SELECT seq, line FROM event WHERE seq > ? ORDER BY seq LIMIT ?";
  auto connection = connect(data_dir);
  if (!connection) return std::unexpected(connection.error());
  auto select = connection->prepare(kSelect);
  if (!select) return std::unexpected(select.error());
  auto all = connection->prepare(journal::kSelectLines);
  if (!all) return std::unexpected(all.error());
  return std::make_unique<SqliteReader>(std::move(*connection), std::move(*select),
                                        std::move(*all));
}

}  // namespace ringfence
