// SPDX-License-Identifier: Apache-2.0
#include "cli/payload_retention.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <future>

#include "journal/journal.h"
#include "journal/test_folder.h"

namespace ringfence {
namespace {

namespace asio = boost::asio;

constexpr Time kAsked{1'793'872'800'000'000};  // long ago by the clock of whoever runs this
constexpr Duration kKept = Duration::millis(1);

// Its clock stands still at kAsked until it is told otherwise.
class PayloadRetention : public ::testing::Test {
 protected:
  void SetUp() override {
    auto journal = Journal::open(folder_.path());
    ASSERT_TRUE(journal) << journal.error().text();
    const Event event{1, kAsked, Started{"test"}};
    const Payload payload{1, R"({"to":"ann"})"};
    ASSERT_TRUE((*journal)->append({&event, 1}, UnitTable(), {&payload, 1}));
    journal->reset();
    auto policy = Policy::compile("version: 1\ncurrency: USD\ntimezone: UTC\n", "policy.yaml");
    ASSERT_TRUE(policy) << policy.error().text();
    ServiceOptions options;
    options.data_dir = folder_.path();
    options.policy = *policy;
    options.version = "test";
    options.clock = [this] {
      return ClockReading{kAsked + Duration{wall_us_}, Duration{monotonic_us_ + 1}};
    };
    auto service = Service::open(std::move(options));
    ASSERT_TRUE(service) << service.error().text();
    service_ = std::move(*service);
  }

  void step_wall(Duration by) { wall_us_ += by.us; }
  void advance(Duration by) {
    wall_us_ += by.us;
    monotonic_us_ += by.us;
  }
  void ask(Command command) {
    std::promise<Reply> reply;
    service_->submit(std::move(command), [&](Reply r) { reply.set_value(std::move(r)); });
    ASSERT_TRUE(std::holds_alternative<OkReply>(reply.get_future().get()));
  }
  // After everything was looked at that there is.
  bool is_kept() {
    asio::io_context io;
    int looks = 0;
    const auto keep = [&]() -> std::optional<Duration> {
      if (++looks <= 2) return kKept;
      io.stop();
      return std::nullopt;
    };
    asio::co_spawn(io, retain_payloads(*service_, keep), asio::detached);
    io.run();
    auto reader = JournalReader::open(folder_.path());
    return (*reader)->payload(1)->has_value();
  }

  TestFolder folder_;
  std::atomic<std::int64_t> wall_us_ = 0;
  std::atomic<std::int64_t> monotonic_us_ = 0;
  std::unique_ptr<Service> service_;
};

TEST_F(PayloadRetention, ErasesWhatIsOldByTheEnginesTime) {
  EXPECT_TRUE(is_kept());
  advance(Duration::seconds(1));
  EXPECT_FALSE(is_kept());
}

TEST_F(PayloadRetention, ErasesNothingByAClockThatIsNotBelieved) {
  step_wall(Duration::hours(2));
  EXPECT_TRUE(is_kept());
  ask(Tick{});  // as anything that is decided: admission stops
  advance(Duration::seconds(1));
  EXPECT_TRUE(is_kept());
  ask(ConfirmClock{"operator"});
  EXPECT_FALSE(is_kept());
}

}  // namespace
}  // namespace ringfence
