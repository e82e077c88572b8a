// SPDX-License-Identifier: Apache-2.0
// The Merkle tree against its definition: RFC 6962 section 2.1 as it is written there, recursive
// and from the leaves alone.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <string>

#include "audit/merkle.h"

namespace ringfence::audit {
namespace {

constexpr std::size_t kLeavesMax = 70'000;

Hash entry_hash(std::uint64_t number) {
  return sha256(std::string("\0", 1) + std::to_string(number));
}

// MTH, PATH and PROOF; a range's root is computed once.
class Definition {
 public:
  Hash mth(std::uint64_t begin, std::uint64_t end) {
    if (end == begin) return sha256("");
    if (end - begin == 1) return entry_hash(begin);
    const auto known = roots_.find({begin, end});
    if (known != roots_.end()) return known->second;
    const std::uint64_t k = split(end - begin);
    const Hash left = mth(begin, begin + k);
    const Hash right = mth(begin + k, end);
    std::string bytes("\1");
    bytes.append(left.begin(), left.end()).append(right.begin(), right.end());
    return roots_[{begin, end}] = sha256(bytes);
  }

  Proof path(std::uint64_t m, std::uint64_t begin, std::uint64_t end) {
    const std::uint64_t n = end - begin;
    if (n == 1) return {};
    const std::uint64_t k = split(n);
    Proof proof = m < k ? path(m, begin, begin + k) : path(m - k, begin + k, end);
    proof.push_back(m < k ? mth(begin + k, end) : mth(begin, begin + k));
    return proof;
  }

  Proof proof(std::uint64_t m, std::uint64_t n) { return subproof(m, 0, n, true); }

 private:
  Proof subproof(std::uint64_t m, std::uint64_t begin, std::uint64_t end, bool whole) {
    const std::uint64_t n = end - begin;
    if (m == n) return whole ? Proof{} : Proof{mth(begin, end)};
    const std::uint64_t k = split(n);
    Proof proof =
        m <= k ? subproof(m, begin, begin + k, whole) : subproof(m - k, begin + k, end, false);
    proof.push_back(m <= k ? mth(begin + k, end) : mth(begin, begin + k));
    return proof;
  }
  static std::uint64_t split(std::uint64_t n) {
    std::uint64_t k = 1;
    while (2 * k < n) k *= 2;
    return k;
  }

  std::map<std::pair<std::uint64_t, std::uint64_t>, Hash> roots_;
};

// Ours: what appending tells, kept by place.
struct Kept {
  std::vector<std::vector<Hash>> levels;
  RightEdge edge;

  void grow(std::uint64_t size) {
    while (edge.size() < size) {
      edge.append(entry_hash(edge.size()), [this](NodeId node, const Hash& hash) {
        const auto level = static_cast<std::size_t>(node.level);
        if (levels.size() <= level) levels.resize(level + 1);
        RF_ENSURE(levels[level].size() == node.index, "subtrees are told in their order");
        levels[level].push_back(hash);
      });
    }
  }
  HashAt at() const {
    return [this](NodeId node) -> Result<Hash> {
      return levels.at(static_cast<std::size_t>(node.level)).at(node.index);
    };
  }
};

TEST(MerkleProperty, EveryProofOfEverySmallTree) {
  constexpr std::uint64_t kSizeMax = 300;
  Definition definition;
  Kept ours;
  for (std::uint64_t size = 0; size <= kSizeMax; ++size) {
    ours.grow(size);
    const TreeHead head{size, definition.mth(0, size)};
    ASSERT_EQ(ours.edge.head(), head);
    ASSERT_EQ(root_at(size, ours.at()).value(), head.root);
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto inclusion = inclusion_proof(i, size, ours.at());
      ASSERT_EQ(inclusion.value(), definition.path(i, 0, size)) << i << " of " << size;
      ASSERT_TRUE(verify_inclusion(entry_hash(i), i, head, *inclusion)) << i << " of " << size;
      const std::uint64_t older = i + 1;
      const auto consistency = consistency_proof({older, size}, ours.at());
      ASSERT_EQ(consistency.value(), definition.proof(older, size)) << older << " to " << size;
      ASSERT_TRUE(verify_consistency({older, definition.mth(0, older)}, head, *consistency));
    }
  }
}

TEST(MerkleProperty, AnyProofOfLargeTrees) {
  Definition definition;
  Kept ours;
  ours.grow(kLeavesMax);
  EXPECT_TRUE(rc::check([&] {
    const auto size = *rc::gen::inRange<std::uint64_t>(1, kLeavesMax + 1);
    const auto index = *rc::gen::inRange<std::uint64_t>(0, size);
    const TreeHead head{size, definition.mth(0, size)};
    RC_ASSERT(root_at(size, ours.at()).value() == head.root);
    RC_ASSERT(RightEdge::load(size, ours.at()).value().head() == head);
    Proof inclusion = inclusion_proof(index, size, ours.at()).value();
    RC_ASSERT(inclusion == definition.path(index, 0, size));
    RC_ASSERT(verify_inclusion(entry_hash(index), index, head, inclusion).has_value());
    const TreeHead older{index + 1, definition.mth(0, index + 1)};
    Proof consistency = consistency_proof({older.size, size}, ours.at()).value();
    RC_ASSERT(consistency == definition.proof(older.size, size));
    RC_ASSERT(verify_consistency(older, head, consistency).has_value());

    // One bit anywhere, and neither holds.
    const auto flip = [](Proof& proof) {
      if (proof.empty()) return false;
      Hash& hash = proof[*rc::gen::inRange<std::size_t>(0, proof.size())];
      const auto byte = *rc::gen::inRange<std::size_t>(0, hash.size());
      hash[byte] ^= static_cast<std::uint8_t>(1 << *rc::gen::inRange(0, 8));
      return true;
    };
    if (flip(inclusion)) RC_ASSERT(!verify_inclusion(entry_hash(index), index, head, inclusion));
    if (flip(consistency)) RC_ASSERT(!verify_consistency(older, head, consistency));
  }));
}

}  // namespace
}  // namespace ringfence::audit
