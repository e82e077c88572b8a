// SPDX-License-Identifier: Apache-2.0
// Lines: the stored lines of a record from its first on, wherever they come from.
//
// Contract: one thread. What a source says of a line is checked by whoever reads it (verifier.h).
// A live record may grow meanwhile: the end is what was there when it was reached.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ringfence::evidence {

struct LinePage {
  struct Row {
    std::uint64_t seq = 0;             // under which it is stored
    std::size_t offset = 0, size = 0;  // in `text`
  };
  std::string text;
  std::vector<Row> rows;

  std::string_view line(const Row& row) const { return {text.data() + row.offset, row.size}; }
  void add(std::uint64_t seq, std::string_view line) {
    rows.push_back({seq, text.size(), line.size()});
    text += line;
  }
};

class Lines {
 public:
  virtual ~Lines() = default;
  // The next ones; a page without rows is the end.
  virtual Result<LinePage> next() = 0;
};

// Of a data directory, live or not. Errors: `not_found` (no journal there), `unverifiable`,
// `unavailable`.
Result<std::unique_ptr<Lines>> lines_of_journal(const std::string& data_dir);
// Of a file with one event a line, such as an exported one; numbered as they stand there. Errors:
// `not_found`, `unavailable`, and from `next` `invalid` (a line too long, no end of line).
Result<std::unique_ptr<Lines>> lines_of_file(const std::string& path);

}  // namespace ringfence::evidence
