// SPDX-License-Identifier: Apache-2.0
#include "journal/chain.h"

#include <fmt/format.h>

namespace ringfence::journal {

Result<Event> Chain::next(std::int64_t stored_seq, std::string_view line, const Digest& hash,
                          UnitTable& units) {
  const std::uint64_t expected = at_.seq + 1;
  const auto bad = [&](std::string_view why) {
    return fail(ErrorCode::unverifiable,
                fmt::format("the record is damaged at event {}: {}", expected, why),
                fmt::format("event {}", expected));
  };
  if (stored_seq < 1 || static_cast<std::uint64_t>(stored_seq) != expected)
    return bad(fmt::format("event {} stands in its place", stored_seq));
  auto decoded = decode(line, units);
  if (!decoded) return bad(decoded.error().text());
  if (decoded->event.seq != expected) return bad("its line carries another number");
  if (decoded->prev != at_.head) return bad("its `prev` is not the hash of the line before");
  at_ = {expected, hash};
  return std::move(decoded->event);
}

}  // namespace ringfence::journal
