// SPDX-License-Identifier: Apache-2.0
#include "service/outbox.h"

#include <gtest/gtest.h>

#include <thread>

namespace ringfence {
namespace {

Batch batch_of(std::uint64_t seq, bool urgent) {
  Batch batch;
  batch.events.push_back({seq, Time{1}, ClockConfirmed{}});
  batch.urgent = urgent;
  return batch;
}

constexpr Duration kForever = Duration::hours(1);

TEST(Outbox, WhatNobodyWaitsForGoesWithWhatComesNext) {
  Outbox outbox(kForever);
  Batch patient = batch_of(1, false);
  ASSERT_TRUE(outbox.put(patient));
  std::optional<Batch> taken;
  std::thread journal([&] { taken = outbox.take(); });
  Batch urgent = batch_of(2, true);
  ASSERT_TRUE(outbox.put(urgent));
  journal.join();
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->events.size(), 2U);
}

TEST(Outbox, WhatNobodyWaitsForGoesAloneInTheEnd) {
  Outbox outbox(Duration::millis(1));
  Batch patient = batch_of(1, false);
  ASSERT_TRUE(outbox.put(patient));
  EXPECT_EQ(outbox.take()->events.size(), 1U);
}

TEST(Outbox, UrgencyIsOfOneCommitOnly) {
  Outbox outbox(kForever);
  Batch urgent = batch_of(1, true);
  ASSERT_TRUE(outbox.put(urgent));
  EXPECT_FALSE(urgent.urgent);
  EXPECT_EQ(outbox.take()->events.size(), 1U);
  Batch patient = batch_of(2, false);
  ASSERT_TRUE(outbox.put(patient));
  std::thread closing([&] { outbox.close(); });
  const auto last = outbox.take();
  closing.join();
  ASSERT_TRUE(last.has_value());
  EXPECT_FALSE(last->urgent);
}

TEST(Outbox, WhoWaitsForAllOfItIsNotKeptWaiting) {
  Outbox outbox(kForever);
  Batch patient = batch_of(1, false);
  ASSERT_TRUE(outbox.put(patient));
  std::thread journal([&] {
    while (outbox.take()) {
    }
  });
  EXPECT_TRUE(outbox.wait_until_idle());
  outbox.close();
  journal.join();
}

TEST(Outbox, ManyEventsDoNotWaitForCompany) {
  Outbox outbox(kForever);
  Batch many;
  for (std::uint64_t seq = 1; seq <= kPendingEventsMax; ++seq) {
    many.events.push_back({seq, Time{1}, ClockConfirmed{}});
  }
  ASSERT_TRUE(outbox.put(many));
  EXPECT_EQ(outbox.take()->events.size(), kPendingEventsMax);
}

}  // namespace
}  // namespace ringfence
