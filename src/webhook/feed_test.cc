// SPDX-License-Identifier: Apache-2.0
#include "webhook/feed.h"

#include <gtest/gtest.h>

#include "journal/test_folder.h"

namespace ringfence::webhook {
namespace {

class FeedTest : public ::testing::Test {
 protected:
  void SetUp() override { journal_ = *Journal::open(folder_.path()); }

  // Appends one; its number.
  std::uint64_t tell(EventBody body) {
    const Event event{journal_->last_seq() + 1, Time{} + Duration::days(20'000), std::move(body)};
    EXPECT_TRUE(journal_->append({&event, 1}, UnitTable()));
    return event.seq;
  }
  Feed feed() { return *Feed::open(folder_.path()); }

  const TestFolder folder_;
  std::unique_ptr<Journal> journal_;
};

Refused refused(Reason reason) {
  Refused e;
  e.run_id = "r_1";
  e.account = "acme/r_1";
  e.operation = "tool:mail/send";
  e.reason = reason;
  return e;
}

HoldResolved resolved(HoldState state) {
  HoldResolved e;
  e.hold = HoldId{1};
  e.state = state;
  e.account = "acme/r_1";
  // What others named must not be taken for a member of the line.
  e.operation = R"(tool:x/","state":"overrun","implausible":true,"claimed":")";
  return e;
}

TEST_F(FeedTest, PicksWhatIsTold) {
  tell(Started{"1.0"});
  tell(refused(Reason::denied));
  const auto exhausted = tell(refused(Reason::exhausted));
  tell(resolved(HoldState::settled));
  const auto over = tell(resolved(HoldState::overrun));
  Halted halted;
  halted.halt_id = "h_1";
  halted.account = "acme";
  const auto placed = tell(halted);
  const auto lifted = tell(HaltLifted{"h_1", "ada", ""});
  const auto page = feed().read(0);
  ASSERT_TRUE(page) << page.error().text();
  EXPECT_TRUE(page->at_end);
  EXPECT_EQ(page->read_to, lifted);
  ASSERT_EQ(page->events.size(), 4U);
  const Tellable expected[] = {{exhausted, WebhookEvent::exhausted_refused, "acme/r_1"},
                               {over, WebhookEvent::overrun_charged, "acme/r_1"},
                               {placed, WebhookEvent::halt_placed, "acme"},
                               {lifted, WebhookEvent::halt_lifted, "acme"}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(page->events[i].seq, expected[i].seq);
    EXPECT_EQ(page->events[i].kind, expected[i].kind);
    EXPECT_EQ(page->events[i].account, expected[i].account);
  }
}

TEST_F(FeedTest, GoesOnWhereItStopped) {
  for (std::size_t i = 0; i < kFeedPage; ++i) tell(Started{"1.0"});
  const auto last = tell(refused(Reason::exhausted));
  Feed feed = this->feed();
  const auto first = feed.read(0);
  EXPECT_EQ(first->read_to, kFeedPage);
  EXPECT_FALSE(first->at_end);
  EXPECT_TRUE(first->events.empty());
  const auto second = feed.read(first->read_to);
  EXPECT_TRUE(second->at_end);
  ASSERT_EQ(second->events.size(), 1U);
  EXPECT_EQ(second->events[0].seq, last);
  EXPECT_EQ(feed.read(last)->read_to, last);  // nothing new moves nothing
}

// Also an order that lies far behind what was read.
TEST_F(FeedTest, FindsTheOrderThatIsLifted) {
  Halted halted;
  halted.halt_id = "h_1";
  halted.account = "acme";
  tell(halted);
  for (std::size_t i = 0; i < kFeedPage; ++i) tell(Started{"1.0"});
  const auto lifted = tell(HaltLifted{"h_1", "ada", ""});
  Feed feed = this->feed();
  const auto page = feed.read(lifted - 1);
  ASSERT_EQ(page->events.size(), 1U);
  EXPECT_EQ(page->events[0].account, "acme");
  EXPECT_NE(feed.payload(lifted)->find(R"("account":"acme")"), std::string::npos);
}

TEST_F(FeedTest, ThereIsNoPayloadOfOtherEvents) {
  const auto started = tell(Started{"1.0"});
  EXPECT_EQ(feed().payload(started).error().code, ErrorCode::not_found);
  EXPECT_EQ(feed().payload(started + 1).error().code, ErrorCode::not_found);
}

TEST(WebhookFeed, TheTypeIsReadFromTheHead) {
  EXPECT_EQ(type_of_line(R"({"seq":1,"prev":"0","time":"never","type":"hold","hold":1})"), "hold");
  EXPECT_EQ(type_of_line(R"({"seq":1})"), "");
  EXPECT_EQ(type_of_line(""), "");
}

}  // namespace
}  // namespace ringfence::webhook
