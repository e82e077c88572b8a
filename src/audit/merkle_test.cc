// SPDX-License-Identifier: Apache-2.0
#include "audit/merkle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace ringfence::audit {
namespace {

using std::string_literals::operator""s;

// What CT implementations have agreed on since RFC 6962: eight entries, and the root of each
// prefix of them.
const std::string kEntries[] = {"",   "\x00"s, "\x10",     " !",
                                "01", "@ABC",  "PQRSTUVW", "`abcdefghijklmno"};
constexpr const char* kRoots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

// A tree that keeps every complete subtree's hash.
struct Grown {
  std::map<NodeId, Hash> nodes;
  RightEdge edge;

  void append(const std::string& entry) {
    edge.append(leaf_hash(entry), [&](NodeId id, const Hash& hash) {
      EXPECT_TRUE(nodes.emplace(id, hash).second) << id.level << "/" << id.index;
    });
  }
  HashAt at() const {
    return [this](NodeId id) -> Result<Hash> {
      const auto found = nodes.find(id);
      if (found == nodes.end()) return fail(ErrorCode::not_found, "no such subtree");
      return found->second;
    };
  }
};

Grown grown(int entries) {
  Grown tree;
  for (int i = 0; i < entries; ++i) tree.append(i < 8 ? kEntries[i] : std::to_string(i));
  return tree;
}

TEST(Merkle, RootsOfTheKnownEntries) {
  Grown tree;
  std::vector<Hash> leaves;
  for (std::size_t size = 0; size <= 8; ++size) {
    EXPECT_EQ(to_hex(tree.edge.root()), kRoots[size]) << size;
    EXPECT_EQ(to_hex(root_of(leaves)), kRoots[size]) << size;
    EXPECT_EQ(to_hex(root_at(size, tree.at()).value()), kRoots[size]) << size;
    EXPECT_EQ(tree.edge.head().size, size);
    if (size == 8) break;
    tree.append(kEntries[size]);
    leaves.push_back(leaf_hash(kEntries[size]));
  }
  EXPECT_EQ(tree.nodes.size(), 8U + 4 + 2 + 1);
}

TEST(Merkle, ALeafIsNoNode) {
  const Hash left = leaf_hash("a");
  const Hash right = leaf_hash("b");
  std::string children(left.begin(), left.end());
  children.append(right.begin(), right.end());
  EXPECT_NE(leaf_hash(children), node_hash(left, right));
  EXPECT_NE(node_hash(left, right), node_hash(right, left));
  EXPECT_EQ(node_hash(left, right), sha256("\x01" + children));
}

TEST(Merkle, AnEdgeLoadedAnywhereGoesOnTheSame) {
  const Grown whole = grown(40);
  for (std::uint64_t size = 0; size <= 40; ++size) {
    auto edge = RightEdge::load(size, whole.at());
    ASSERT_TRUE(edge.has_value());
    EXPECT_EQ(edge->root(), root_at(size, whole.at()).value());
    for (std::uint64_t i = size; i < 40; ++i) edge->append(whole.nodes.at({0, i}));
    EXPECT_EQ(edge->head(), whole.edge.head()) << size;
  }
}

TEST(Merkle, SubtreesAppendedAtOnce) {
  const Grown whole = grown(24);
  RightEdge edge;
  std::vector<NodeId> completed;
  const auto note = [&](NodeId id, const Hash& hash) {
    EXPECT_EQ(hash, whole.nodes.at(id));
    completed.push_back(id);
  };
  edge.append_subtree(3, whole.nodes.at({3, 0}), note);
  edge.append_subtree(3, whole.nodes.at({3, 1}), note);
  edge.append_subtree(2, whole.nodes.at({2, 4}), note);
  edge.append_subtree(2, whole.nodes.at({2, 5}), note);
  EXPECT_EQ(edge.head(), whole.edge.head());
  EXPECT_THAT(completed, testing::ElementsAre(NodeId{3, 0}, NodeId{3, 1}, NodeId{4, 0},
                                              NodeId{2, 4}, NodeId{2, 5}, NodeId{3, 2}));
}

TEST(Merkle, ASubtreeBeginsWhereOneCan) {
  RightEdge edge;
  edge.append(leaf_hash("a"));
  EXPECT_DEATH(edge.append_subtree(1, leaf_hash("b")), "begins where");
}

TEST(Merkle, TheLargestTree) {
  const HashAt any = [](NodeId id) -> Result<Hash> {
    return sha256(std::to_string(id.level) + "/" + std::to_string(id.index));
  };
  const TreeHead head{kTreeSizeMax, root_at(kTreeSizeMax, any).value()};
  EXPECT_EQ(RightEdge::load(kTreeSizeMax, any).value().root(), head.root);
  const std::uint64_t last = kTreeSizeMax - 1;
  const auto proof = inclusion_proof(last, kTreeSizeMax, any);
  ASSERT_TRUE(proof.has_value());
  EXPECT_EQ(proof->size(), 62U);
  EXPECT_TRUE(verify_inclusion(any({0, last}).value(), last, head, *proof));
  const auto step = consistency_proof({last, kTreeSizeMax}, any);
  ASSERT_TRUE(step.has_value());
  EXPECT_LE(step->size(), kProofHashesMax);
  EXPECT_TRUE(verify_consistency({last, root_at(last, any).value()}, head, *step));

  for (const std::uint64_t size : {kTreeSizeMax + 1, ~std::uint64_t{0}}) {
    EXPECT_EQ(root_at(size, any).error().code, ErrorCode::invalid);
    EXPECT_EQ(RightEdge::load(size, any).error().code, ErrorCode::invalid);
    EXPECT_EQ(inclusion_proof(0, size, any).error().code, ErrorCode::invalid);
    EXPECT_EQ(consistency_proof({1, size}, any).error().code, ErrorCode::invalid);
    EXPECT_EQ(verify_inclusion({}, 0, {size, {}}, {}).error().code, ErrorCode::invalid);
    EXPECT_EQ(verify_consistency({1, {}}, {size, {}}, {}).error().code, ErrorCode::invalid);
  }
}

TEST(Merkle, WhatTheStoreFailsWithIsPassedOn) {
  const Grown tree = grown(5);
  EXPECT_EQ(root_at(6, tree.at()).error().code, ErrorCode::not_found);
  EXPECT_EQ(RightEdge::load(6, tree.at()).error().code, ErrorCode::not_found);
  EXPECT_EQ(inclusion_proof(0, 7, tree.at()).error().code, ErrorCode::not_found);
  EXPECT_EQ(consistency_proof({3, 7}, tree.at()).error().code, ErrorCode::not_found);
}

TEST(Merkle, NothingIsProvedInAnEmptyTree) {
  const Grown tree = grown(3);
  const TreeHead empty{0, empty_root()};
  EXPECT_EQ(inclusion_proof(0, 0, tree.at()).error().code, ErrorCode::invalid);
  EXPECT_EQ(verify_inclusion(leaf_hash(""), 0, empty, {}).error().code, ErrorCode::invalid);
  for (const std::uint64_t newer : {0, 3}) {
    EXPECT_EQ(consistency_proof({0, newer}, tree.at()).error().code, ErrorCode::invalid);
    const TreeHead head{newer, root_at(newer, tree.at()).value()};
    EXPECT_EQ(verify_consistency(empty, head, {}).error().code, ErrorCode::invalid);
  }
}

TEST(Merkle, ProofsNameAPlaceThatIs) {
  const Grown tree = grown(3);
  EXPECT_EQ(inclusion_proof(3, 3, tree.at()).error().code, ErrorCode::invalid);
  EXPECT_EQ(verify_inclusion(leaf_hash(""), 3, tree.edge.head(), {}).error().code,
            ErrorCode::invalid);
  EXPECT_EQ(consistency_proof({3, 2}, tree.at()).error().code, ErrorCode::invalid);
  const TreeHead two{2, root_at(2, tree.at()).value()};
  EXPECT_EQ(verify_consistency(tree.edge.head(), two, {}).error().code, ErrorCode::invalid);
}

TEST(Merkle, OneSizeHasOneRoot) {
  const TreeHead head = grown(3).edge.head();
  EXPECT_TRUE(verify_consistency(head, head, {}));
  const TreeHead fork{3, leaf_hash("other")};
  EXPECT_EQ(verify_consistency(head, fork, {}).error().code, ErrorCode::unverifiable);
  const Proof proof{head.root};
  EXPECT_EQ(verify_consistency(head, head, proof).error().code, ErrorCode::unverifiable);
}

// Every proof of every tree of these sizes holds, and none holds once anything of it is changed.
class MerkleProofs : public testing::TestWithParam<int> {};

template <class Holds>
void expect_only_this_proof(Proof proof, const Holds& holds) {
  EXPECT_TRUE(holds(proof));
  for (Hash& hash : proof) {
    hash[7] ^= 1;
    EXPECT_FALSE(holds(proof));
    hash[7] ^= 1;
  }
  for (std::size_t i = 0; i + 1 < proof.size(); ++i) {
    std::swap(proof[i], proof[i + 1]);
    EXPECT_FALSE(holds(proof));
    std::swap(proof[i], proof[i + 1]);
  }
  proof.push_back(proof.empty() ? empty_root() : proof.back());
  EXPECT_FALSE(holds(proof));
  proof.pop_back();
  if (proof.empty()) return;
  proof.erase(proof.begin());
  EXPECT_FALSE(holds(proof));
}

TEST_P(MerkleProofs, OfInclusion) {
  const Grown tree = grown(GetParam());
  const TreeHead head = tree.edge.head();
  for (std::uint64_t i = 0; i < head.size; ++i) {
    const Hash leaf = tree.nodes.at({0, i});
    const auto proof = inclusion_proof(i, head.size, tree.at());
    ASSERT_TRUE(proof.has_value());
    expect_only_this_proof(
        *proof, [&](const Proof& p) { return verify_inclusion(leaf, i, head, p).has_value(); });
    for (std::uint64_t other = 0; other < head.size; ++other) {
      EXPECT_EQ(verify_inclusion(leaf, other, head, *proof).has_value(), other == i);
    }
    EXPECT_FALSE(verify_inclusion(leaf_hash("other"), i, head, *proof));
    EXPECT_FALSE(verify_inclusion(leaf, i, {head.size, leaf_hash("other")}, *proof));
  }
}

TEST_P(MerkleProofs, OfConsistency) {
  const Grown tree = grown(GetParam());
  const TreeHead newer = tree.edge.head();
  for (std::uint64_t size = 1; size <= newer.size; ++size) {
    const TreeHead older{size, root_at(size, tree.at()).value()};
    const auto proof = consistency_proof({size, newer.size}, tree.at());
    ASSERT_TRUE(proof.has_value());
    expect_only_this_proof(
        *proof, [&](const Proof& p) { return verify_consistency(older, newer, p).has_value(); });
    const Hash other = leaf_hash("other");
    EXPECT_FALSE(verify_consistency({size, other}, newer, *proof));
    EXPECT_FALSE(verify_consistency(older, {newer.size, other}, *proof));
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, MerkleProofs, testing::Range(1, 41));

}  // namespace
}  // namespace ringfence::audit
