// SPDX-License-Identifier: Apache-2.0
// Times in events: RFC 3339 in UTC, written and read without the general parser's cost.
//
// Contract: pure; internal to the codec. What `append_time` writes is what format_rfc3339 gives,
// but for times past the year 9999, which are written "never" and read as Time::max(), and times
// before 1970, which are written as 1970. Only that one spelling is read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace ringfence::codec {

// Appends with the quotes.
void append_time(std::string& out, Time time);
// The text between the quotes.
std::optional<Time> read_time(std::string_view text);

}  // namespace ringfence::codec
