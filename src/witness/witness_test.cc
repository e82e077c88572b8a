// SPDX-License-Identifier: Apache-2.0
#include "witness/witness.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/log.h"
#include "journal/test_folder.h"
#include "witness/test_log.h"

namespace ringfence::witness {
namespace {

constexpr Time kNow{1'700'000'000'000'000};
constexpr const char* kName = "witness.example.org";

class WitnessTest : public testing::Test {
 protected:
  void SetUp() override {
    set_log_level(LogLevel::off);
    open();
  }
  void open() {
    witness_.reset();
    auto opened = Witness::open({dir_, kName, {log_.vkey(), other_.vkey()}});
    ASSERT_TRUE(opened) << opened.error().text();
    witness_ = *std::move(opened);
  }
  ErrorCode refused_to_open() {
    witness_.reset();
    const auto opened = Witness::open({dir_, kName, {log_.vkey()}});
    return opened ? ErrorCode::internal : opened.error().code;
  }
  Reply ask(const std::string& body) { return witness_->add_checkpoint(body, kNow); }

  // Whether the reply is one signature line that the witness's vkey verifies over this text.
  bool cosigned(const Reply& reply, const std::string& text) {
    const auto lines = audit::parse_signatures(reply.body);
    if (reply.status != 200 || !lines || lines->size() != 1) return false;
    const auto key = audit::make_verifier(audit::parse_vkey(witness_->vkey()).value()).value();
    return lines->front().by(key->vkey()) && key->verify(text, lines->front().bytes) &&
           audit::cosignature_time(lines->front().bytes) == kNow;
  }
  void remove(const std::string& name) {
    witness_.reset();
    for (const char* part : {"", "-wal", "-shm"}) {
      std::filesystem::remove(dir_ + "/" + name + part);
    }
  }

  TestFolder folder_;
  std::string dir_ = folder_.path() + "/witness";
  TestLog log_{"log.example.org", 20};
  TestLog other_{"other.example.org", 3};
  std::unique_ptr<Witness> witness_;
};

TEST_F(WitnessTest, CosignsWhatGoesOnFromBefore) {
  std::uint64_t older = 0;
  for (const std::uint64_t size : {1, 2, 2, 7, 16, 20}) {
    EXPECT_TRUE(cosigned(ask(log_.request(older, size)), log_.text(size))) << size;
    older = size;
    open();  // and remembers it
  }
  EXPECT_TRUE(cosigned(ask(other_.request(0, 3)), other_.text(3)));
}

TEST_F(WitnessTest, AnEmptyLogIsOne) {
  EXPECT_TRUE(cosigned(ask(log_.request(0, 0)), log_.text(0)));
  EXPECT_TRUE(cosigned(ask(log_.request(0, 0)), log_.text(0)));
  EXPECT_TRUE(cosigned(ask(log_.request(0, 5)), log_.text(5)));
  EXPECT_EQ(ask(log_.request(0, 0)).status, 409);
}

TEST_F(WitnessTest, TellsItsSizeToWhoKnowsAnother) {
  ASSERT_EQ(ask(log_.request(0, 7)).status, 200);
  const std::string bodies[] = {log_.request(0, 20), log_.request(6, 20), log_.request(8, 20),
                                log_.request(3, 5)};
  for (const std::string& body : bodies) {
    const Reply reply = ask(body);
    EXPECT_EQ(reply.status, 409);
    EXPECT_EQ(reply.type, "text/x.tlog.size");
    EXPECT_EQ(reply.body, "7\n");
  }
  EXPECT_EQ(ask(log_.request(7, 20)).status, 200);
}

TEST_F(WitnessTest, AForkIsNeverCosigned) {
  ASSERT_EQ(ask(log_.request(0, 10)).status, 200);
  TestLog fork("log.example.org", 8);
  fork.append(20, "two");
  const Reply same_size = ask(fork.request(10, 10));
  EXPECT_EQ(same_size.status, 409);
  EXPECT_EQ(same_size.body, "10\n");
  EXPECT_EQ(ask(fork.request(10, 20)).status, 422);
  EXPECT_EQ(ask(fork.request(8, 20)).status, 409);
  EXPECT_EQ(ask(fork.request(0, 20)).status, 409);
  // And it stays with the tree it has.
  EXPECT_TRUE(cosigned(ask(log_.request(10, 20)), log_.text(20)));
}

TEST_F(WitnessTest, TwoTreesOfOneSizeAreKeptAsProof) {
  ASSERT_EQ(ask(log_.request(0, 10)).status, 200);
  const TestLog fork("log.example.org", 10, "two");
  EXPECT_EQ(ask(fork.request(10, 10)).status, 409);
  EXPECT_EQ(ask(fork.request(10, 10)).status, 409);
  witness_.reset();
  const auto memory = Memory::open(dir_).value();
  EXPECT_FALSE(memory->keep_contradiction(fork.origin(), fork.head(10), "again").value());
}

struct Row {
  const char* what;
  int status;
  std::string body;
};

TEST_F(WitnessTest, RefusesAsTheProtocolSays) {
  ASSERT_EQ(ask(log_.request(0, 7)).status, 200);
  const TestLog stranger("stranger.example.org", 9);
  const std::string good = log_.request(7, 9);
  std::string unsigned_ = log_.checkpoint(9);
  unsigned_[unsigned_.size() - 10] = unsigned_[unsigned_.size() - 10] == 'A' ? 'B' : 'A';
  std::string by_another = stranger.signed_note(log_.text(9));
  std::string one_hash_more = good;
  one_hash_more.insert(one_hash_more.find("\n\n") + 1,
                       "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n");
  // The example of the specification, byte for byte: a log that nobody told us of.
  const std::string example =
      "old 20852014\n"
      "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
      "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
      "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
      "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
      "\n"
      "example.com/behind-the-sofa\n"
      "20852163\n"
      "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
      "\n"
      "— example.com/behind-the-sofa "
      "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
      "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
      "— example.com/behind-the-sofa "
      "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q="
      "\n";
  const Row rows[] = {
      {"nothing", 400, ""},
      {"no old size", 400, good.substr(good.find('\n') + 1)},
      {"a leading zero", 400, "old 07" + good.substr(5)},
      {"no empty line", 400, "old 7\n" + log_.checkpoint(9)},
      {"no checkpoint", 400, "old 7\n\n"},
      {"a checkpoint without a signature", 400, "old 7\n\n" + log_.text(9) + "\n"},
      {"carriage returns", 400, "old 7\r\n\r\n" + log_.checkpoint(9)},
      {"no hash in the proof", 400, "old 7\nnothash\n\n" + log_.checkpoint(9)},
      {"old above the checkpoint", 400, audit::format_witness_request({9, {}, log_.checkpoint(8)})},
      {"a stranger's log", 404, stranger.request(0, 9)},
      {"the example of the specification", 404, example},
      {"a broken signature", 403, "old 7\n\n" + unsigned_},
      {"a stranger's signature", 403, "old 7\n\n" + by_another},
      {"no proof", 422, "old 7\n\n" + log_.checkpoint(9)},
      {"another proof", 422,
       audit::format_witness_request({7, log_.proof(6, 9), log_.checkpoint(9)})},
      {"one hash more", 422, one_hash_more},
      {"another old size", 409, log_.request(6, 9)},
  };
  for (const Row& row : rows) EXPECT_EQ(ask(row.body).status, row.status) << row.what;
  EXPECT_TRUE(cosigned(ask(good), log_.text(9)));  // none of them left anything behind
  EXPECT_EQ(ask(audit::format_witness_request({0, log_.proof(1, 3), other_.checkpoint(3)})).status,
            422);  // a proof from nothing
}

TEST_F(WitnessTest, SignaturesOfUnknownKeysSayNothing) {
  const TestLog stranger("stranger.example.org");
  auto note = audit::parse_note(log_.checkpoint(5)).value();
  const auto more = audit::parse_note(stranger.signed_note(log_.text(5))).value();
  note.signatures.insert(note.signatures.begin(), more.signatures.front());
  EXPECT_TRUE(cosigned(ask(audit::format_witness_request({0, {}, audit::format_note(note)})),
                       log_.text(5)));
}

TEST_F(WitnessTest, AClockBefore1970SignsNothing) {
  EXPECT_EQ(witness_->add_checkpoint(log_.request(0, 5), Time{-1}).status, 503);
  EXPECT_EQ(ask(log_.request(0, 4)).status, 200);
}

TEST_F(WitnessTest, TheKeyIsItsOwnersAndStays) {
  struct stat about{};
  const std::string path = dir_ + "/" + kKeyName;
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  const std::string vkey = witness_->vkey();
  open();
  EXPECT_EQ(witness_->vkey(), vkey);
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(refused_to_open(), ErrorCode::forbidden);
}

TEST_F(WitnessTest, KeyAndMemoryBelongTogether) {
  ASSERT_EQ(ask(log_.request(0, 5)).status, 200);
  remove(kMemoryName);
  EXPECT_EQ(refused_to_open(), ErrorCode::unverifiable);
  EXPECT_EQ(refused_to_open(), ErrorCode::unverifiable);  // what the first try left is no memory
}

TEST_F(WitnessTest, AKeyThatIsGoneIsNotMadeAnew) {
  ASSERT_EQ(ask(log_.request(0, 5)).status, 200);
  remove(kKeyName);
  EXPECT_EQ(refused_to_open(), ErrorCode::unverifiable);
}

TEST_F(WitnessTest, AnotherKeyIsRefused) {
  const auto elsewhere = Witness::open({folder_.path() + "/else", kName, {log_.vkey()}});
  ASSERT_TRUE(elsewhere);
  witness_.reset();
  std::filesystem::copy_file(folder_.path() + "/else/" + kKeyName, dir_ + "/" + kKeyName,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(refused_to_open(), ErrorCode::unverifiable);
}

TEST_F(WitnessTest, ADamagedMemoryIsNotBegunAnew) {
  ASSERT_EQ(ask(log_.request(0, 5)).status, 200);
  witness_.reset();
  std::filesystem::remove(dir_ + "/" + std::string(kMemoryName) + "-wal");
  std::ofstream(dir_ + "/" + kMemoryName) << std::string(8192, 'x');
  EXPECT_EQ(refused_to_open(), ErrorCode::unverifiable);
}

TEST_F(WitnessTest, OneProcessADirectory) {
  const auto second = Witness::open({dir_, kName, {log_.vkey()}});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
}

TEST_F(WitnessTest, WhatItIsToldIsChecked) {
  witness_.reset();
  auto cosigning = audit::make_vkey("w", audit::KeyType::ed25519_cosignature, log_.vkey().key);
  for (const WitnessOptions& options :
       {WitnessOptions{dir_, "two words", {log_.vkey()}}, WitnessOptions{dir_, "", {log_.vkey()}},
        WitnessOptions{dir_, kName, {}}, WitnessOptions{dir_, kName, {cosigning}}}) {
    const auto opened = Witness::open(options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::invalid);
  }
}

// The race of the specification: two requests are checked against one head, one is written first.
TEST(Memory, OfTwoFromOneHeadOneWins) {
  const TestFolder folder;
  const TestLog log("log.example.org", 200);
  ASSERT_TRUE(Memory::open(folder.path()));
  for (std::uint64_t size = 0; size < 40; size += 4) {
    const auto from = size == 0 ? audit::TreeHead{} : log.head(size);
    std::atomic<int> won = 0;
    std::atomic<std::uint64_t> winner = 0;
    std::vector<std::thread> threads;
    for (std::uint64_t more = 1; more <= 3; ++more) {
      threads.emplace_back([&, more] {
        const auto memory = Memory::open(folder.path());
        ASSERT_TRUE(memory) << memory.error().text();
        const auto moved = (*memory)->advance("log", from, log.head(size + more), "note");
        if (moved) {
          ++won;
          winner = size + more;
        } else {
          EXPECT_EQ(moved.error().code, ErrorCode::conflict) << moved.error().text();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(won, 1);
    const auto memory = Memory::open(folder.path()).value();
    EXPECT_EQ(memory->latest("log").value(), log.head(winner));
    ASSERT_TRUE(memory->advance("log", log.head(winner), log.head(size + 4), "note"));
  }
}

}  // namespace
}  // namespace ringfence::witness
