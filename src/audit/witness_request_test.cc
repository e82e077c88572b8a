// SPDX-License-Identifier: Apache-2.0
#include "audit/witness_request.h"

#include <gtest/gtest.h>

#include "audit/lines.h"

namespace ringfence::audit {
namespace {

using std::string_literals::operator""s;

const std::string kHash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=";

TEST(WitnessRequest, BothWays) {
  const WitnessRequest rows[] = {
      {.old_size = 20'852'014, .proof = {leaf_hash("a"), leaf_hash("b")}, .checkpoint = "any\n"},
      {.old_size = 0, .proof = {}, .checkpoint = "log\n1\nroot\n\n— log sig\n"},
      {.old_size = 1, .proof = Proof(63, leaf_hash("a")), .checkpoint = ""},
  };
  for (const WitnessRequest& request : rows) {
    EXPECT_EQ(parse_witness_request(format_witness_request(request)).value(), request);
  }
  EXPECT_EQ(
      format_witness_request({.old_size = 7, .proof = {*parse_hash(kHash)}, .checkpoint = "c"}),
      "old 7\n" + kHash + "\n\nc");
}

TEST(WitnessRequest, OneSpelling) {
  std::string many = "old 7\n";
  for (int i = 0; i < 64; ++i) many += kHash + "\n";
  for (const std::string& body :
       {""s, "old 7"s, "old 7\n"s, "old 7\ncheckpoint\n"s, "old\n\nc\n"s, "old \n\nc\n"s,
        "old 07\n\nc\n"s, "old -1\n\nc\n"s, "old  7\n\nc\n"s, "old 7 \n\nc\n"s, "Old 7\n\nc\n"s,
        "old 9223372036854775808\n\nc\n"s, "7\n\nc\n"s, "old 7\r\n\nc\n"s,
        "old 7\n" + kHash + "\nc\n", "old 7\n" + kHash + "=\n\nc\n",
        "old 7\n" + kHash.substr(4) + "\n\nc\n", many + "\nc\n"}) {
    EXPECT_FALSE(parse_witness_request(body)) << body;
  }
  const std::string start = "old 7\n\n";
  EXPECT_TRUE(parse_witness_request(start + std::string(kWitnessRequestBytesMax - 7, 'c')));
  EXPECT_EQ(parse_witness_request(start + std::string(kWitnessRequestBytesMax, 'c')).error().code,
            ErrorCode::too_large);
}

class CheckGrowth : public testing::Test {
 protected:
  static constexpr std::uint64_t kSize = 5;
  std::vector<Hash> leaves_ = [] {
    std::vector<Hash> leaves;
    for (char c = 'a'; c < 'a' + static_cast<int>(kSize); ++c) {
      leaves.push_back(leaf_hash(std::string(1, c)));
    }
    return leaves;
  }();
  HashAt at_ = [this](NodeId id) -> Result<Hash> {
    return root_of(std::span(leaves_).subspan(id.index << id.level, std::size_t{1} << id.level));
  };
  TreeHead head(std::uint64_t size) { return {size, root_at(size, at_).value()}; }

  static WitnessRequest asking(std::uint64_t old_size, Proof proof = {}) {
    return {.old_size = old_size, .proof = std::move(proof), .checkpoint = ""};
  }

  // The code, or nothing.
  std::optional<ErrorCode> refused(const TreeHead& latest, const WitnessRequest& request,
                                   const TreeHead& submitted) {
    const auto checked = check_growth(latest, request, submitted);
    return checked ? std::nullopt : std::optional(checked.error().code);
  }
};

TEST_F(CheckGrowth, FromTheLastCosignedOneOn) {
  for (std::uint64_t older = 1; older <= kSize; ++older) {
    for (std::uint64_t newer = older; newer <= kSize; ++newer) {
      const WitnessRequest request{older, consistency_proof({older, newer}, at_).value(), ""};
      EXPECT_EQ(refused(head(older), request, head(newer)), std::nullopt);
      // Of one size it is the roots that must agree, which the protocol answers as another size.
      const ErrorCode forked = older == newer ? ErrorCode::conflict : ErrorCode::unverifiable;
      EXPECT_EQ(refused({older, leaf_hash("fork")}, request, head(newer)), forked);
      EXPECT_EQ(refused(head(older), request, {newer, leaf_hash("fork")}), forked);
      WitnessRequest longer = request;
      longer.proof.push_back(leaf_hash("a"));
      EXPECT_EQ(refused(head(older), longer, head(newer)), ErrorCode::unverifiable);
      EXPECT_EQ(refused(head(older - 1), request, head(newer)), ErrorCode::conflict);
    }
  }
}

TEST_F(CheckGrowth, FromNothing) {
  const TreeHead none{0, empty_root()};
  EXPECT_EQ(refused(none, {}, head(3)), std::nullopt);
  EXPECT_EQ(refused(TreeHead{}, {}, head(3)), std::nullopt);  // never heard of this log
  EXPECT_EQ(refused(none, {}, none), std::nullopt);
  EXPECT_EQ(refused(TreeHead{}, {}, none), std::nullopt);
  EXPECT_EQ(refused(none, {}, {0, leaf_hash("")}), ErrorCode::unverifiable);
  EXPECT_EQ(refused(none, asking(0, {leaf_hash("a")}), head(3)), ErrorCode::unverifiable);
  EXPECT_EQ(refused(head(3), {}, head(4)), ErrorCode::conflict);
}

TEST_F(CheckGrowth, NeverBack) {
  EXPECT_EQ(refused(head(4), asking(4), head(3)), ErrorCode::invalid);
  EXPECT_EQ(refused(head(4), asking(3), head(3)), ErrorCode::conflict);
}

}  // namespace
}  // namespace ringfence::audit
