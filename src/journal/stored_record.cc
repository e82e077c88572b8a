// SPDX-License-Identifier: Apache-2.0
#include "journal/stored_record.h"

#include <algorithm>

#include "journal/chain.h"
#include "journal/pages.h"

namespace ringfence::journal {
namespace {

std::int64_t stored(std::uint64_t seq) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(seq, INT64_MAX));
}

}  // namespace

Result<std::uint64_t> newest_event(sqlite::Connection& connection) {
  auto select = connection.prepare("SELECT max(seq) FROM event");
  if (!select) return std::unexpected(select.error());
  const auto row = select->step();
  if (!row) return std::unexpected(row.error());
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, select->integer(0)));
}

Result<std::optional<std::string>> line_of(sqlite::Connection& connection, std::uint64_t seq) {
  auto select = connection.prepare("SELECT line FROM event WHERE seq = ?");
  if (!select) return std::unexpected(select.error());
  select->bind(1, stored(seq));
  const auto row = select->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return std::string(select->text(0));
}

Result<RecordPoint> replay(sqlite::Connection& connection, const RecordPoint& after,
                           std::uint64_t last, UnitTable& units, const RecordSource::Apply& apply) {
  auto pages = Pages::open(connection, after.seq == 0 ? INT64_MIN : stored(after.seq));
  if (!pages) return std::unexpected(pages.error());
  Chain chain(after);
  while (chain.at().seq < last) {
    const auto page = pages->next();
    if (!page) return std::unexpected(page.error());
    if (page->rows.empty()) break;
    for (std::size_t i = 0; i < page->rows.size() && chain.at().seq != last; ++i) {
      const LinePage::Row& row = page->rows[i];
      const auto event =
          chain.next(static_cast<std::int64_t>(row.seq), page->line(row), page->hashes[i], units);
      if (!event) return std::unexpected(event.error());
      if (auto applied = apply(*event); !applied) return std::unexpected(applied.error());
    }
  }
  return chain.at();
}

}  // namespace ringfence::journal
