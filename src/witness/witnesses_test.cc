// SPDX-License-Identifier: Apache-2.0
// A running service, its notary, and witnesses on real sockets.
#include "witness/witnesses.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <optional>
#include <thread>

#include "audit/cosignature.h"
#include "audit/tlog_policy.h"
#include "audit/witness_request.h"
#include "base/log.h"
#include "journal/journal.h"
#include "journal/test_folder.h"
#include "notary/key.h"
#include "service/service.h"
#include "witness/site.h"

namespace ringfence::witness {
namespace {

constexpr std::string_view kPolicy = R"yaml(
version: 1
accounts:
  acme: {budgets: [{calls: 1000000, window: month}]}
  acme/*: {role: worker}
roles:
  worker: {allow: ["tool:*"]}
)yaml";

// A witness with a port and a thread of its own.
class Watching {
 public:
  Watching(const std::string& dir, const std::string& name, const std::string& log) {
    auto opened = Witness::open({dir, name, {audit::parse_vkey(log).value()}});
    EXPECT_TRUE(opened) << opened.error().text();
    witness_ = *std::move(opened);
    server_.emplace(io_.get_executor(), site_of(*witness_));
    EXPECT_TRUE(server_->listen_tcp("127.0.0.1", 0));
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Watching() {
    boost::asio::post(io_, [this] {
      server_->stop();
      work_.reset();
    });
    thread_.join();
  }
  AuditWitness rule() const {
    return {"http://127.0.0.1:" + std::to_string(server_->port()), witness_->vkey(), true};
  }
  Reply ask(const std::string& body) {
    std::promise<Reply> reply;
    boost::asio::post(io_, [&] { reply.set_value(witness_->add_checkpoint(body, Time{1})); });
    return reply.get_future().get();
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  std::unique_ptr<Witness> witness_;
  std::optional<http::Server> server_;
  std::thread thread_;
};

// Takes requests and never answers them; sees when the other side hangs up.
class Silent {
  using tcp = boost::asio::ip::tcp;

 public:
  Silent() {
    boost::asio::co_spawn(io_, accept(), boost::asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Silent() {
    io_.stop();
    thread_.join();
  }
  AuditWitness rule() const {
    const audit::Cosigner cosigner("silent",
                                   Ed25519PrivateKey::from_seed(std::string(32, 's')).value());
    return {"http://127.0.0.1:" + std::to_string(port_), audit::format_vkey(cosigner.vkey()), true};
  }
  void wait_asked(int times) const { wait(asked_, times); }
  void wait_left(int times) const { wait(left_, times); }

 private:
  static void wait(const std::atomic<int>& count, int times) {
    for (int seen = count; seen < times; seen = count) count.wait(seen);
  }
  static void count(std::atomic<int>& what) {
    ++what;
    what.notify_all();
  }
  boost::asio::awaitable<void> accept() {
    for (;;) {
      tcp::socket socket = co_await acceptor_.async_accept(boost::asio::use_awaitable);
      boost::asio::co_spawn(io_, listen(std::move(socket)), boost::asio::detached);
    }
  }
  boost::asio::awaitable<void> listen(tcp::socket socket) {
    char bytes[4096];
    bool heard = false;
    for (;;) {
      const auto [error, got] = co_await socket.async_read_some(
          boost::asio::buffer(bytes), boost::asio::as_tuple(boost::asio::use_awaitable));
      if (error) break;
      if (!heard) count(asked_);
      heard = true;
    }
    count(left_);
  }

  std::atomic<int> asked_ = 0;
  std::atomic<int> left_ = 0;
  boost::asio::io_context io_{1};
  tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  const std::uint16_t port_ = acceptor_.local_endpoint().port();
  std::thread thread_;
};

class WitnessesTest : public testing::Test {
 protected:
  void SetUp() override {
    set_log_level(LogLevel::off);
    ServiceOptions options;
    options.data_dir = dir_;
    options.policy = *Policy::compile(kPolicy, "policy.yaml");
    options.version = "test";
    auto service = Service::open(std::move(options));
    ASSERT_TRUE(service) << service.error().text();
    service_ = *std::move(service);
    notary::NotaryOptions with;
    with.service = service_.get();
    with.interval = Duration::millis(1);
    auto notary = notary::Notary::open(std::move(with));
    ASSERT_TRUE(notary) << notary.error().text();
    notary_ = *std::move(notary);
    while (notary_->published()->tree.size == 0) std::this_thread::yield();
    vkey_ = notary_->published()->vkey;
  }
  void TearDown() override {
    witnesses_.reset();
    if (service_) service_->stop();
    notary_.reset();
  }
  void start(const AuditRule& rule) {
    WitnessesOptions options;
    options.notary = notary_;
    options.data_dir = dir_;
    options.pause = Duration::millis(1);
    options.late_after = Duration::millis(50);
    options.answer_time = answer_time_;
    witnesses_ = Witnesses::start(std::move(options), rule);
  }
  // Makes an event, and gives how many there are.
  std::uint64_t record() {
    PlaceHalt halt;
    halt.halt_id = "halt_" + std::to_string(++halts_);
    halt.account = "acme/" + std::to_string(halts_);
    halt.actor = halt.reason = "test";
    std::promise<void> durable;
    service_->submit(std::move(halt), [&](const ringfence::Reply&) { durable.set_value(); });
    durable.get_future().wait();
    return (*JournalReader::open(dir_))->read(0, 100'000)->size();
  }
  // The newest checkpoint, once as many of these keys have cosigned it.
  audit::Checkpoint cosigned_by(const std::vector<AuditWitness>& by, std::uint64_t size) const {
    audit::NoteVerifiers keys{audit::make_verifier(audit::parse_vkey(vkey_).value()).value()};
    for (const AuditWitness& each : by) {
      keys.push_back(audit::make_verifier(audit::parse_vkey(each.vkey).value()).value());
    }
    std::shared_ptr<const notary::Published> seen;
    for (;;) {
      const auto published = notary_->published();
      if (published == seen) {
        std::this_thread::yield();
        continue;
      }
      seen = published;
      const auto opened = audit::open_checkpoint(published->checkpoint, keys);
      EXPECT_TRUE(opened) << opened.error().text();
      if (!opened) return {};
      const bool all = opened->verified.size() == keys.size();
      if (all && opened->checkpoint.head.size >= size) return opened->checkpoint;
    }
  }
  template <class Condition>
  WitnessesState wait_until(Condition&& holds) const {
    for (;;) {
      const WitnessesState state = witnesses_->state();
      if (holds(state)) return state;
      std::this_thread::yield();
    }
  }

  TestFolder folder_;
  std::string dir_ = folder_.path() + "/data";
  std::unique_ptr<Service> service_;
  std::shared_ptr<notary::Notary> notary_;
  std::unique_ptr<Witnesses> witnesses_;
  std::string vkey_;
  int halts_ = 0;
  Duration answer_time_ = kAnswerTime;
};

TEST_F(WitnessesTest, EachCheckpointIsCosignedAndKept) {
  Watching first(folder_.path() + "/w1", "w1", vkey_);
  Watching second(folder_.path() + "/w2", "w2", vkey_);
  AuditRule rule;
  rule.witnesses = {first.rule(), second.rule()};
  rule.quorum = 2;
  start(rule);
  std::uint64_t size = 0;
  for (int i = 0; i < 5; ++i) {
    size = record();
    cosigned_by(rule.witnesses, size);
  }
  const auto state =
      wait_until([&](const WitnessesState& each) { return each.events >= size && !each.late; });
  EXPECT_EQ(state.quorum, 2);
  EXPECT_FALSE(state.forked());
  ASSERT_EQ(state.witnesses.size(), 2U);
  EXPECT_EQ(state.witnesses[0].last_outcome, "cosigned");
  // What was kept is there for a reader of the directory, and for the next start.
  const auto store = notary::Store::open(dir_, notary::Access::read).value();
  const auto newest = store->newest().value();
  EXPECT_EQ(audit::parse_note(newest->note)->signatures.size(), 3U);
  witnesses_.reset();
  start(rule);
  wait_until([&](const WitnessesState& each) { return each.events >= size; });
}

TEST_F(WitnessesTest, WhatWasNeverSignedHereIsAFork) {
  Watching witness(folder_.path() + "/w1", "w1", vkey_);
  const std::string origin = audit::parse_vkey(vkey_)->name;
  const auto key = notary::Key::open(dir_).value();
  const std::string text =
      audit::format_checkpoint({origin, {1'000'000, audit::leaf_hash("another tree")}});
  const std::string note = audit::format_note(audit::sign_note(text, {key.signer(origin)}));
  ASSERT_EQ(witness.ask("old 0\n\n" + note).status, 200);
  AuditRule rule;
  rule.witnesses = {witness.rule()};
  rule.quorum = 1;
  start(rule);
  const auto state = wait_until([](const WitnessesState& each) { return each.forked(); });
  EXPECT_NE(state.witnesses[0].last_outcome.find("1000000"), std::string::npos);
  EXPECT_EQ(state.events, 0U);
  wait_until([](const WitnessesState& each) { return each.late; });
  record();  // decisions do not mind
  rule.witnesses.clear();
  rule.quorum = 0;
  witnesses_->set_rule(rule);
  wait_until([](const WitnessesState& each) { return !each.forked() && !each.late; });
}

TEST_F(WitnessesTest, OneThatIsGoneIsAskedAgain) {
  AuditRule rule;
  const std::string place = folder_.path() + "/w1";
  {
    Watching witness(place, "w1", vkey_);
    rule.witnesses = {witness.rule()};
    rule.quorum = 1;
  }
  start(rule);
  wait_until([](const WitnessesState& each) {
    return each.late && !each.witnesses.empty() && !each.witnesses[0].last_outcome.empty();
  });
  Watching again(place, "w1", vkey_);
  rule.witnesses = {again.rule()};
  witnesses_->set_rule(rule);
  cosigned_by(rule.witnesses, 1);
  wait_until([](const WitnessesState& each) { return !each.late && each.events > 0; });
}

TEST_F(WitnessesTest, OneThatNeverAnswersIsLetGoAndHoldsUpNobody) {
  answer_time_ = Duration::millis(20);
  Silent silent;
  Watching good(folder_.path() + "/w1", "w1", vkey_);
  AuditRule rule;
  rule.witnesses = {silent.rule(), good.rule()};
  rule.quorum = 2;
  start(rule);
  const std::uint64_t size = record();
  cosigned_by({good.rule()}, size);
  const auto state = wait_until([](const WitnessesState& each) {
    return each.late && !each.witnesses[0].last_outcome.empty();
  });
  EXPECT_EQ(state.witnesses[0].last_outcome, "no answer in time");
  EXPECT_EQ(state.events, 0U);
  silent.wait_asked(2);
}

TEST_F(WitnessesTest, AnEndOrAnotherPolicyCutsWhatIsOnItsWay) {
  answer_time_ = Duration::hours(24);  // nothing else ends an exchange
  Silent silent;
  AuditRule rule;
  rule.witnesses = {silent.rule()};
  rule.quorum = 1;
  start(rule);
  silent.wait_asked(1);
  Watching good(folder_.path() + "/w1", "w1", vkey_);
  AuditRule other;
  other.witnesses = {good.rule()};
  other.quorum = 1;
  witnesses_->set_rule(other);
  silent.wait_left(1);
  cosigned_by(other.witnesses, 1);
  witnesses_->set_rule(rule);
  silent.wait_asked(2);
  witnesses_.reset();
  silent.wait_left(2);
}

TEST_F(WitnessesTest, OneThatCannotBeAskedCountsAsOneThatNeverCosigns) {
  AuditRule rule;
  rule.witnesses = {{"http://127.0.0.1:1", vkey_, true}};  // a log's key
  rule.quorum = 1;
  start(rule);
  const auto state = wait_until([](const WitnessesState& each) { return each.late; });
  ASSERT_EQ(state.witnesses.size(), 1U);
  EXPECT_NE(state.witnesses[0].last_outcome.find("cannot be asked"), std::string::npos);
}

// An old copy of the directory has old cosignatures: only the witness can tell.
TEST_F(WitnessesTest, WhatWasCosignedBeforeTheStartIsShownAgain) {
  AuditRule rule;
  rule.quorum = 1;
  {
    Watching witness(folder_.path() + "/w1", "w1", vkey_);
    rule.witnesses = {witness.rule()};
    start(rule);
    cosigned_by(rule.witnesses, record());
    witnesses_.reset();
  }
  start(rule);
  const auto state = wait_until([](const WitnessesState& each) {
    return !each.witnesses.empty() && !each.witnesses[0].last_outcome.empty();
  });
  EXPECT_NE(state.witnesses[0].last_outcome, "cosigned");
  EXPECT_EQ(state.events, 0U);
}

TEST_F(WitnessesTest, APrivateAddressWantsToBeAllowed) {
  Watching witness(folder_.path() + "/w1", "w1", vkey_);
  AuditRule rule;
  rule.witnesses = {witness.rule()};
  rule.witnesses[0].allow_private = false;
  start(rule);
  const auto state = wait_until([](const WitnessesState& each) {
    return !each.witnesses.empty() && !each.witnesses[0].last_outcome.empty();
  });
  EXPECT_NE(state.witnesses[0].last_outcome, "cosigned");
  EXPECT_EQ(state.witnesses[0].events, 0U);
}

}  // namespace
}  // namespace ringfence::witness
