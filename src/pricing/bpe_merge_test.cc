// SPDX-License-Identifier: Apache-2.0
#include "pricing/bpe_merge.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace ringfence::bpe {
namespace {

class BpeMerge : public testing::TestWithParam<Vocabulary> {
 protected:
  void SetUp() override {
    if (!RankTable::of(GetParam())) GTEST_SKIP() << "built without vocabularies";
  }
  const RankTable& ranks() const { return *RankTable::of(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Both, BpeMerge,
                         testing::Values(Vocabulary::o200k_base, Vocabulary::cl100k_base));

TEST_P(BpeMerge, EveryTokenIsFoundAtItsRank) {
  EXPECT_EQ(ranks().size(), GetParam() == Vocabulary::o200k_base ? 199'998U : 100'256U);
  std::size_t longest = 0;
  for (Rank rank = 0; rank < ranks().size(); ++rank) {
    ASSERT_EQ(ranks().rank(ranks().token(rank)), rank);
    longest = std::max(longest, ranks().token(rank).size());
  }
  EXPECT_EQ(longest, kTokenBytesMax);
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_NE(ranks().rank(std::string(1, static_cast<char>(byte))), kNoRank) << byte;
  }
  EXPECT_EQ(ranks().rank(""), kNoRank);
  EXPECT_EQ(ranks().rank("\xff\xfe\xfd\xfc"), kNoRank);
  EXPECT_EQ(ranks().rank(std::string(kTokenBytesMax + 1, ' ')), kNoRank);
}

std::string random_piece(std::mt19937& random, std::string_view letters, std::size_t bytes) {
  std::string piece;
  while (piece.size() < bytes) {
    const std::size_t run = random() % 8 == 0 ? random() % 12 : 1;
    piece.append(run, letters[random() % letters.size()]);
  }
  return piece;
}

TEST_P(BpeMerge, AllWaysAgreeWithTheTextbook) {
  std::mt19937 random(1);  // NOLINT: the same at each run
  Merger whole(ranks());
  Merger chunked(ranks(), 300);
  const std::string_view alphabets[] = {"a",
                                        "ab",
                                        "aeinorst",
                                        "=-",
                                        " \t",
                                        "\xe6\xbc\xa2\xe5\xad",
                                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"};
  for (int round = 0; round < 40; ++round) {
    for (const auto alphabet : alphabets) {
      const std::string piece =
          random_piece(random, alphabet, 1 + random() % (round < 30 ? 200 : 1500));
      const std::int64_t expected = whole.count_plainly(piece);
      ASSERT_EQ(whole.count(piece), expected) << piece;
      ASSERT_EQ(chunked.count(piece), expected) << piece;
    }
  }
}

// Chunks so small that cuts often fall where no border is: they must be taken back.
TEST_P(BpeMerge, TakesBackCutsThatDoNotStand) {
  std::mt19937 random(2);  // NOLINT: the same at each run
  for (const std::size_t chunk : {1, 2, 5, 17}) {
    Merger tiny(ranks(), chunk);
    for (int round = 0; round < 60; ++round) {
      const std::string piece =
          random_piece(random, "abcdeinorst", kSmallPieceBytes + 1 + random() % 200);
      ASSERT_EQ(tiny.count(piece), tiny.count_plainly(piece)) << chunk << ' ' << piece;
    }
  }
}

TEST_P(BpeMerge, LongRuns) {
  Merger merger(ranks());
  EXPECT_EQ(merger.count(std::string(1 << 20, 'a')), (1 << 20) / 8);
  EXPECT_EQ(merger.count(""), 0);
}

}  // namespace
}  // namespace ringfence::bpe
