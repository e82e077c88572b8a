// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/live_calls.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace ringfence::llm {
namespace {

class LiveCallsTest : public testing::Test {
 protected:
  void join(Ticket ticket) {
    calls_.join(ticket, io_.get_executor(),
                [this, ticket](const HoldClosed&) { cut_.push_back(ticket); });
  }
  void close(std::uint64_t hold) { calls_.on_notice(HoldClosed{HoldId{hold}}); }
  std::vector<Ticket> cut() {
    io_.restart();
    io_.run();
    return std::exchange(cut_, {});
  }

  boost::asio::io_context io_;
  LiveCalls calls_;
  std::vector<Ticket> cut_;
};

TEST_F(LiveCallsTest, ANoticeReachesItsCallOnItsExecutor) {
  join(1);
  join(2);
  EXPECT_FALSE(calls_.bind(1, HoldId{10}));
  EXPECT_FALSE(calls_.bind(2, HoldId{20}));
  close(20);
  EXPECT_TRUE(cut_.empty());
  EXPECT_EQ(cut(), std::vector<Ticket>{2});
}

TEST_F(LiveCallsTest, AClosingBeforeTheCallKnowsItsHoldIsTold) {
  join(1);
  close(10);
  close(11);
  join(2);
  const auto closed = calls_.bind(1, HoldId{10});
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->hold, HoldId{10});
  EXPECT_FALSE(calls_.bind(2, HoldId{12}));
  EXPECT_TRUE(cut().empty());
}

TEST_F(LiveCallsTest, AClosingOlderThanEveryUnboundCallIsForgotten) {
  join(1);
  close(10);
  calls_.leave(1);
  join(2);
  EXPECT_FALSE(calls_.bind(2, HoldId{10}));
}

TEST_F(LiveCallsTest, AfterLeavingNothingComes) {
  join(1);
  EXPECT_FALSE(calls_.bind(1, HoldId{10}));
  calls_.leave(1);
  calls_.leave(1);
  close(10);
  EXPECT_TRUE(cut().empty());
  EXPECT_EQ(calls_.size(), 0u);
}

TEST_F(LiveCallsTest, OtherNoticesAreNotForCalls) {
  join(1);
  EXPECT_FALSE(calls_.bind(1, HoldId{10}));
  calls_.on_notice(RunClosed{"r_1"});
  EXPECT_TRUE(cut().empty());
}

}  // namespace
}  // namespace ringfence::llm
