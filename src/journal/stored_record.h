// SPDX-License-Identifier: Apache-2.0
// What both kinds of RecordSource do with their connection.
//
// Contract: as RecordSource; nobody else may use the connection meanwhile.
#pragma once

#include <string>

#include "journal/record_source.h"
#include "journal/sqlite.h"

namespace ringfence::journal {

Result<std::uint64_t> newest_event(sqlite::Connection& connection);
Result<std::optional<std::string>> line_of(sqlite::Connection& connection, std::uint64_t seq);
Result<RecordPoint> replay(sqlite::Connection& connection, const RecordPoint& after,
                           std::uint64_t last, UnitTable& units, const RecordSource::Apply& apply);

}  // namespace ringfence::journal
