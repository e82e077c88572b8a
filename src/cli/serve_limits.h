// SPDX-License-Identifier: Apache-2.0
// The limits of the daemon's own port, by the names that --limit takes.
//
// Contract: pure but for `make_room_for_connections`, which raises this process's own limit on open
// files as far as the system lets it. One table holds names, ranges and what happens beyond; the
// defaults are those of http::ServerLimits. docs/serve.md shows it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "http/server.h"

namespace ringfence {

// "connections=500", "idle_seconds=20". Errors: `invalid`, naming the option and what it takes.
Result<http::ServerLimits> parse_limits(const std::vector<std::string>& texts);

struct LimitRow {
  std::string name;
  std::int64_t value = 0;
  std::string beyond;  // what happens there
};
std::vector<LimitRow> limit_rows(const http::ServerLimits& limits);

// Each connection may need a second descriptor, for its call to a provider. Lowers the limit to
// what there is; true when it did.
bool make_room_for_connections(http::ServerLimits& limits);

}  // namespace ringfence
