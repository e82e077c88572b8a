// SPDX-License-Identifier: Apache-2.0
#include "webhook/schedule.h"

#include <gtest/gtest.h>

namespace ringfence::webhook {
namespace {

TEST(WebhookSchedule, IsTheStandards) {
  const Duration expected[] = {Duration::seconds(5), Duration::minutes(5), Duration::minutes(30),
                               Duration::hours(2),   Duration::hours(5),   Duration::hours(10),
                               Duration::hours(14),  Duration::hours(20),  Duration::hours(24)};
  int attempts = 1;
  for (const Duration delay : expected) {
    EXPECT_EQ(delay_after(attempts, 0), delay) << attempts;
    ++attempts;
  }
  EXPECT_EQ(delay_after(attempts, 0), std::nullopt);
  EXPECT_EQ(delay_after(0, 0), std::nullopt);
}

TEST(WebhookSchedule, ComesLaterByChanceNeverEarlier) {
  for (int attempts = 1; attempts < kAttemptsMax; ++attempts) {
    const Duration least = *delay_after(attempts, 0);
    for (const std::uint32_t chance : {1U, 500U, 999U, 4'294'967'295U}) {
      const Duration delay = *delay_after(attempts, chance);
      EXPECT_GE(delay, least);
      EXPECT_LE(delay.us, least.us + least.us / 10);
      EXPECT_LE(delay, kDelayMax);
    }
    EXPECT_GT(*delay_after(attempts, 999), least);
  }
}

TEST(WebhookSchedule, AReceiversWishMakesItLongerWithinBounds) {
  EXPECT_EQ(delay_after(1, 0, Duration::seconds(60)), Duration::seconds(60));
  EXPECT_EQ(delay_after(2, 0, Duration::seconds(60)), Duration::minutes(5));
  EXPECT_EQ(delay_after(1, 0, Duration::days(30)), kRetryAfterMax);
  EXPECT_LE(*delay_after(1, 999, Duration::days(30)), kDelayMax);
  EXPECT_EQ(delay_after(kAttemptsMax, 0, Duration::seconds(60)), std::nullopt);
}

TEST(WebhookSchedule, ReadsBothFormsOfRetryAfter) {
  const Time now = parse_rfc3339("2026-11-21T16:00:00Z").value();
  const struct {
    std::string_view text;
    Duration wish;
  } rows[] = {
      {"120", Duration::seconds(120)},
      {"0", {}},
      {"-5", {}},
      {"", {}},
      {"soon", {}},
      {"1.5", {}},
      {"99999999999999999999999", {}},
      {"Sat, 21 Nov 2026 16:02:00 GMT", Duration::seconds(120)},
      {"Sat, 21 Nov 2026 15:59:00 GMT", {}},
      {"Sat, 21 Nov 2026 16:02:00 GMT and more", {}},
  };
  for (const auto& row : rows) EXPECT_EQ(parse_retry_after(row.text, now), row.wish) << row.text;
}

}  // namespace
}  // namespace ringfence::webhook
