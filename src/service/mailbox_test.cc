// SPDX-License-Identifier: Apache-2.0
#include "service/mailbox.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "service/outbox.h"

namespace ringfence {
namespace {

TEST(Mailbox, BoundsTheWeightAndKeepsTheOrder) {
  Mailbox<int> mailbox(3);
  int one = 1, two = 2, three = 3;
  EXPECT_TRUE(mailbox.push(one, 1));
  EXPECT_TRUE(mailbox.push(two, 2));
  EXPECT_FALSE(mailbox.push(three, 1));
  EXPECT_EQ(mailbox.drain(std::nullopt).items, (std::vector<int>{1, 2}));
  EXPECT_TRUE(mailbox.push(three, 3));
  int four = 4;
  EXPECT_FALSE(mailbox.push(four, SIZE_MAX));
}

TEST(Mailbox, ARefusedItemStaysWithItsSender) {
  Mailbox<std::unique_ptr<int>> mailbox(0);
  auto item = std::make_unique<int>(7);
  EXPECT_FALSE(mailbox.push(item, 1));
  EXPECT_EQ(*item, 7);
}

TEST(Mailbox, TakesOfSeveralAsManyAsFit) {
  Mailbox<std::unique_ptr<int>> mailbox(2);
  std::vector<std::unique_ptr<int>> several;
  for (const int i : {1, 2, 3}) several.push_back(std::make_unique<int>(i));
  EXPECT_EQ(mailbox.push_all(several), 2U);
  EXPECT_EQ(*several[2], 3);
  EXPECT_EQ(mailbox.push_all(several), 0U);
  const auto drained = mailbox.drain(std::nullopt);
  ASSERT_EQ(drained.items.size(), 2U);
  EXPECT_EQ(*drained.items[0], 1);
  EXPECT_EQ(*drained.items[1], 2);
  mailbox.close();
  EXPECT_EQ(mailbox.push_all(several), 0U);
}

TEST(Mailbox, GivesOutWhatItHasWhenClosed) {
  Mailbox<int> mailbox(3);
  int one = 1;
  mailbox.push(one, 1);
  mailbox.close();
  EXPECT_FALSE(mailbox.push(one, 1));
  const auto drained = mailbox.drain(std::nullopt);
  EXPECT_EQ(drained.items.size(), 1U);
  EXPECT_TRUE(drained.closed);
  EXPECT_TRUE(mailbox.drain(std::nullopt).closed);
}

TEST(Mailbox, WaitsNoLongerThanItsPatience) {
  Mailbox<int> mailbox(3);
  EXPECT_TRUE(mailbox.drain(Duration{}).items.empty());
  EXPECT_FALSE(mailbox.drain(Duration{}).closed);
}

Batch batch_of(std::uint64_t seq, std::vector<Ticket>* delivered) {
  Batch batch;
  if (seq != 0) batch.events.push_back({seq, Time{}, Started{"x"}});
  batch.deliveries.emplace_back(ReplyCall{[=](Reply) { delivered->push_back(seq); }, OkReply{}});
  return batch;
}

TEST(Outbox, WhatPilesUpIsTakenAtOnceInOrder) {
  Outbox outbox;
  std::vector<Ticket> delivered;
  for (std::uint64_t seq : {1, 2, 0, 3}) {
    Batch batch = batch_of(seq, &delivered);
    ASSERT_TRUE(outbox.put(batch));
    EXPECT_TRUE(batch.empty());
  }
  auto taken = outbox.take();
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->events.size(), 3U);
  for (Delivery& each : taken->deliveries) std::get<ReplyCall>(each).handler(OkReply{});
  EXPECT_EQ(delivered, (std::vector<Ticket>{1, 2, 0, 3}));
  outbox.close();
  EXPECT_FALSE(outbox.take());
}

TEST(Outbox, IdleMeansCommitted) {
  Outbox outbox;
  EXPECT_TRUE(outbox.wait_until_idle());
  std::vector<Ticket> delivered;
  Batch batch = batch_of(1, &delivered);
  outbox.put(batch);
  std::atomic<bool> committed = false;
  std::jthread journal([&] {
    auto taken = outbox.take();
    committed = true;
    outbox.take();
  });
  EXPECT_TRUE(outbox.wait_until_idle());
  EXPECT_TRUE(committed);
  outbox.close();
}

TEST(Outbox, AFailureFreesEverybody) {
  Outbox outbox;
  Batch full;
  full.events.resize(kPendingEventsMax);
  ASSERT_TRUE(outbox.put(full));
  std::jthread journal([&] { outbox.fail(); });
  std::vector<Ticket> delivered;
  Batch batch = batch_of(1, &delivered);
  EXPECT_FALSE(outbox.put(batch));
  EXPECT_FALSE(outbox.wait_until_idle());
  EXPECT_FALSE(outbox.take());
  EXPECT_TRUE(delivered.empty());
}

TEST(Outbox, AJournalFarBehindHoldsTheEngineBack) {
  Outbox outbox;
  Batch full;
  full.events.resize(kPendingEventsMax);
  ASSERT_TRUE(outbox.put(full));
  std::atomic<bool> put = false;
  std::jthread engine([&] {
    std::vector<Ticket> delivered;
    Batch batch = batch_of(1, &delivered);
    outbox.put(batch);
    put = true;
  });
  EXPECT_FALSE(put);
  EXPECT_EQ(outbox.take()->events.size(), kPendingEventsMax);
  EXPECT_EQ(outbox.take()->events.size(), 1U);
}

}  // namespace
}  // namespace ringfence
