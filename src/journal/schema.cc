// SPDX-License-Identifier: Apache-2.0
#include "journal/schema.h"

#include <fmt/format.h>

namespace ringfence::journal {
namespace {

constexpr int kApplicationId = 0x52674631;  // "RgF1", for file(1)

constexpr const char* kTables = R"sql(
CREATE TABLE event (seq INTEGER PRIMARY KEY CHECK (seq > 0), line TEXT NOT NULL) STRICT;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
  BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event
  BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
)sql";

// Beside the record: what its events name by digest alone, such as the arguments that a person was
// shown. A row may be erased at any time. Journals of earlier versions have no such table yet.
constexpr const char* kBeside = R"sql(
CREATE TABLE IF NOT EXISTS payloads (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
)sql";

// Of a hold only the newest `resolved` event counts: a late settle or a correction replaces the
// charge before it.
constexpr const char* kViews = R"sql(
DROP VIEW IF EXISTS spend_by_account_day;
DROP VIEW IF EXISTS charges;
DROP VIEW IF EXISTS holds;
DROP VIEW IF EXISTS runs;
DROP VIEW IF EXISTS refusals;
DROP VIEW IF EXISTS alerts;

CREATE VIEW holds (hold, opened_at, run, account, operation, holder, state, closed_at, deadline,
                   need_usd_nano, charged_usd_nano, charged, late, uncertain, decision) AS
WITH opened AS (
  SELECT line FROM event WHERE json_extract(line, '$.type') = 'hold'
), closed AS (
  SELECT json_extract(line, '$.hold') AS hold, max(seq), line
  FROM event WHERE json_extract(line, '$.type') = 'resolved' GROUP BY 1
)
SELECT json_extract(opened.line, '$.hold'), json_extract(opened.line, '$.time'),
       json_extract(opened.line, '$.run'), json_extract(opened.line, '$.account'),
       json_extract(opened.line, '$.operation'), json_extract(opened.line, '$.holder'),
       coalesce(json_extract(closed.line, '$.state'), 'open'),
       json_extract(closed.line, '$.time'), json_extract(opened.line, '$.deadline'),
       coalesce(json_extract(opened.line, '$.need.usd'), 0),
       coalesce(json_extract(closed.line, '$.charged.usd'), 0),
       coalesce(json_extract(closed.line, '$.charged'), '{}'),
       coalesce(json_extract(closed.line, '$.late'), 0),
       coalesce(json_extract(closed.line, '$.uncertain'), 0),
       json_extract(opened.line, '$.decision')
FROM opened LEFT JOIN closed ON closed.hold = json_extract(opened.line, '$.hold');

CREATE VIEW charges (hold, day, run, account, operation, unit, amount) AS
SELECT holds.hold, substr(holds.opened_at, 1, 10), holds.run, holds.account, holds.operation,
       each.key, each.value
FROM holds, json_each(holds.charged) AS each;

CREATE VIEW spend_by_account_day (account, day, holds, usd_nano, usd, calls, tokens, input_tokens,
                                  output_tokens) AS
WITH RECURSIVE above (account, ancestor) AS (
  SELECT DISTINCT account, account FROM holds
  UNION
  SELECT account, coalesce(nullif(rtrim(rtrim(ancestor, replace(ancestor, '/', '')), '/'), ''), '/')
  FROM above WHERE ancestor <> '/'
), total AS (
  SELECT above.ancestor AS account, charges.day AS day, count(DISTINCT charges.hold) AS holds,
         coalesce(sum(amount) FILTER (WHERE unit = 'usd'), 0) AS usd_nano,
         coalesce(sum(amount) FILTER (WHERE unit = 'calls'), 0) AS calls,
         coalesce(sum(amount) FILTER (WHERE unit = 'tokens'), 0) AS tokens,
         coalesce(sum(amount) FILTER (WHERE unit = 'input_tokens'), 0) AS input_tokens,
         coalesce(sum(amount) FILTER (WHERE unit = 'output_tokens'), 0) AS output_tokens
  FROM charges JOIN above ON above.account = charges.account
  GROUP BY above.ancestor, charges.day
)
SELECT account, day, holds, usd_nano,
       printf('%d.%09d', usd_nano / 1000000000, usd_nano % 1000000000),
       calls, tokens, input_tokens, output_tokens
FROM total ORDER BY account, day;

CREATE VIEW runs (run, started_at, account, parent, actor, hard_end, ended_at, ended_by, reason,
                  revoked) AS
WITH started AS (
  SELECT line FROM event WHERE json_extract(line, '$.type') = 'run_started'
), ended AS (
  SELECT json_extract(line, '$.run') AS run, max(seq), line
  FROM event WHERE json_extract(line, '$.type') = 'run_ended' GROUP BY 1
)
SELECT json_extract(started.line, '$.run'), json_extract(started.line, '$.time'),
       json_extract(started.line, '$.account'), json_extract(started.line, '$.parent'),
       json_extract(started.line, '$.actor'), json_extract(started.line, '$.hard_end'),
       json_extract(ended.line, '$.time'), json_extract(ended.line, '$.actor'),
       json_extract(ended.line, '$.reason'), coalesce(json_extract(ended.line, '$.revoked'), 0)
FROM started LEFT JOIN ended ON ended.run = json_extract(started.line, '$.run');

CREATE VIEW refusals (seq, time, run, account, operation, reason, wall, sentence, count) AS
SELECT event.seq, json_extract(event.line, '$.time'), json_extract(event.line, '$.run'),
       coalesce(json_extract(event.line, '$.account'), runs.account),
       json_extract(event.line, '$.operation'), json_extract(event.line, '$.reason'),
       json_extract(event.line, '$.wall_key'), json_extract(event.line, '$.sentence'),
       coalesce(json_extract(event.line, '$.count'), 1)
FROM event LEFT JOIN runs ON runs.run = json_extract(event.line, '$.run')
WHERE json_extract(event.line, '$.type') IN ('refused', 'refused_again');

CREATE VIEW alerts (seq, time, wall, subject, unit, threshold, settled, cap) AS
SELECT seq, json_extract(line, '$.time'), json_extract(line, '$.wall'),
       json_extract(line, '$.subject'), json_extract(line, '$.unit'),
       json_extract(line, '$.threshold'), json_extract(line, '$.settled'),
       json_extract(line, '$.cap')
FROM event WHERE json_extract(line, '$.type') = 'alert';
)sql";

