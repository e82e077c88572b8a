// SPDX-License-Identifier: Apache-2.0
#include "journal/pages.h"

#include <utility>

namespace ringfence::journal {
namespace {

constexpr int kPageRowsMax = 4'096;
constexpr std::size_t kPageBytesMax = 4 << 20;  // and one line

}  // namespace

Result<Pages> Pages::open(sqlite::Connection& connection, std::int64_t after) {
  auto select = connection.prepare("SELECT seq, line FROM event WHERE seq > ? ORDER BY seq");
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
  select_.bind(1, after_);
  Page page;
  Result<bool> row = true;
  for (int i = 0; i < kPageRowsMax && page.text.size() < kPageBytesMax; ++i) {
    row = select_.step();
    if (!row || !*row) break;
    const std::string_view line = select_.text(1);
    page.rows.push_back({select_.integer(0), page.text.size(), line.size(), sha256(line)});
    page.text += line;
    after_ = page.rows.back().seq;
  }
  select_.reset();
  if (!row) return std::unexpected(row.error());
  return page;
}

}  // namespace ringfence::journal
