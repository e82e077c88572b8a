// SPDX-License-Identifier: Apache-2.0
// Lines: the stored lines of a record from its first on, wherever they come from.
//
// Contract: one thread. What a source says of a line is checked by whoever reads it (verifier.h).
// A live record may grow meanwhile: the end is what was there when it was reached.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "journal/line_page.h"

namespace ringfence::evidence {

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
// `not_found`, `unavailable`, and from `next` `unverifiable` (a line longer than an event can be,
// or without its end).
Result<std::unique_ptr<Lines>> lines_of_file(const std::string& path);

}  // namespace ringfence::evidence
