// SPDX-License-Identifier: Apache-2.0
// LineChain: follows stored lines from one to the next, as far as the signed record needs it.
//
// Contract: a plain value. A line follows when it has the next number, in its row and in itself,
// and its `prev` is the hash of the line before; what else it says is the codec's to judge. So a
// line that was changed behind the writer's back is never signed.
#pragma once

#include <fmt/format.h>

#include "base/bytes.h"
#include "journal/journal.h"

namespace ringfence::notary {

class LineChain {
 public:
  // After `seq` lines, the last of which has the hash `head`; of none it is zeros.
  explicit LineChain(std::uint64_t seq = 0, const Digest& head = {}) : seq_(seq), head_(head) {}

  // Errors: `unverifiable`, naming the event; nothing has changed then.
  Result<void> follow(const StoredEvent& event) {
    const std::string start = fmt::format("{{\"seq\":{},\"prev\":\"{}\",", seq_ + 1, to_hex(head_));
    if (event.seq != seq_ + 1 || !event.line.starts_with(start)) {
      return fail(ErrorCode::unverifiable,
                  "the record is damaged or was changed: this event does not follow the one "
                  "before it",
                  fmt::format("event {}", seq_ + 1));
    }
    head_ = sha256(event.line);
    ++seq_;
    return {};
  }

  std::uint64_t seq() const { return seq_; }
  const Digest& head() const { return head_; }

 private:
  std::uint64_t seq_;
  Digest head_;
};

}  // namespace ringfence::notary
