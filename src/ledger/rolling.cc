// SPDX-License-Identifier: Apache-2.0
#include "ledger/rolling.h"

#include <algorithm>

#include "base/checked.h"

namespace ringfence {

RollingSum::RollingSum(Duration span)
    : width_us_(std::max<std::int64_t>(1, (span.us + kRollingBuckets - 1) / kRollingBuckets)) {}

void RollingSum::advance(Time now) {
  const std::int64_t bucket = bucket_of(now);
  const std::int64_t passed = std::min(bucket - newest_, kSlots);
  for (std::int64_t i = 1; i <= passed; ++i) {
    std::int64_t& amount = amounts_[static_cast<std::size_t>((bucket - passed + i) % kSlots)];
    total_ -= amount;
    amount = 0;
  }
  newest_ = std::max(newest_, bucket);
}

void RollingSum::add(std::int64_t amount, Time at) {
  const std::int64_t bucket = bucket_of(at);
  advance(at);
  if (bucket <= newest_ - kSlots) return;
  std::int64_t& slot = amounts_[static_cast<std::size_t>(bucket % kSlots)];
  const std::int64_t before = slot;
  slot = saturating_add(slot, amount);
  total_ = saturating_add(total_, slot - before);
}

Time RollingSum::when_at_most(std::int64_t target, Time now) const {
  std::int64_t rest = total_;
  if (rest <= target) return now;
  const std::int64_t oldest = std::max<std::int64_t>(0, newest_ - kSlots + 1);
  for (std::int64_t bucket = oldest; bucket <= newest_; ++bucket) {
    rest -= amounts_[static_cast<std::size_t>(bucket % kSlots)];
    if (rest <= target) return std::max(now, Time{(bucket + kSlots) * width_us_});
  }
  return Time::max();
}

}  // namespace ringfence
