// SPDX-License-Identifier: Apache-2.0
// Where in a record a moment lies.
#pragma once

#include "base/time.h"
#include "journal/record_source.h"

namespace ringfence {

// The last event that had come by then; 0: none. Looks at some twenty lines of a million.
// Errors: `unverifiable` (a line that cannot be read), and those of reading.
Result<std::uint64_t> last_event_at(RecordSource& record, Time at);

}  // namespace ringfence
