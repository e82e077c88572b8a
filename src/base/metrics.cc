// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <algorithm>

#include "base/ensure.h"

namespace ringfence {
namespace {

MetricSample sample_of(const MetricLabels& labels, const Histogram& histogram) {
  MetricSample sample;
  sample.labels = labels;
  sample.value = histogram.sum();
  for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
    sample.count += histogram.bucket(i);
    sample.buckets.emplace_back(histogram.bounds()[i], sample.count);
  }
  sample.count += histogram.bucket(histogram.bounds().size());
  return sample;
}

}  // namespace

Histogram::Histogram(std::span<const std::int64_t> bounds) : size_(bounds.size()) {
  RF_ENSURE(bounds.size() <= kBucketsMax, "a histogram has too many buckets");
  std::ranges::copy(bounds, bounds_.begin());
}

void Histogram::observe(std::int64_t value) {
  const auto all = bounds();
  const auto at = static_cast<std::size_t>(std::ranges::lower_bound(all, value) - all.begin());
  counts_[at].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::size_t Metrics::place(const MetricName& name, MetricKind kind, MetricLabels labels,
                           std::size_t fresh) {
  auto found = families_.find(name.name);
  if (found == families_.end()) {
    Family family{std::string(name.help), kind, name.scale, {}};
    found = families_.emplace(std::string(name.name), std::move(family)).first;
  }
  Family& family = found->second;
  RF_ENSURE(family.kind == kind, "a metric has two kinds");
  if (family.series.size() >= kSeriesMax && !family.series.contains(labels)) {
    for (auto& label : labels) label.second = "other";
  }
  return family.series.emplace(std::move(labels), fresh).first->second;
}

Counter& Metrics::counter(const MetricName& name, MetricLabels labels) {
  const std::lock_guard hold(mutex_);
  const std::size_t at = place(name, MetricKind::counter, std::move(labels), counters_.size());
  if (at == counters_.size()) counters_.emplace_back();
  return counters_[at];
}

Gauge& Metrics::gauge(const MetricName& name, MetricLabels labels) {
  const std::lock_guard hold(mutex_);
  const std::size_t at = place(name, MetricKind::gauge, std::move(labels), gauges_.size());
  if (at == gauges_.size()) gauges_.emplace_back();
  return gauges_[at];
}

Histogram& Metrics::histogram(const MetricName& name, std::span<const std::int64_t> bounds,
                              MetricLabels labels) {
  const std::lock_guard hold(mutex_);
  const std::size_t at = place(name, MetricKind::histogram, std::move(labels), histograms_.size());
  if (at == histograms_.size()) histograms_.emplace_back(bounds);
  return histograms_[at];
}

std::vector<MetricFamily> Metrics::read() const {
  const std::lock_guard hold(mutex_);
  std::vector<MetricFamily> families;
  for (const auto& [name, family] : families_) {
    MetricFamily out{name, family.help, family.kind, family.scale, {}};
    for (const auto& [labels, at] : family.series) {
      MetricSample sample;
      sample.labels = labels;
      switch (family.kind) {
        case MetricKind::counter:
          sample.value = static_cast<std::int64_t>(counters_[at].value());
          break;
        case MetricKind::gauge: sample.value = gauges_[at].value(); break;
        case MetricKind::histogram: sample = sample_of(labels, histograms_[at]); break;
      }
      out.samples.push_back(std::move(sample));
    }
    families.push_back(std::move(out));
  }
  return families;
}

}  // namespace ringfence
