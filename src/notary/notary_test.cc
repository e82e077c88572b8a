// SPDX-License-Identifier: Apache-2.0
// The thread that signs behind a running service.
#include "notary/notary.h"

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "audit/cosignature.h"
#include "audit/tlog_policy.h"
#include "audit/tlog_proof.h"
#include "base/file.h"
#include "notary/anchor.h"
#include "notary/log_reader.h"
#include "notary/record_test_support.h"
#include "notary/start_check.h"

namespace ringfence::notary {
namespace {

using testing::HasSubstr;

constexpr std::string_view kPolicy = R"yaml(
version: 1
accounts:
  acme: {budgets: [{calls: 1000000, window: month}]}
  acme/*: {role: worker}
roles:
  worker: {allow: ["tool:*"]}
)yaml";

class NotaryTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }
  void TearDown() override { stop(); }

  void start(AuditRule rule = {}) {
    ServiceOptions options;
    options.data_dir = folder_.path() + "/data";
    options.policy = *Policy::compile(kPolicy, "policy.yaml");
    options.version = "test";
    auto service = Service::open(std::move(options));
    ASSERT_TRUE(service) << service.error().text();
    service_ = *std::move(service);
    NotaryOptions with;
    with.service = service_.get();
    with.rule = std::move(rule);
    with.metrics = metrics_;
    with.interval = Duration::millis(1);
    auto notary = Notary::open(std::move(with));
    ASSERT_TRUE(notary) << notary.error().text();
    notary_ = *std::move(notary);
  }
  void stop() {
    if (service_) service_->stop();
    notary_.reset();
    service_.reset();
  }
  std::string dir() const { return folder_.path() + "/data"; }

  // Makes events, and gives the number of the newest.
  std::uint64_t record(int halts) {
    for (int i = 0; i < halts; ++i) {
      PlaceHalt halt;
      halt.halt_id = "halt_" + std::to_string(++halts_);
      halt.account = "acme/" + std::to_string(halts_);
      halt.actor = halt.reason = "test";
      service_->submit(std::move(halt), [](const Reply&) {});
    }
    // Answered after all of them are durable.
    std::promise<void> durable;
    service_->submit_batch({}, [&](const std::vector<Reply>&) { durable.set_value(); });
    durable.get_future().wait();
    return (*JournalReader::open(dir()))->read(0, 100'000)->size();
  }
  std::shared_ptr<const Published> published_at(std::uint64_t size) const {
    auto published = notary_->published();
    for (; published->tree.size < size; published = notary_->published()) std::this_thread::yield();
    return published;
  }
  audit::Checkpoint opened(const Published& published) const {
    const auto vkey = audit::parse_vkey(published.vkey);
    EXPECT_TRUE(vkey);
    const auto checkpoint =
        audit::open_checkpoint(published.checkpoint, {*audit::ed25519_verifier(*vkey)});
    EXPECT_TRUE(checkpoint) << checkpoint.error().text();
    return checkpoint ? checkpoint->checkpoint : audit::Checkpoint{};
  }
  std::uint64_t count(std::string_view name, const std::string& what = {}) const {
    for (const MetricFamily& family : metrics_->read()) {
      if (family.name != name) continue;
      for (const MetricSample& sample : family.samples) {
        if (what.empty() || sample.labels.front().second == what) {
          return static_cast<std::uint64_t>(sample.value);
        }
      }
    }
    return 0;
  }

  TestFolder folder_;
  const std::string anchor_ = folder_.path() + "/anchor";
  std::shared_ptr<Metrics> metrics_ = std::make_shared<Metrics>();
  std::unique_ptr<Service> service_;
  std::unique_ptr<Notary> notary_;
  int halts_ = 0;
};

TEST_F(NotaryTest, TheCheckpointFollowsTheRecord) {
  audit::TreeHead before;
  for (const int halts : {1, 3, 400, 1}) {
    const auto published = published_at(record(halts));
    const audit::Checkpoint checkpoint = opened(*published);
    EXPECT_EQ(checkpoint.head, published->tree);
    EXPECT_THAT(checkpoint.origin, testing::MatchesRegex("ringfence-[0-9a-f]{8}"));
    if (before.size > 0) {
      const auto store = Store::open(dir(), Access::read);
      const auto proof = audit::consistency_proof({before.size, checkpoint.head.size},
                                                  audit::hashes_in_tiles((*store)->tile_at()));
      ASSERT_TRUE(proof) << proof.error().text();
      EXPECT_TRUE(audit::verify_consistency(before, checkpoint.head, *proof));
    }
    before = checkpoint.head;
  }
  EXPECT_EQ(notary_->failing(), "");
  EXPECT_GE(count("ringfence_audit_checkpoints_total"), 1U);
}

TEST_F(NotaryTest, TheLastCheckpointCoversAll) {
  record(10);
  stop();  // which records no more than is there
  const auto lines = (*JournalReader::open(dir()))->read(0, 1'000);
  EXPECT_EQ((*Store::open(dir(), Access::read))->newest()->value().tree.size, lines->size());
}

TEST_F(NotaryTest, ARestartGoesOnUnderTheSameName) {
  const auto before = published_at(record(5));
  stop();
  EXPECT_TRUE(check_start(dir(), {}));
  start();
  const auto after = published_at(record(5));
  EXPECT_EQ(after->vkey, before->vkey);
  EXPECT_EQ(opened(*after).origin, opened(*before).origin);
}

TEST_F(NotaryTest, ARecordThatSignedNothingIsSignedFromItsBeginning) {
  record(600);
  stop();
  for (const char* name : {"audit.db", "audit.key"}) std::filesystem::remove(dir() + "/" + name);
  EXPECT_TRUE(check_start(dir(), {}));
  start();
  EXPECT_GT(opened(*published_at(record(1))).head.size, 600U);
}

TEST_F(NotaryTest, ANewOriginIsSignedUnderWithoutANewEvent) {
  const auto before = published_at(record(1));
  AuditRule rule;
  rule.origin = "audit.example.com/log";
  rule.public_entries = true;
  notary_->set_rule(rule);
  auto published = notary_->published();
  for (; published->vkey == before->vkey; published = notary_->published()) {
    std::this_thread::yield();
  }
  EXPECT_EQ(opened(*published).origin, rule.origin);
  EXPECT_GE(published->tree.size, before->tree.size);
  EXPECT_TRUE(published->public_entries);
  EXPECT_THAT(published->policy, HasSubstr("log audit.example.com/log+"));
}

TEST_F(NotaryTest, ThePolicyOfTrustNamesTheWitnesses) {
  stop();
  const std::string vkey =
      "witness.example.org+2117e12c+BFDYWOCYXsx/YEGKrwzFq1h/QsJXCohAlanozKzQ9lRc";
  AuditRule rule;
  rule.witnesses = {{"https://witness.example.org", vkey, false}};
  rule.quorum = 1;
  start(rule);
  const auto policy = audit::parse_tlog_policy(published_at(1)->policy);
  ASSERT_TRUE(policy) << policy.error().text();
  ASSERT_EQ(policy->witnesses.size(), 1U);
  EXPECT_EQ(policy->witnesses[0].url, "https://witness.example.org");
  EXPECT_EQ(audit::format_vkey(policy->witnesses[0].vkey), vkey);
  EXPECT_FALSE(audit::quorum_met(*policy, {}));
}

TEST_F(NotaryTest, TheAnchorHoldsWhatWasPublished) {
  AuditRule rule;
  rule.anchor = anchor_;
  notary_->set_rule(rule);
  record(3);
  stop();
  const auto anchored = read_file(anchor_, 1 << 20);
  ASSERT_TRUE(anchored) << anchored.error().text();
  EXPECT_EQ(*anchored, (*Store::open(dir(), Access::read))->newest()->value().note);
  EXPECT_TRUE(check_start(dir(), anchor_));
}

// A witness, and what it says of a published checkpoint.
class Witnessing {
 public:
  AuditWitness rule() const {
    return {"https://w.example.org", audit::format_vkey(cosigner_.vkey()), false};
  }
  std::vector<audit::NoteSignature> cosign(const Published& published, std::int64_t seconds) const {
    return {cosigner_.cosign(text_of(published), Time{seconds * 1'000'000})};
  }
  static std::string text_of(const Published& published) {
    return audit::parse_note(published.checkpoint)->text;
  }
  // When it signed that, each time it did, in seconds.
  std::vector<std::int64_t> times_in(const std::string& note) const {
    std::vector<std::int64_t> times;
    const audit::Note parsed = audit::parse_note(note).value();
    for (const audit::NoteSignature& each : parsed.signatures) {
      if (!each.by(cosigner_.vkey())) continue;
      times.push_back(audit::cosignature_time(each.bytes)->us / 1'000'000);
    }
    return times;
  }

 private:
  audit::Cosigner cosigner_{"w.example.org",
                            Ed25519PrivateKey::from_seed(std::string(32, 'w')).value()};
};

TEST_F(NotaryTest, CosignaturesAreKeptWithTheirCheckpoint) {
  const Witnessing witness;
  AuditRule rule;
  rule.anchor = anchor_;
  rule.witnesses = {witness.rule()};
  rule.quorum = 1;
  stop();
  start(rule);
  const auto first = published_at(record(3));
  const std::string text = Witnessing::text_of(*first);
  for (const std::int64_t seconds : {7, 8}) {  // of each key the newest
    notary_->add_cosignatures(text, witness.cosign(*first, seconds));
    while (witness.times_in(notary_->published()->checkpoint) != std::vector{seconds}) {
      std::this_thread::yield();
    }
  }
  notary_->add_cosignatures("another\n1\nAAAA\n", witness.cosign(*first, 9));  // nobody's
  const std::uint64_t newest = record(3);
  const auto second = published_at(newest);
  EXPECT_TRUE(witness.times_in(second->checkpoint).empty());
  // A receipt is under the one that is witnessed, where that covers the event.
  const auto log = LogReader::open(dir()).value();
  const auto checkpoint_in = [&](std::uint64_t seq) {
    return audit::parse_tlog_proof(log->receipt(seq).value()).value().checkpoint;
  };
  EXPECT_EQ(witness.times_in(checkpoint_in(1)), std::vector<std::int64_t>{8});
  EXPECT_EQ(witness.times_in(checkpoint_in(first->tree.size)), std::vector<std::int64_t>{8});
  EXPECT_EQ(checkpoint_in(newest), second->checkpoint);
  const auto line = (*JournalReader::open(dir()))->read(0, 1)->front().line;
  EXPECT_TRUE(
      audit::verify_tlog_proof(*audit::parse_tlog_proof(log->receipt(1).value()), line,
                               {*audit::make_verifier(*audit::parse_vkey(first->vkey)),
                                *audit::make_verifier(*audit::parse_vkey(witness.rule().vkey))}));
  EXPECT_FALSE(log->receipt(0));
  // It is there after a restart; what an older tree is told later changes nothing of the newest.
  notary_->add_cosignatures(Witnessing::text_of(*second), witness.cosign(*second, 10));
  notary_->add_cosignatures(text, witness.cosign(*first, 11));
  stop();
  const auto store = Store::open(dir(), Access::read).value();
  EXPECT_EQ(store->witnessed().value(), second->tree.size);
  const auto kept = store->checkpoint(first->tree.size).value();
  EXPECT_EQ(witness.times_in(kept->note), std::vector<std::int64_t>{11});
  EXPECT_TRUE(check_start(dir(), anchor_));
}

TEST_F(NotaryTest, TooFewCosignaturesAreNoWitnessing) {
  const Witnessing witness;
  AuditRule rule;
  rule.witnesses = {witness.rule(), {"https://v.example.org", "v+0123", false}};
  rule.quorum = 2;
  stop();
  start(rule);
  const auto published = published_at(record(1));
  notary_->add_cosignatures(Witnessing::text_of(*published), witness.cosign(*published, 7));
  while (witness.times_in(notary_->published()->checkpoint).empty()) std::this_thread::yield();
  EXPECT_EQ(Store::open(dir(), Access::read).value()->witnessed().value(), 0U);
}

TEST_F(NotaryTest, AnAnchorOfAnotherRecordIsLeftAlone) {
  TestRecord other;
  other.append(3);
  other.sign();
  ASSERT_TRUE(write_anchor(anchor_, other.note()));
  AuditRule rule;
  rule.anchor = anchor_;
  notary_->set_rule(rule);
  record(3);
  stop();
  EXPECT_EQ(*read_file(anchor_, 1 << 20), other.note());
  EXPECT_GE(count("ringfence_audit_failures_total", "anchor"), 1U);
}

TEST_F(NotaryTest, ALineThatWasChangedIsNotSigned) {
  const auto before = published_at(record(3));
  stop();
  // Signed by nobody yet, so that a start finds nothing: a row more.
  auto connection = sqlite::Connection::open(dir() + "/journal.db", SQLITE_OPEN_READWRITE);
  ASSERT_TRUE(connection);
  const std::string next =
      std::to_string((*Store::open(dir(), Access::read))->newest()->value().tree.size + 1);
  ASSERT_TRUE(
      connection->execute(("INSERT INTO event (seq, line) VALUES (" + next + ", '{\"seq\":" + next +
                           ",\"prev\":\"" + std::string(64, '0') + "\",\"time\":\"never\"}')")
                              .c_str()));
  auto signing = Signing::open(dir());
  ASSERT_TRUE(signing);
  const auto read = (*signing)->catch_up();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::unverifiable);
  EXPECT_EQ(read.error().where, "event " + next);
}

TEST_F(NotaryTest, AFailureIsToldUntilItIsOver) {
  const Witnessing witness;
  const auto before = published_at(record(1));
  // The store is locked by somebody: nothing can be written.
  auto other = sqlite::Connection::open(dir() + "/audit.db", SQLITE_OPEN_READWRITE);
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  notary_->add_cosignatures(Witnessing::text_of(*before), witness.cosign(*before, 7));
  const std::uint64_t newest = record(1);
  while (notary_->failing().empty()) std::this_thread::yield();
  EXPECT_LT(notary_->published()->tree.size, newest);
  EXPECT_GE(count("ringfence_audit_failures_total", "signing"), 1U);
  record(1);  // decisions go on
  ASSERT_TRUE(other->execute("ROLLBACK"));
  published_at(newest);
  while (!notary_->failing().empty()) std::this_thread::yield();
  stop();
  const auto store = Store::open(dir(), Access::read).value();
  const auto cosigned = store->checkpoint(before->tree.size).value();
  EXPECT_EQ(witness.times_in(cosigned->note), std::vector<std::int64_t>{7});
}

}  // namespace
}  // namespace ringfence::notary
