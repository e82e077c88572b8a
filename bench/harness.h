// SPDX-License-Identifier: Apache-2.0
// What every program of the bench has in common: flags, a clock, a histogram, one line of results.
//
// Contract: a program declares its flags, measures, and prints one JSON object on stdout:
//   {"program", "count", "seconds", "throughput_per_s",
//    "latency_us": {"p50", "p99", "p99.9", "max"}, …its own members}
// bench/run reads it. Exit 0, or 2 for wrong flags, 1 with a sentence on stderr. One thread, unless
// a program says otherwise.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/time.h"

namespace ringfence::bench {

// Monotonic nanoseconds.
std::int64_t ticks_ns();

// Counts of durations in nanoseconds, in buckets no wider than 1/64 of what they hold. What is
// longer than an hour counts as an hour.
class Histogram {
 public:
  void add(std::int64_t ns);
  void merge(const Histogram& other);
  std::uint64_t count() const { return count_; }
  std::int64_t max_ns() const { return max_ns_; }
  // The upper end of the bucket below which the share `part` (0…1) lies; 0 when empty.
  std::int64_t percentile_ns(double part) const;

 private:
  static constexpr int kPrecisionBits = 6;
  static std::size_t bucket(std::uint64_t ns);
  static std::int64_t upper_ns(std::size_t bucket);

  std::array<std::uint64_t, (64 - kPrecisionBits) << kPrecisionBits> buckets_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ns_ = 0;
};

// Command line flags; `--help` lists them. Keeps references to what they set.
class Flags {
 public:
  explicit Flags(std::string_view what);
  ~Flags();
  Flags& add(std::string_view name, std::int64_t& value, std::string_view help);
  Flags& add(std::string_view name, double& value, std::string_view help);
  Flags& add(std::string_view name, std::string& value, std::string_view help);
  Flags& add(std::string_view name, bool& value, std::string_view help);
  // Ends the program for --help and for wrong flags.
  void parse(int argc, char** argv);

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

// The flags that all programs take.
struct Common {
  double seconds = 5;         // to measure
  double warmup_seconds = 1;  // before, not measured
  std::int64_t connections = 1;
  void declare(Flags& flags);
};

// What `once` takes, again and again for the usual time.
struct Measured {
  Histogram latency;
  double seconds = 0;
};
template <class Once>
Measured measure(const Common& common, Once once) {
  const auto ns = [](double seconds) { return static_cast<std::int64_t>(seconds * 1e9); };
  for (const std::int64_t end = ticks_ns() + ns(common.warmup_seconds); ticks_ns() < end;) once();
  Measured measured;
  const std::int64_t start = ticks_ns();
  std::int64_t last = start;
  while (last < start + ns(common.seconds)) {
    once();
    const std::int64_t done = ticks_ns();
    measured.latency.add(done - last);
    last = done;
  }
  measured.seconds = static_cast<double>(last - start) / 1e9;
  return measured;
}

// {"p50", "p99", "p99.9", "max"} in microseconds.
Json latency_json(const Histogram& histogram);

// The line of results. `extra` is merged into it.
void print_result(std::string_view program, const Histogram& histogram, double seconds,
                  std::uint64_t count, const Json& extra);

// What the process has in memory now, and at most so far; bytes.
struct Memory {
  std::int64_t resident_bytes = 0;
  std::int64_t peak_bytes = 0;
};
Memory memory();

[[noreturn]] void give_up(std::string_view sentence);

}  // namespace ringfence::bench
