// SPDX-License-Identifier: Apache-2.0
#include "harness.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace ringfence::bench {

std::int64_t ticks_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);  // tidy:allow(clock) what a benchmark is for
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

std::size_t Histogram::bucket(std::uint64_t ns) {
  constexpr std::uint64_t kLinear = 1U << (kPrecisionBits + 1);
  if (ns < kLinear) return ns;
  const int shift = static_cast<int>(std::bit_width(ns)) - (kPrecisionBits + 1);
  return (static_cast<std::size_t>(shift) << kPrecisionBits) + (ns >> shift);
}

std::int64_t Histogram::upper_ns(std::size_t bucket) {
  constexpr std::size_t kLinear = 1U << (kPrecisionBits + 1);
  if (bucket < kLinear) return static_cast<std::int64_t>(bucket);
  const std::size_t shift = (bucket >> kPrecisionBits) - 1;
  const std::uint64_t top = bucket - (shift << kPrecisionBits);
  return static_cast<std::int64_t>(((top + 1) << shift) - 1);
}

void Histogram::add(std::int64_t ns) {
  constexpr std::int64_t kHourNs = 3'600'000'000'000;
  ns = std::clamp<std::int64_t>(ns, 0, kHourNs);
  ++buckets_[bucket(static_cast<std::uint64_t>(ns))];
  ++count_;
  max_ns_ = std::max(max_ns_, ns);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

std::int64_t Histogram::percentile_ns(double part) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen > 0 && seen >= wanted) return std::min(upper_ns(i), max_ns_);
  }
  return 0;
}

struct Flags::Core {
  CLI::App app;
};

Flags::Flags(std::string_view what) : core_(std::make_unique<Core>()) {
  core_->app.description(std::string(what));
}
Flags::~Flags() = default;

Flags& Flags::add(std::string_view name, std::int64_t& value, std::string_view help) {
  core_->app.add_option(std::string(name), value, std::string(help))->capture_default_str();
  return *this;
}
Flags& Flags::add(std::string_view name, double& value, std::string_view help) {
  core_->app.add_option(std::string(name), value, std::string(help))->capture_default_str();
  return *this;
}
Flags& Flags::add(std::string_view name, std::string& value, std::string_view help) {
  core_->app.add_option(std::string(name), value, std::string(help))->capture_default_str();
  return *this;
}
Flags& Flags::add(std::string_view name, bool& value, std::string_view help) {
  core_->app.add_flag(std::string(name), value, std::string(help));
  return *this;
}

void Flags::parse(int argc, char** argv) {
  try {
    core_->app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(core_->app.exit(error) == 0 ? 0 : 2);
  }
}

void Common::declare(Flags& flags) {
  flags.add("--seconds", seconds, "to measure")
      .add("--warmup", warmup_seconds, "seconds before, not measured")
      .add("--connections", connections, "requests in flight, one a connection");
}

namespace {

Json decimal(double value) { return Json::Number{fmt::format("{:.3f}", value)}; }

Json micros(std::int64_t ns) { return decimal(static_cast<double>(ns) / 1000); }

}  // namespace

Json latency_json(const Histogram& histogram) {
  Json latency;
  latency.set("p50", micros(histogram.percentile_ns(0.50)))
      .set("p99", micros(histogram.percentile_ns(0.99)))
      .set("p99.9", micros(histogram.percentile_ns(0.999)))
      .set("max", micros(histogram.max_ns()));
  return latency;
}

void print_result(std::string_view program, const Histogram& histogram, double seconds,
                  std::uint64_t count, const Json& extra) {
  Json line;
  line.set("program", program)
      .set("count", static_cast<std::int64_t>(count))
      .set("seconds", decimal(seconds))
      .set("throughput_per_s", decimal(seconds > 0 ? static_cast<double>(count) / seconds : 0))
      .set("latency_us", latency_json(histogram));
  if (const Json::Object* members = extra.object()) {
    for (const auto& [key, value] : *members) line.set(key, value);
  }
  std::puts(line.text().c_str());
}

Memory memory() {
  Memory found;
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::int64_t kib = 0;
    if (word == "VmRSS:" && status >> kib) found.resident_bytes = kib * 1024;
    if (word == "VmHWM:" && status >> kib) found.peak_bytes = kib * 1024;
  }
  return found;
}

void give_up(std::string_view sentence) {
  std::fputs(fmt::format("{}\n", sentence).c_str(), stderr);
  std::exit(1);
}

}  // namespace ringfence::bench
