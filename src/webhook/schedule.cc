// SPDX-License-Identifier: Apache-2.0
#include "webhook/schedule.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/decimal.h"

namespace ringfence::webhook {
namespace {

constexpr std::array<Duration, kAttemptsMax - 1> kDelays{
    Duration::seconds(5), Duration::minutes(5), Duration::minutes(30),
    Duration::hours(2),   Duration::hours(5),   Duration::hours(10),
    Duration::hours(14),  Duration::hours(20),  Duration::hours(24)};
constexpr std::int64_t kJitterParts = 10;
constexpr std::size_t kHeaderMax = 64;

}  // namespace

std::optional<Duration> delay_after(int attempts, std::uint32_t chance, Duration wish) {
  if (attempts < 1 || attempts >= kAttemptsMax) return std::nullopt;
  Duration delay = kDelays[static_cast<std::size_t>(attempts - 1)];
  delay = std::max(delay, std::min(wish, kRetryAfterMax));
  return Duration{delay.us + (delay.us / kJitterParts) * (chance % 1'000) / 1'000};
}

Duration parse_retry_after(std::string_view text, Time now) {
  if (text.empty() || text.size() > kHeaderMax) return {};
  if (const auto seconds = parse_decimal(text, 0)) {
    return Duration::seconds(std::max<std::int64_t>(*seconds, 0));
  }
  tm parts{};
  const std::string date(text);
  const char* end = ::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return {};
  const Time at = Time{} + Duration::seconds(::timegm(&parts));
  return at > now ? at - now : Duration{};
}

}  // namespace ringfence::webhook
