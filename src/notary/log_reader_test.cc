// SPDX-License-Identifier: Apache-2.0
// What a log shows leads, by what a verifier computes, to its signed root.
#include "notary/log_reader.h"

#include <gmock/gmock.h>

#include "audit/bundle.h"
#include "notary/record_test_support.h"

namespace ringfence::notary {
namespace {

using testing::HasSubstr;

class LogReaderTest : public ::testing::Test {
 protected:
  LogReader& log() {
    if (!log_) {
      auto opened = LogReader::open(record_.dir());
      EXPECT_TRUE(opened) << opened.error().text();
      log_ = *std::move(opened);
    }
    return *log_;
  }
  Result<std::string> get(const std::string& path) {
    return log().tile(*audit::parse_tile_path(path));
  }
  audit::SignedCheckpoint checkpoint() {
    const auto key = Key::open(record_.dir());
    const auto opened =
        audit::open_checkpoint((*log().newest())->note, key->verifiers(TestRecord::kOrigin));
    EXPECT_TRUE(opened) << opened.error().text();
    return *opened;
  }

  TestRecord record_;
  std::unique_ptr<LogReader> log_;
};

TEST_F(LogReaderTest, ThereIsNothingBeforeTheFirstCheckpoint) {
  record_.append(3);
  EXPECT_EQ(LogReader::open(record_.dir()).error().code, ErrorCode::not_found);
}

TEST_F(LogReaderTest, BundlesAndTilesLeadToTheSignedRoot) {
  record_.append(700);
  record_.sign();
  record_.append(50);  // not signed yet
  std::vector<audit::Hash> leaves;
  for (const auto& [path, width] :
       {std::pair("000", 256U), std::pair("001", 256U), std::pair("002.p/188", 188U)}) {
    const auto bundle = get(std::string("tile/entries/") + path);
    ASSERT_TRUE(bundle) << bundle.error().text();
    const auto entries = audit::split_bundle(*bundle, width);
    ASSERT_TRUE(entries) << entries.error().text();
    const auto hashes = get(std::string("tile/0/") + path);
    ASSERT_TRUE(hashes) << hashes.error().text();
    std::string expected;
    for (const std::string_view entry : *entries) {
      leaves.push_back(audit::leaf_hash(entry));
      expected.append(reinterpret_cast<const char*>(leaves.back().data()), leaves.back().size());
    }
    EXPECT_EQ(*hashes, expected) << path;
  }
  EXPECT_EQ(checkpoint().checkpoint.head, (audit::TreeHead{700, audit::root_of(leaves)}));
  EXPECT_EQ(get("tile/1/000.p/2")->size(), 64U);
}

TEST_F(LogReaderTest, AnEarlierWidthIsThePrefixOfALaterOne) {
  record_.append(300);
  record_.sign();
  const auto wide = get("tile/0/001.p/44");
  ASSERT_TRUE(wide);
  EXPECT_EQ(*get("tile/0/001.p/7"), wide->substr(0, 7 * sizeof(audit::Hash)));
  const auto first = get("tile/entries/000.p/1");
  ASSERT_TRUE(first);
  EXPECT_EQ(audit::split_bundle(*first, 1)->size(), 1U);
}

TEST_F(LogReaderTest, WhatTheTreeHasNotIsNotFound) {
  record_.append(300);
  record_.sign();
  record_.append(300);
  for (const char* path : {"tile/0/001.p/45", "tile/0/001", "tile/0/002.p/1", "tile/1/000.p/2",
                           "tile/entries/001.p/45", "tile/2/000.p/1"}) {
    const auto tile = get(path);
    ASSERT_FALSE(tile) << path;
    EXPECT_EQ(tile.error().code, ErrorCode::not_found) << path;
  }
}

TEST_F(LogReaderTest, AProofHoldsForItsLineAlone) {
  record_.append(300);
  record_.sign();
  const auto key = Key::open(record_.dir());
  const auto journal = JournalReader::open(record_.dir());
  const auto lines = (*journal)->read(0, 300);
  for (const std::uint64_t seq : {1U, 2U, 256U, 257U, 299U, 300U}) {
    const auto text = log().proof(seq);
    ASSERT_TRUE(text) << text.error().text();
    const auto proof = audit::parse_tlog_proof(*text);
    ASSERT_TRUE(proof) << proof.error().text();
    EXPECT_EQ(proof->index, seq - 1);
    const auto verifiers = key->verifiers(TestRecord::kOrigin);
    const std::string& line = lines->at(seq - 1).line;
    EXPECT_TRUE(audit::verify_tlog_proof(*proof, line, verifiers));
    EXPECT_FALSE(audit::verify_tlog_proof(*proof, line + " ", verifiers));
    EXPECT_FALSE(audit::verify_tlog_proof(*proof, lines->at(seq % 300).line, verifiers));
  }
  record_.append(1);
  for (const std::uint64_t seq : {0U, 301U}) {
    const auto none = log().proof(seq);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::not_found);
    EXPECT_THAT(none.error().message, HasSubstr("the newest is over 300 events"));
  }
}

// As earlier versions wrote a long policy.
TEST_F(LogReaderTest, ALineThatFitsNoBundleStillHasItsProof) {
  record_.append(2);
  const auto second = (*JournalReader::open(record_.dir()))->read(1, 1)->front().line;
  const std::string third = R"({"seq":3,"prev":")" + to_hex(sha256(second)) +
                            R"(","time":"2026-01-01T00:00:00Z","type":"policy","sha256":"a",)"
                            R"("document":")" +
                            std::string(100'000, 'x') + R"("})";
  record_.sql(journal::kFileName, "INSERT INTO event (seq, line) VALUES (3, '" + third + "')");
  record_.append(2);
  record_.sign();
  const auto bundle = get("tile/entries/000.p/5");
  ASSERT_FALSE(bundle);
  EXPECT_EQ(bundle.error().code, ErrorCode::too_large);
  EXPECT_THAT(bundle.error().message, HasSubstr("event 3"));
  EXPECT_TRUE(get("tile/entries/000.p/2"));
  const auto proof = audit::parse_tlog_proof(*log().proof(3));
  ASSERT_TRUE(proof);
  const auto verifiers = Key::open(record_.dir())->verifiers(TestRecord::kOrigin);
  EXPECT_TRUE(audit::verify_tlog_proof(*proof, third, verifiers));
}

}  // namespace
}  // namespace ringfence::notary
