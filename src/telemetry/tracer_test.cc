// SPDX-License-Identifier: Apache-2.0
// What is dropped is counted; what arrives at a collector is in tests/e2e/test_observability.py.
#include "telemetry/tracer.h"

#include <gtest/gtest.h>

namespace ringfence::telemetry {
namespace {

std::int64_t dropped(const Metrics& metrics, std::string_view reason) {
  for (const MetricFamily& family : metrics.read()) {
    for (const MetricSample& sample : family.samples) {
      const bool asked = sample.labels == MetricLabels{{"reason", std::string(reason)}};
      if (family.name == "ringfence_trace_spans_dropped_total" && asked) return sample.value;
    }
  }
  return -1;
}

TraceSpan a_span() {
  TraceSpan span;
  span.context = child_of(std::nullopt);
  return span;
}

TEST(Tracer, AFullQueueDropsAndTheEndDoesNotWaitForNobody) {
  const auto metrics = std::make_shared<Metrics>();
  TracerOptions options;
  options.endpoint = "http://127.0.0.1:1";  // nobody listens there
  options.metrics = metrics;
  options.queue_max = 2;
  options.interval = Duration::hours(1);
  auto tracer = Tracer::open(std::move(options));
  ASSERT_TRUE(tracer) << tracer.error().text();
  for (int i = 0; i < 5; ++i) (*tracer)->record(a_span());
  EXPECT_EQ(dropped(*metrics, "queue_full"), 3);
  EXPECT_EQ(dropped(*metrics, "not_taken"), 0);
  tracer->reset();
  EXPECT_EQ(dropped(*metrics, "not_taken"), 2);
}

TEST(Tracer, AnAddressThatIsNone) {
  for (const char* endpoint : {"", "nonsense", "ftp://host", "http://user:pass@host"}) {
    TracerOptions options;
    options.endpoint = endpoint;
    EXPECT_FALSE(Tracer::open(std::move(options))) << endpoint;
  }
}

}  // namespace
}  // namespace ringfence::telemetry