Result<void> create_tables(sqlite::Connection& connection) {
  if (auto made = connection.execute(kTables); !made) return made;
  const std::string rest =
      fmt::format("INSERT INTO meta VALUES ('format', '{}'); PRAGMA application_id = {};",
                  kFormatVersion, kApplicationId);
  return connection.execute(rest.c_str());
}

// The views carry no data, so any difference is settled by making them anew.
Result<void> renew_views(sqlite::Connection& connection) {
  const auto known = connection.value("SELECT value FROM meta WHERE name = 'views'");
  if (!known) return std::unexpected(known.error());
  if (*known == kViews) return {};
  if (auto made = connection.execute(kViews); !made) return made;
  auto note = connection.prepare("INSERT OR REPLACE INTO meta VALUES ('views', ?)");
  if (!note) return std::unexpected(note.error());
  note->bind(1, std::string_view(kViews));
  return note->run();
}

Result<void> check_or_create(sqlite::Connection& connection) {
  const auto objects = connection.value("SELECT count(*) FROM sqlite_schema");
  if (!objects) return std::unexpected(objects.error());
  if (*objects == "0") {
    if (auto made = create_tables(connection); !made) return made;
  }
  const auto tables = connection.value(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('event', 'meta')");
  if (!tables) return std::unexpected(tables.error());
  const char* path = sqlite3_db_filename(connection.handle(), "main");
  if (*tables != "2") return fail(ErrorCode::unverifiable, "this is not a journal", path);
  const auto format = connection.value("SELECT value FROM meta WHERE name = 'format'");
  if (!format) return std::unexpected(format.error());
  if (*format != std::to_string(kFormatVersion)) {
    return fail(ErrorCode::unverifiable,
                "the journal has format " + *format + "; this version of ringfence reads format " +
                    std::to_string(kFormatVersion),
                path);
  }
  if (auto made = connection.execute(kBeside); !made) return made;
  return renew_views(connection);
}

}  // namespace

Result<void> prepare_schema(sqlite::Connection& connection) {
  if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) return begun;
  if (auto done = check_or_create(connection); !done) return done;
  return connection.execute("COMMIT");
}

}  // namespace ringfence::journal
