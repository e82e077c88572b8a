// SPDX-License-Identifier: Apache-2.0
#include "fault.h"

namespace mock {

FaultPoint first_fault(const Knobs& knobs, std::int64_t tokens) {
  FaultPoint first;
  const auto consider = [&](Fault fault, const std::optional<std::int64_t>& after) {
    if (!after || *after > tokens) return;
    if (first.fault == Fault::none || *after < first.after_tokens) first = {fault, *after};
  };
  consider(Fault::stall, knobs.stall_after_tokens);
  consider(Fault::reset, knobs.reset_after_tokens);
  consider(Fault::close, knobs.close_after_tokens);
  consider(Fault::error, knobs.error_after_tokens);
  return first;
}

ReplyForm form_of(const Knobs& knobs, std::uint64_t sequence) {
  return {.coding = knobs.compress,
          .length_style = knobs.length_style,
          .split = knobs.split,
          .chunk_bytes = static_cast<std::size_t>(knobs.chunk_bytes),
          .big_headers = static_cast<std::size_t>(knobs.big_headers),
          .seed = static_cast<std::uint64_t>(knobs.seed) + sequence};
}

}  // namespace mock
