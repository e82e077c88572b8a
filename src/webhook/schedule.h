// SPDX-License-Identifier: Apache-2.0
// When a delivery that failed is tried again: the schedule of Standard Webhooks 1.0.
//
// Contract: pure. Ten attempts in all, over three days: at once, then 5 s, 5 min, 30 min, 2 h, 5 h,
// 10 h, 14 h, 20 h and 24 h after the one before, each up to a tenth later by chance, so that many
// that failed together do not come back together. A receiver's `retry-after` can make a delay
// longer, up to kRetryAfterMax, never shorter.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace ringfence::webhook {

inline constexpr int kAttemptsMax = 10;
inline constexpr Duration kRetryAfterMax = Duration::hours(24);
// No delay is longer: what lies further ahead was written under another clock.
inline constexpr Duration kDelayMax = Duration::hours(27);

// From the failure of attempt `attempts` (from 1) to the next; nothing when it was the last.
// `chance` is a random number; `wish` what the receiver asked for.
std::optional<Duration> delay_after(int attempts, std::uint32_t chance, Duration wish = {});

// A `retry-after` header: seconds or an HTTP date (RFC 9110, 10.2.3); none when it is neither, and
// nothing below zero.
Duration parse_retry_after(std::string_view text, Time now);

}  // namespace ringfence::webhook
