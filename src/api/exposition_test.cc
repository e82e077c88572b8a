// SPDX-License-Identifier: Apache-2.0
#include "api/exposition.h"

#include <gtest/gtest.h>

#include <array>

namespace ringfence::api {
namespace {

TEST(Exposition, EveryKindWithItsScaleAndEscapes) {
  Metrics metrics;
  metrics.counter({"calls_total", "Calls\\all\nof them."}, {{"who", "a\"b\\c\nd"}}).add(3);
  metrics.gauge({"held", "Held.", 9}).set(1'500'000'000);
  constexpr std::array<std::int64_t, 2> kBounds = {500, 2'000'000};
  Histogram& times = metrics.histogram({"took_seconds", "Took.", 6}, kBounds, {{"k", "v"}});
  times.observe(500);
  times.observe(1'000'000);
  times.observe(9'000'000);
  EXPECT_EQ(exposition(metrics.read()),
            "# HELP calls_total Calls\\\\all\\nof them.\n"
            "# TYPE calls_total counter\n"
            "calls_total{who=\"a\\\"b\\\\c\\nd\"} 3\n"
            "# HELP held Held.\n"
            "# TYPE held gauge\n"
            "held 1.5\n"
            "# HELP took_seconds Took.\n"
            "# TYPE took_seconds histogram\n"
            "took_seconds_bucket{k=\"v\",le=\"0.0005\"} 1\n"
            "took_seconds_bucket{k=\"v\",le=\"2\"} 2\n"
            "took_seconds_bucket{k=\"v\",le=\"+Inf\"} 3\n"
            "took_seconds_sum{k=\"v\"} 10.0005\n"
            "took_seconds_count{k=\"v\"} 3\n");
}

}  // namespace
}  // namespace ringfence::api
