// SPDX-License-Identifier: Apache-2.0
// CSV (RFC 4180): a row an event, with what most events have in common, for spreadsheets.
//
// Contract: pure. Amounts are in nano-dollars, as on the record. A cell that a spreadsheet would
// take for a formula begins with an apostrophe. What has no column is in the lines.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ringfence::evidence {

// With its end of line, as rows are.
std::string csv_head();
// Of a stored line. Errors: `invalid` (no line of ours).
Result<std::string> csv_row(std::string_view line);

}  // namespace ringfence::evidence
