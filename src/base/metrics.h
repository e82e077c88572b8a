// SPDX-License-Identifier: Apache-2.0
// Metrics: counters, gauges and histograms that any room counts in, and one place to read them.
//
// Contract: thread-safe. Counting is one or two relaxed atomic additions: no lock, no allocation,
// so it may stand on any path. Looking a series up by its labels takes a lock: a hot path does it
// once and keeps the reference, which lives as long as the Metrics. A name has one kind, one help
// and one scale, those of its first use. Values are whole numbers of 10^-scale, never floats.
// Series are bounded per name: beyond kSeriesMax they are counted together, every label "other".
//
// It stands in `base` because the service, the gateway and the exporter all count and none of them
// may know another; how it is written for others to read is in `api`.
//
// Limitations: one read is no snapshot: a histogram's sum may be an observation ahead of its count.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringfence {

inline constexpr std::size_t kSeriesMax = 1'000;  // of one name
inline constexpr std::size_t kBucketsMax = 24;

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

class Gauge {
 public:
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  void set(std::int64_t n) { value_.store(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

class Histogram {
 public:
  // Upper bounds, inclusive, ascending, at most kBucketsMax; the last bucket has none.
  explicit Histogram(std::span<const std::int64_t> bounds);
  void observe(std::int64_t value);

  std::span<const std::int64_t> bounds() const { return {bounds_.data(), size_}; }
  // Not cumulative; `bucket(bounds().size())` is the last.
  std::uint64_t bucket(std::size_t i) const { return counts_[i].load(std::memory_order_relaxed); }
  std::int64_t sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::array<std::int64_t, kBucketsMax> bounds_{};
  std::size_t size_ = 0;
  std::array<std::atomic<std::uint64_t>, kBucketsMax + 1> counts_{};
  std::atomic<std::int64_t> sum_ = 0;
};

// In microseconds, with kMicroScale: from 50 us to 10 s, and from 5 ms to 10 min.
inline constexpr int kMicroScale = 6;
inline constexpr std::array<std::int64_t, 17> kShortTimes = {
    50,     100,     250,     500,     1'000,     2'500,     5'000,     10'000,    25'000,
    50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};
inline constexpr std::array<std::int64_t, 16> kLongTimes = {
    5'000,      10'000,      25'000,      50'000,     100'000,    250'000,
    500'000,    1'000'000,   2'500'000,   5'000'000,  10'000'000, 30'000'000,
    60'000'000, 120'000'000, 300'000'000, 600'000'000};

using MetricLabels = std::vector<std::pair<std::string, std::string>>;
enum class MetricKind : std::uint8_t { counter, gauge, histogram };

struct MetricName {
  std::string_view name;  // [a-z_][a-z0-9_]*, a counter's with "_total" at its end
  std::string_view help;
  int scale = 0;  // of its values
};

// What was counted, for one who writes it out.
struct MetricSample {
  MetricLabels labels;
  std::int64_t value = 0;  // of a histogram the sum
  // Of a histogram: (upper bound, how many not above it), and how many in all.
  std::vector<std::pair<std::int64_t, std::uint64_t>> buckets;
  std::uint64_t count = 0;
  std::optional<int> scale = {};  // where it is not the family's
};
struct MetricFamily {
  std::string name, help;
  MetricKind kind = MetricKind::gauge;
  int scale = 0;
  std::vector<MetricSample> samples;
};

class Metrics {
 public:
  Metrics() = default;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(const MetricName& name, MetricLabels labels = {});
  Gauge& gauge(const MetricName& name, MetricLabels labels = {});
  Histogram& histogram(const MetricName& name, std::span<const std::int64_t> bounds,
                       MetricLabels labels = {});

  // By name, the series by their labels.
  std::vector<MetricFamily> read() const;

 private:
  struct Family {
    std::string help;
    MetricKind kind = MetricKind::counter;
    int scale = 0;
    std::map<MetricLabels, std::size_t> series;  // where in the deque of its kind
  };
  // The series' place, `fresh` if it is new.
  std::size_t place(const MetricName& name, MetricKind kind, MetricLabels labels,
                    std::size_t fresh);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
  std::deque<Counter> counters_;
  std::deque<Gauge> gauges_;
  std::deque<Histogram> histograms_;
};

}  // namespace ringfence
