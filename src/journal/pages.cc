// SPDX-License-Identifier: Apache-2.0
#include "journal/pages.h"

#include <utility>

namespace ringfence::journal {
namespace {

constexpr std::size_t kPageRowsMax = 4'096;
constexpr std::size_t kPageBytesMax = 4 << 20;  // and one line

}  // namespace

Result<LinePage> read_page(sqlite::Statement& select, std::int64_t after) {
  select.bind(1, after);
  LinePage page;
  page.rows.reserve(kPageRowsMax);
  page.text.reserve(kPageBytesMax / 4);  // what so many usual lines take
  Result<bool> row = true;
  while (page.rows.size() < kPageRowsMax && page.text.size() < kPageBytesMax) {
    row = select.step();
    if (!row || !*row) break;
    page.add(static_cast<std::uint64_t>(select.integer(0)), select.text(1));
  }
  select.reset();  // ends the read, which would keep the log from starting over
  if (!row) return std::unexpected(row.error());
  return page;
}

Result<Pages> Pages::open(sqlite::Connection& connection, std::int64_t after) {
  auto select = connection.prepare(kSelectLines);
  if (!select) return std::unexpected(select.error());
  return Pages(std::move(*select), after);
}

Result<Page> Pages::next() {
  Result<Page> page = ahead_.valid() ? ahead_.get() : read();
  if (page && !page->rows.empty())
    ahead_ = std::async(std::launch::async, [this] { return read(); });
  return page;
}

Result<Page> Pages::read() {
  auto lines = read_page(select_, after_);
  if (!lines) return std::unexpected(lines.error());
  Page page{std::move(*lines), {}};
  if (page.rows.empty()) return page;
  after_ = static_cast<std::int64_t>(page.rows.back().seq);
  page.hashes.reserve(page.rows.size());
  for (const LinePage::Row& row : page.rows) page.hashes.push_back(sha256(page.line(row)));
  return page;
}

}  // namespace ringfence::journal
