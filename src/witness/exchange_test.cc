// SPDX-License-Identifier: Apache-2.0
#include "witness/exchange.h"

#include <gtest/gtest.h>

#include "audit/cosignature.h"
#include "witness/test_log.h"

namespace ringfence::witness {
namespace {

using enum Judgement::Kind;

class ExchangeTest : public testing::Test {
 protected:
  static audit::Cosigner cosigner(char seed) {
    return {"w", Ed25519PrivateKey::from_seed(std::string(32, seed)).value()};
  }
  Submission submission(std::uint64_t older, std::uint64_t newer) const {
    return {older, log_.head(newer), log_.text(newer), log_.checkpoint(newer)};
  }
  Judgement judged(const Answer& answer, const Submission& submission) const {
    return judge(answer, submission, 12, *audit::make_verifier(cosigner('w').vkey()).value());
  }
  static std::string line(const audit::Cosigner& by, const std::string& text) {
    return audit::format_signature(by.cosign(text, Time{1'700'000'000'000'000}));
  }

  TestLog log_{"log.example.org", 20};
};

TEST_F(ExchangeTest, SendsAProofFromThere) {
  EXPECT_EQ(body_of(submission(0, 9), log_.hashes()).value(), log_.request(0, 9));
  EXPECT_EQ(body_of(submission(7, 9), log_.hashes()).value(), log_.request(7, 9));
  EXPECT_EQ(body_of(submission(9, 9), log_.hashes()).value(), log_.request(9, 9));
  EXPECT_FALSE(body_of(submission(9, 8), log_.hashes()));
  const TestLog fork("log.example.org", 20, "two");
  EXPECT_EQ(body_of(submission(7, 9), fork.hashes()).error().code, ErrorCode::unverifiable);
}

TEST_F(ExchangeTest, TakesOnlyWhatHolds) {
  const Submission asked = submission(7, 9);
  const std::string own = line(cosigner('w'), asked.text);
  const Judgement taken = judged({200, "", line(cosigner('x'), asked.text) + own}, asked);
  ASSERT_EQ(taken.kind, cosigned) << taken.what;
  ASSERT_EQ(taken.cosignatures.size(), 1U);
  EXPECT_EQ(audit::format_signature(taken.cosignatures.front()), own);
  EXPECT_EQ(taken.size, 9U);
  for (const std::string& body :
       {std::string(), std::string("nonsense"), line(cosigner('x'), asked.text),
        line(cosigner('w'), log_.text(8))}) {
    EXPECT_EQ(judged({200, "", body}, asked).kind, failed) << body;
  }
}

struct Row {
  int status;
  std::string body;
  std::uint64_t old_size;
  Judgement::Kind kind;
  std::uint64_t size = 0;
};

TEST_F(ExchangeTest, TellsAForkFromARefusal) {
  const Row rows[] = {
      {409, "7\n", 0, from_another_size, 7},
      {409, "7\n", 8, from_another_size, 7},
      {409, "0\n", 8, from_another_size, 0},
      {409, "9\n", 0, from_another_size, 9},
      {409, "10\n", 0, overtaken, 10},  // somebody else showed it what we signed since
      {409, "12\n", 9, overtaken, 12},
      {409, "13\n", 0, forked},  // more than we ever signed
      {409, "13\n", 9, forked},
      {409, "9\n", 9, forked},  // the same size, so another root
      {409, "", 9, forked},
      {409, "7\n", 7, failed},  // it says what we said
      {409, "", 7, failed},
      {409, "07\n", 5, failed},
      {409, "7\nmore", 5, failed},
      {422, "", 7, forked},
      {422, "", 0, failed},
      {400, "", 7, failed},
      {403, "", 7, failed},
      {404, "", 7, failed},
      {503, "", 7, failed},
      {302, "", 7, failed},
  };
  for (const Row& row : rows) {
    const Judgement made = judged({row.status, "", row.body}, submission(row.old_size, 9));
    EXPECT_EQ(made.kind, row.kind) << row.status << " " << row.body << " from " << row.old_size;
    const bool sized = row.kind == from_another_size || row.kind == overtaken;
    EXPECT_EQ(sized ? made.size : 0, row.size);
  }
}

}  // namespace
}  // namespace ringfence::witness
