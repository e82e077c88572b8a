// SPDX-License-Identifier: Apache-2.0
// RollingSum: what was settled within the last `span`, in 60 sub-buckets and the partial oldest.
//
// Contract: pure; times never step back. The partly elapsed oldest bucket counts in full, so the
// sum is never below the truth and at most one sub-bucket's amounts above it.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"
#include "base/window.h"

namespace ringfence {

class PackedReader;
class PackedWriter;

class RollingSum {
 public:
  explicit RollingSum(Duration span);

  // Forgets the buckets that have left the window at `now`.
  void advance(Time now);
  std::int64_t total() const { return total_; }
  // Adds to the bucket of `at`; an `at` that has left the window changes nothing.
  void add(std::int64_t amount, Time at);
  // The earliest time at which the total is at most `target`, were nothing added; `now` or later.
  Time when_at_most(std::int64_t target, Time now) const;

  // Loads into a new one of the same span.
  void save(PackedWriter& out) const;
  void load(PackedReader& in);

 private:
  static constexpr std::int64_t kSlots = kRollingBuckets + 1;
  std::int64_t bucket_of(Time t) const { return t.us / width_us_; }

  std::int64_t width_us_;
  std::int64_t newest_ = 0;  // bucket number that `advance` saw last
  std::int64_t total_ = 0;
  std::array<std::int64_t, kSlots> amounts_{};
};

}  // namespace ringfence
