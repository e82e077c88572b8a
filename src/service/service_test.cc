// SPDX-License-Identifier: Apache-2.0
#include "service/service.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <latch>
#include <thread>

#include "journal/test_folder.h"

namespace ringfence {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kPolicy = R"yaml(
version: 1
currency: USD
timezone: UTC
accounts:
  acme: {budgets: [{usd: "1.00", window: month}, {calls: 100000, window: month}]}
  acme/*: {role: worker}
roles:
  worker: {allow: ["tool:*"]}
)yaml";

std::int64_t start_us() { return 1'793'872'800'000'000; }  // 2026-11-05T10:00:00Z

// A clock that stands still until it is told otherwise.
class FakeClock {
 public:
  ClockReading read() const { return {Time{start_us() + wall_us_}, Duration{monotonic_us_ + 1}}; }
  void advance(Duration by) {
    wall_us_ += by.us;
    monotonic_us_ += by.us;
  }
  void step_wall(Duration by) { wall_us_ += by.us; }

 private:
  std::atomic<std::int64_t> wall_us_ = 0;
  std::atomic<std::int64_t> monotonic_us_ = 0;
};

class ServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto policy = Policy::compile(kPolicy, "policy.yaml");
    ASSERT_TRUE(policy) << policy.error().text();
    policy_ = *policy;
    open();
  }
  ServiceOptions options() {
    ServiceOptions options;
    options.data_dir = folder_.path();
    options.policy = policy_;
    options.version = "test";
    options.clock = [this] { return clock_.read(); };
    options.mailbox_max = 1'000;
    return options;
  }
  void open() { open(options()); }
  void open(ServiceOptions with) {
    auto opened = Service::open(std::move(with));
    ASSERT_TRUE(opened) << opened.error().text();
    service_ = std::move(*opened);
  }

  Reply ask(Command command) {
    std::promise<Reply> reply;
    service_->submit(std::move(command), [&](Reply r) { reply.set_value(std::move(r)); });
    return reply.get_future().get();
  }
  template <class T>
  T ask_for(Command command) {
    const Reply reply = ask(std::move(command));
    if (const auto* refusal = std::get_if<Refusal>(&reply)) {
      ADD_FAILURE() << to_string(refusal->reason) << ": " << refusal->sentence << refusal->field;
    }
    return std::holds_alternative<T>(reply) ? std::get<T>(reply) : T{};
  }
  Reason refused(Command command) {
    const Reply reply = ask(std::move(command));
    const auto* refusal = std::get_if<Refusal>(&reply);
    return refusal == nullptr ? Reason::invalid : refusal->reason;
  }
  // Runs on the engine's thread, after everything that is due.
  template <class T>
  T query(std::function<T(const Engine&, Time)> reader) {
    std::promise<T> answer;
    service_->query([&](const Engine& engine, Time now) { answer.set_value(reader(engine, now)); });
    return answer.get_future().get();
  }
  HoldState state_of(HoldId hold) {
    return query<HoldState>(
        [hold](const Engine& engine, Time) { return engine.hold(hold)->state; });
  }

  StartRun start_run(std::string id = "r_1") {
    StartRun start;
    start.run_id = std::move(id);
    start.account = "acme/one";
    start.actor = "test";
    return start;
  }
  PlaceHold place(std::int64_t usd_nano, std::string run = "r_1") {
    PlaceHold place;
    place.run_id = run;
    place.operation = "tool:mail/send";
    place.holder = "run:" + run;
    place.need.set(kUsd, usd_nano);
    place.need.set(kCalls, 1);
    return place;
  }
  ResolveHold resolve(HoldId hold, Ending ending, std::int64_t usd_nano = 0) {
    ResolveHold resolve;
    resolve.hold = hold;
    resolve.holder = "run:r_1";
    resolve.ending = ending;
    if (ending == Ending::settle) resolve.actual.set(kUsd, usd_nano);
    return resolve;
  }

  TestFolder folder_;
  FakeClock clock_;
  std::shared_ptr<const Policy> policy_;
  std::unique_ptr<Service> service_;
};

TEST_F(ServiceTest, HoldsAndSettlesAndRemembersAcrossARestart) {
  EXPECT_EQ(ask_for<RunReply>(start_run()).account, "acme/one/r_1");
  const HoldId first = ask_for<AllowReply>(place(400'000'000)).hold;
  const HoldId second = ask_for<AllowReply>(place(500'000'000)).hold;
  EXPECT_EQ(ask_for<ResolveReply>(resolve(first, Ending::settle, 300'000'000)).state,
            HoldState::settled);
  service_.reset();
  open();
  EXPECT_EQ(state_of(first), HoldState::settled);
  EXPECT_EQ(state_of(second), HoldState::open);
  EXPECT_EQ(refused(place(200'000'001)), Reason::busy);
  EXPECT_EQ(ask_for<ResolveReply>(resolve(second, Ending::release)).state, HoldState::released);
  ask_for<AllowReply>(place(700'000'000));
}

TEST_F(ServiceTest, AReplyComesAfterItsEventIsDurable) {
  ask(start_run());
  std::promise<bool> on_disk;
  service_->submit(place(1'000), [&](Reply reply) {
    const std::uint64_t hold = std::get<AllowReply>(reply).hold.number;
    const auto reader = JournalReader::open(folder_.path());
    const auto stored = (*reader)->read(hold - 1, 1);
    on_disk.set_value(stored->size() == 1 &&
                      stored->front().line.find("\"type\":\"hold\"") != std::string::npos);
  });
  EXPECT_TRUE(on_disk.get_future().get());
}

TEST_F(ServiceTest, ABatchIsAnsweredWholeAndInOrder) {
  std::vector<Command> commands;
  commands.emplace_back(start_run());
  commands.emplace_back(place(600'000'000));
  commands.emplace_back(place(600'000'000));
  commands.emplace_back(place(100'000'000));
  std::promise<std::vector<Reply>> promise;
  service_->submit_batch(std::move(commands), [&](std::vector<Reply> replies) {
    promise.set_value(std::move(replies));
  });
  const auto replies = promise.get_future().get();
  ASSERT_EQ(replies.size(), 4U);
  EXPECT_TRUE(std::holds_alternative<RunReply>(replies[0]));
  EXPECT_TRUE(std::holds_alternative<AllowReply>(replies[1]));
  EXPECT_TRUE(std::holds_alternative<Refusal>(replies[2]));
  EXPECT_TRUE(std::holds_alternative<AllowReply>(replies[3]));

  std::promise<std::size_t> none;
  service_->submit_batch({}, [&](std::vector<Reply> r) { none.set_value(r.size()); });
  EXPECT_EQ(none.get_future().get(), 0U);
}

TEST_F(ServiceTest, HoldsExpireWhenTheirTimeComesWithoutBeingRead) {
  ask(start_run());
  PlaceHold short_lived = place(900'000'000);
  short_lived.ttl = Duration::seconds(60);
  const HoldId hold = ask_for<AllowReply>(short_lived).hold;
  std::promise<StoredEvent> resolved;
  service_->on_event([&](const StoredEvent& event) {
    if (event.line.find("\"type\":\"resolved\"") != std::string::npos) resolved.set_value(event);
  });
  clock_.advance(Duration::seconds(59));
  EXPECT_EQ(state_of(hold), HoldState::open);
  clock_.advance(Duration::seconds(2));
  EXPECT_EQ(state_of(hold), HoldState::expired);
  EXPECT_THAT(resolved.get_future().get().line, HasSubstr("\"state\":\"expired\""));
}

TEST_F(ServiceTest, AWaiterIsLetInWhenRoomComesFree) {
  ask(start_run());
  const HoldId first = ask_for<AllowReply>(place(900'000'000)).hold;
  PlaceHold waiting = place(800'000'000);
  waiting.wait = Duration::seconds(10);
  std::promise<Reply> later;
  service_->submit(waiting, [&](Reply reply) { later.set_value(std::move(reply)); });
  ask_for<ResolveReply>(resolve(first, Ending::release));
  EXPECT_TRUE(std::holds_alternative<AllowReply>(later.get_future().get()));
}

TEST_F(ServiceTest, AVanishedWaiterIsForgotten) {
  ask(start_run());
  ask_for<AllowReply>(place(900'000'000));
  PlaceHold waiting = place(800'000'000);
  waiting.wait = Duration::seconds(10);
  std::promise<Reply> reply;
  const Ticket ticket = service_->submit(waiting, [&](Reply r) { reply.set_value(std::move(r)); });
  ask_for<OkReply>(CancelHold{ticket});
  EXPECT_TRUE(std::holds_alternative<Refusal>(reply.get_future().get()));
  EXPECT_EQ(query<std::size_t>([](const Engine& e, Time) { return e.status().waiters; }), 0U);
}

TEST_F(ServiceTest, StopAnswersWhatIsInTheMailboxAndWhoeverStillWaits) {
  ask(start_run());
  ask_for<AllowReply>(place(900'000'000));
  PlaceHold waiting = place(800'000'000);
  waiting.wait = Duration::seconds(10);
  std::atomic<int> allowed = 0;
  std::atomic<int> refused = 0;
  const auto count = [&](Reply reply) {
    ++(std::holds_alternative<AllowReply>(reply) ? allowed : refused);
  };
  service_->submit(waiting, count);
  for (int i = 0; i < 100; ++i) service_->submit(place(1'000), count);
  service_->stop();
  EXPECT_EQ(allowed, 0);  // they stand behind the waiter
  EXPECT_EQ(refused, 101);
  service_->submit(place(1'000), count);
  EXPECT_EQ(refused, 102);
  service_->submit_batch({Tick{}, Tick{}}, [&](std::vector<Reply> replies) {
    for (Reply& reply : replies) count(std::move(reply));
  });
  EXPECT_EQ(refused, 104);
  service_->stop();
}

TEST_F(ServiceTest, StoppingTellsTheRefusalsThatWereOnlyCounted) {
  ask_for<RunReply>(start_run());
  std::string told;
  service_->on_event([&](const StoredEvent& stored) {
    if (stored.line.find("\"type\":\"refused_again\"") != std::string::npos) told = stored.line;
  });
  for (int i = 0; i < 3; ++i) EXPECT_NE(refused(place(1'000'000'000'000)), Reason::invalid);
  service_->stop();
  EXPECT_NE(told.find("\"count\":2"), std::string::npos) << told;
}

TEST_F(ServiceTest, AFullMailboxRefusesAtOnce) {
  ask(start_run());
  std::latch entered(1);
  std::latch go_on(1);
  service_->query([&](const Engine&, Time) {
    entered.count_down();
    go_on.wait();
  });
  entered.wait();
  std::atomic<int> answered = 0;
  const auto count = [&](Reply reply) {
    EXPECT_EQ(std::get<Refusal>(reply).reason, Reason::unverifiable);
    ++answered;
  };
  for (int i = 0; i < 1'000; ++i) service_->submit(place(0), [](Reply) {});
  EXPECT_EQ(answered, 0);
  service_->submit(place(0), count);
  EXPECT_EQ(answered, 1);
  service_->submit_batch({Tick{}}, [&](std::vector<Reply> r) { count(std::move(r[0])); });
  EXPECT_EQ(answered, 2);
  go_on.count_down();
  service_->stop();  // before the latches go
}

TEST_F(ServiceTest, NoticesTellWhatWasCut) {
  ask(start_run());
  PlaceHold gateway = place(1'000);
  gateway.holder = kGatewayHolder;
  const HoldId hold = ask_for<AllowReply>(gateway).hold;
  std::promise<HoldClosed> closed;
  std::promise<RunClosed> ended;
  const auto id = service_->on_notice([&](const Notice& notice) {
    if (const auto* h = std::get_if<HoldClosed>(&notice)) closed.set_value(*h);
    if (const auto* r = std::get_if<RunClosed>(&notice)) ended.set_value(*r);
  });
  PlaceHalt halt;
  halt.halt_id = "halt_1";
  halt.account = "acme";
  halt.actor = "test";
  ask_for<OkReply>(halt);
  EXPECT_EQ(closed.get_future().get().hold, hold);
  EXPECT_EQ(ended.get_future().get().run_id, "r_1");
  service_->unsubscribe(id);
}

TEST_F(ServiceTest, AnUnbelievableClockStopsAdmissionUntilItIsConfirmed) {
  ask(start_run());
  clock_.step_wall(Duration::hours(2));
  EXPECT_EQ(refused(place(1'000)), Reason::unverifiable);
  ask_for<OkReply>(ConfirmClock{"operator"});
  ask(start_run("r_2"));  // the lease of the first ran out in the two hours
  ask_for<AllowReply>(place(1'000, "r_2"));
  EXPECT_EQ(query<Time>([](const Engine&, Time now) { return now; }).us,
            start_us() + Duration::hours(2).us);
}

// An auditor who holds the record cannot try out what was asked; the node can.
TEST_F(ServiceTest, DigestsOfArgumentsAreKeyed) {
  service_.reset();
  ServiceOptions with = options();
  with.digest_key = std::string(32, 'k');
  open(with);
  ask(start_run());
  PlaceHold first = place(1'000);
  first.args_digest = sha256("arguments");
  first.request_digest = sha256("request");
  first.operation = "cmd:rm";  // refused, and so with its digests on the record
  first.idempotency_key = "once";
  EXPECT_EQ(refused(first), Reason::denied);
  const std::string keyed = to_hex(service_->keyed(first.args_digest));
  EXPECT_EQ(refused(first), Reason::denied);
  PlaceHold other = first;
  other.request_digest = sha256("another");
  EXPECT_EQ(refused(other), Reason::conflict);
  service_.reset();
  std::string record;
  auto reader = JournalReader::open(folder_.path());
  const auto events = (*reader)->read(0, 100);
  for (const StoredEvent& event : *events) record += event.line;
  EXPECT_THAT(record, HasSubstr(keyed));
  for (const char* plain : {"arguments", "request"}) {
    EXPECT_EQ(record.find(to_hex(sha256(plain))), std::string::npos) << plain;
  }
}

TEST_F(ServiceTest, ASecondServiceIsRefused) {
  const auto second = Service::open(options());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
}

// Case H10: numbers without a gap, whoever asks at once.
TEST_F(ServiceTest, EventsReachSubscribersInOrderAndOnce) {
  std::vector<std::uint64_t> seen;
  std::promise<void> enough;
  const auto id = service_->on_event([&](const StoredEvent& event) {
    seen.push_back(event.seq);
    if (event.line.find("\"type\":\"halted\"") != std::string::npos) enough.set_value();
  });
  ask(start_run());
  for (int i = 0; i < 50; ++i) service_->submit(place(1'000), [](Reply) {});
  PlaceHalt halt;
  halt.halt_id = "halt_1";
  halt.everything = true;
  service_->submit(halt, {});
  enough.get_future().get();
  service_->unsubscribe(id);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back() - seen.front() + 1, seen.size());
}

TEST_F(ServiceTest, ManyThreadsAtOnceNeverPassTheWall) {
  ask(start_run());
  std::atomic<int> allowed = 0;
  std::atomic<int> answered = 0;
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  std::latch done(kThreads * kEach);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          service_->submit(place(10'000'000), [&](Reply reply) {
            if (std::holds_alternative<AllowReply>(reply)) ++allowed;
            ++answered;
            done.count_down();
          });
        }
      });
    }
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        service_->unsubscribe(service_->on_event([](const StoredEvent&) {}));
        query<std::size_t>([](const Engine& e, Time) { return e.status().open_holds; });
      }
    });
  }
  done.wait();
  EXPECT_EQ(allowed, 100);
  EXPECT_EQ(answered, kThreads * kEach);
}

// What cannot be recorded is not allowed (ACP 9, mlld 7, H8).
TEST_F(ServiceTest, AFailedCommitIsTheEnd) {
  ask(start_run());
  service_.reset();
  std::promise<Error> fatal;
  ServiceOptions with = options();
  with.on_fatal = [&](const Error& error) { fatal.set_value(error); };
  open(with);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const rlimit tiny{1, old_limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tiny), 0);
  // Whoever comes after the failure is told so; nobody is told of a hold that is not on disk.
  std::atomic<int> allowed = 0;
  for (int i = 0; i < 10; ++i) {
    service_->submit(place(1'000),
                     [&](Reply reply) { allowed += std::holds_alternative<AllowReply>(reply); });
  }
  const Error error = fatal.get_future().get();
  ::setrlimit(RLIMIT_FSIZE, &old_limit);
  ::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(error.code, ErrorCode::unverifiable);
  service_->stop();
  EXPECT_EQ(allowed, 0);
  service_->submit(place(1'000), [&](Reply reply) {
    EXPECT_EQ(std::get<Refusal>(reply).reason, Reason::unverifiable);
  });
  service_.reset();
  open();
  EXPECT_EQ(query<std::size_t>([](const Engine& e, Time) { return e.status().open_holds; }), 0U);
  ask_for<AllowReply>(place(1'000));
}

// What a daemon's metrics say of one series: its value, and of a histogram its count.
std::pair<std::int64_t, std::uint64_t> counted(const Metrics& metrics, std::string_view name,
                                               const MetricLabels& labels) {
  for (const MetricFamily& family : metrics.read()) {
    for (const MetricSample& sample : family.samples) {
      if (family.name == name && sample.labels == labels) return {sample.value, sample.count};
    }
  }
  ADD_FAILURE() << "no series " << name;
  return {};
}

TEST_F(ServiceTest, HoldsAreCountedByOutcomeWithTheTimeToTheirAnswer) {
  service_.reset();
  const auto metrics = std::make_shared<Metrics>();
  ServiceOptions with = options();
  with.metrics = metrics;
  open(std::move(with));
  ask(start_run());
  const HoldId first = ask_for<AllowReply>(place(900'000'000)).hold;
  PlaceHold patient = place(800'000'000);
  patient.wait = Duration::seconds(30);
  std::promise<Reply> waited;
  service_->submit(std::move(patient), [&](Reply reply) { waited.set_value(std::move(reply)); });
  // Asked behind it, so that it waits by now.
  EXPECT_EQ(query<std::size_t>([](const Engine& e, Time) { return e.status().waiters; }), 1U);
  clock_.advance(Duration::seconds(3));
  ask(resolve(first, Ending::release));
  EXPECT_TRUE(std::holds_alternative<AllowReply>(waited.get_future().get()));
  const std::vector<Command> batch = {place(1), place(900'000'000), ResolveHold{}};
  std::promise<void> done;
  service_->submit_batch(batch, [&](const std::vector<Reply>&) { done.set_value(); });
  done.get_future().get();
  service_->stop();

  constexpr std::string_view kDecisions = "ringfence_decisions_total";
  EXPECT_EQ(counted(*metrics, kDecisions, {{"outcome", "allow"}, {"reason", ""}}).first, 3);
  EXPECT_EQ(counted(*metrics, kDecisions, {{"outcome", "refuse"}, {"reason", "busy"}}).first, 1);
  using Seen = std::pair<std::int64_t, std::uint64_t>;
  EXPECT_EQ(counted(*metrics, "ringfence_hold_seconds", {}), Seen(3'000'000, 4));
  const auto [events, commits] = counted(*metrics, "ringfence_journal_commit_events", {});
  EXPECT_GE(events, 5);
  EXPECT_EQ(counted(*metrics, "ringfence_journal_commit_seconds", {}).second, commits);
}

}  // namespace
}  // namespace ringfence
