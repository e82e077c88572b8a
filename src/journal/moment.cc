// SPDX-License-Identifier: Apache-2.0
#include "journal/moment.h"

#include <fmt/format.h>

namespace ringfence {
namespace {

Result<Time> time_of(RecordSource& record, std::uint64_t seq) {
  const auto unreadable = [seq](std::string_view why) {
    return fail(ErrorCode::unverifiable, fmt::format("event {} cannot be read: {}", seq, why));
  };
  const auto line = record.line(seq);
  if (!line) return std::unexpected(line.error());
  if (!*line) return unreadable("it is missing");
  UnitTable units;
  const auto decoded = decode(**line, units);
  if (!decoded) return unreadable(decoded.error().text());
  return decoded->event.time;
}

}  // namespace

Result<std::uint64_t> last_event_at(RecordSource& record, Time at) {
  const auto newest = record.newest();
  if (!newest) return newest;
  // Times never step back: those up to `seq` have come, those from `end` on have not.
  std::uint64_t seq = 0;
  std::uint64_t end = *newest + 1;
  while (end - seq > 1) {
    const std::uint64_t middle = seq + (end - seq) / 2;
    const auto time = time_of(record, middle);
    if (!time) return std::unexpected(time.error());
    (*time <= at ? seq : end) = middle;
  }
  return seq;
}

}  // namespace ringfence
