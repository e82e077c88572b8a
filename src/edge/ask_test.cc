// SPDX-License-Identifier: Apache-2.0
#include "edge/ask.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <thread>

namespace ringfence {
namespace {

namespace asio = boost::asio;

// Answers on threads of its own, or never.
class FakeService final : public Service {
 public:
  bool drops = false;
  int batches = 0;
  std::vector<std::size_t> together;  // sizes of what was submitted at once

  Ticket submit(Command command, ReplyHandler handler) override {
    const Ticket ticket = reserve_ticket();
    submit(ticket, std::move(command), std::move(handler));
    return ticket;
  }
  Ticket reserve_ticket() override { return next_++; }
  void submit(Ticket ticket, Command, ReplyHandler handler) override {
    answer([ticket, handler = std::move(handler)] { handler(OkReply{std::to_string(ticket)}); });
  }
  void submit_all(std::vector<Submission> several) override {
    together.push_back(several.size());
    Service::submit_all(std::move(several));
  }
  void submit_batch(std::vector<Command> commands,
                    std::function<void(std::vector<Reply>)> handler) override {
    ++batches;
    answer([size = commands.size(), handler = std::move(handler)] {
      handler(std::vector<Reply>(size, OkReply{}));
    });
  }
  void query(std::function<void(const Engine&, Time)> reader) override {
    answer([this, reader = std::move(reader)] { reader(engine_, Time{7}); });
  }
  SubscriptionId on_notice(NoticeHandler) override { return 0; }
  SubscriptionId on_event(EventHandler) override { return 0; }
  void unsubscribe(SubscriptionId) override {}
  void stop() override {}
  const std::string& data_dir() const override { return dir_; }

 private:
  void answer(std::function<void()> with) {
    if (!drops) {
      threads_.emplace_back(std::move(with));
    } else {
      threads_.emplace_back([gone = std::move(with)] {});
    }
  }
  Ticket next_ = 1;
  Engine engine_;
  std::string dir_;
  std::vector<std::jthread> threads_;
};

template <class Body>
void run(Body body) {
  asio::io_context io;
  std::exception_ptr error;
  asio::co_spawn(io, std::move(body), [&](std::exception_ptr e) { error = e; });
  io.run();
  if (error) std::rethrow_exception(error);
}

TEST(Ask, ComesBackOnTheCallersThreadWithTheReply) {
  FakeService service;
  int replies = 0;
  run([&]() -> asio::awaitable<void> {
    const auto here = std::this_thread::get_id();
    for (int i = 1; i <= 100; ++i) {
      const Reply reply = co_await ask(service, Tick{});
      EXPECT_EQ(std::get<OkReply>(reply).id, std::to_string(i));
      EXPECT_EQ(std::this_thread::get_id(), here);
      ++replies;
    }
  });
  EXPECT_EQ(replies, 100);
}

// Those who ask in one turn of the loop are handed on together, in order, 16 at a time.
TEST(Ask, AsksTogetherWhatIsAskedInOneTurn) {
  FakeService service;
  asio::io_context io;
  std::vector<std::string> tickets(20);
  for (std::string& ticket : tickets) {
    asio::co_spawn(
        io,
        [&service, &ticket]() -> asio::awaitable<void> {
          const Reply reply = co_await ask(service, Tick{});
          ticket = std::get<OkReply>(reply).id;
        },
        asio::detached);
  }
  io.run();
  EXPECT_EQ(service.together, (std::vector<std::size_t>{16, 4}));
  for (std::size_t i = 0; i < tickets.size(); ++i) EXPECT_EQ(tickets[i], std::to_string(i + 1));
}

TEST(Ask, AContextThatGoesTakesAlongWhoStillAsks) {
  FakeService service;
  const auto held = std::make_shared<int>();
  {
    asio::io_context io;
    asio::co_spawn(
        io, [&service, held]() -> asio::awaitable<void> { co_await ask(service, Tick{}); },
        asio::detached);
    io.run_one();
    EXPECT_GT(held.use_count(), 1);
  }
  EXPECT_TRUE(service.together.empty());
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Ask, TakesAReservedTicket) {
  FakeService service;
  run([&]() -> asio::awaitable<void> {
    const Ticket ticket = service.reserve_ticket();
    const Reply reply = co_await ask(service, ticket, Tick{});
    EXPECT_EQ(std::get<OkReply>(reply).id, std::to_string(ticket));
  });
}

TEST(Ask, BatchesAndQueries) {
  FakeService service;
  Time seen;
  run([&]() -> asio::awaitable<void> {
    std::vector<Command> commands(3, Command(Tick{}));
    const auto replies = co_await ask_batch(service, std::move(commands));
    EXPECT_EQ(replies.size(), 3U);
    co_await ask_query(service, [&](const Engine&, Time now) { seen = now; });
  });
  EXPECT_EQ(seen, Time{7});
}

TEST(Ask, ADurableQueryWaitsForTheRecordToo) {
  FakeService service;
  Time seen;
  run([&]() -> asio::awaitable<void> {
    co_await ask_durable_query(service, [&](const Engine&, Time now) { seen = now; });
  });
  EXPECT_EQ(seen, Time{7});
  EXPECT_EQ(service.batches, 1);
}

TEST(Ask, ADroppedRequestIsAnExceptionAndNotAHang) {
  FakeService service;
  service.drops = true;
  int thrown = 0;
  run([&]() -> asio::awaitable<void> {
    try {
      co_await ask(service, Tick{});
    } catch (const boost::system::system_error& e) {
      EXPECT_EQ(e.code(), asio::error::operation_aborted);
      ++thrown;
    }
    try {
      co_await ask_query(service, [](const Engine&, Time) {});
    } catch (const boost::system::system_error&) {
      ++thrown;
    }
  });
  EXPECT_EQ(thrown, 2);
}

}  // namespace
}  // namespace ringfence
