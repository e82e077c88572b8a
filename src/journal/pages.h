// SPDX-License-Identifier: Apache-2.0
// Pages: the stored lines in order, read and hashed one page ahead of whoever decodes them.
//
// Contract: a page has at most 4,096 lines, and ends with the one that exceeds 4 MiB. Between two
// pages no read is open, so that a live log may start over. `Pages` owns a statement on a
// connection that nobody else may use until this object is gone. Hashing is half of the cost of a
// recovery, so it runs on a thread of its own.
#pragma once

#include <cstdint>
#include <future>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "journal/line_page.h"
#include "journal/sqlite.h"

namespace ringfence::journal {

struct Page : LinePage {
  std::vector<Digest> hashes;  // of each row's line
};

inline constexpr std::string_view kSelectLines =
    "SELECT seq, line FROM event WHERE seq > ? ORDER BY seq";
// The next lines of that.
Result<LinePage> read_page(sqlite::Statement& select, std::int64_t after);

class Pages {
 public:
  // Of what is stored after this number.
  static Result<Pages> open(sqlite::Connection& connection, std::int64_t after);
  // The next page; one without rows is the end.
  Result<Page> next();

 private:
  Pages(sqlite::Statement select, std::int64_t after) : select_(std::move(select)), after_(after) {}
  Result<Page> read();

  sqlite::Statement select_;
  std::int64_t after_;
  std::future<Result<Page>> ahead_;
};

}  // namespace ringfence::journal
