// SPDX-License-Identifier: Apache-2.0
// Merkle tree over a log's entries: hashes, roots, and the proofs that an entry is in a tree and
// that one tree begins with another.
//
// Hashing is RFC 6962 section 2.1, the checks are RFC 9162 sections 2.1.3.2 and 2.1.4.2:
//   leaf  = SHA-256(0x00 entry)
//   node  = SHA-256(0x01 left right)      left: as many leaves as the greatest power of two below n
//   empty = SHA-256()
// A complete subtree has a level (its 2^level leaves) and an index among those of its level.
//
// Contract: pure and thread-safe. Whoever makes a proof gives the hashes of complete subtrees
// through a HashAt; what that fails with is passed on. Made proofs say nothing by themselves: the
// verifier holds them against a head that it trusts.
//
// A tree of no entries has the empty root, and nothing to prove: every proof in it or from it is
// refused. (A witness that knows nothing of a log asks for none, see witness_request.h.)
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/result.h"

namespace ringfence::audit {

using Hash = Digest;

inline constexpr std::uint64_t kTreeSizeMax = (std::uint64_t{1} << 63) - 1;  // entries
inline constexpr std::size_t kProofHashesMax = 64;  // no tree of that size needs more

struct TreeHead {
  std::uint64_t size = 0;
  Hash root{};
  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

// Where a complete subtree stands in a tree.
struct NodeId {
  int level = 0;  // of 2^level leaves
  std::uint64_t index = 0;
  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

using HashAt = std::function<Result<Hash>(NodeId)>;
using Proof = std::vector<Hash>;

Hash leaf_hash(std::string_view entry);
Hash node_hash(const Hash& left, const Hash& right);
Hash empty_root();

// The right edge of a growing tree: its largest complete subtrees, which is all that appending and
// the root need. Appending costs one leaf and, on average, one node; the root O(log n).
class RightEdge {
 public:
  RightEdge() = default;
  // Of the first `size` leaves. Errors: `invalid` (past kTreeSizeMax), those of `at`.
  static Result<RightEdge> load(std::uint64_t size, const HashAt& at);

  void append(const Hash& leaf) {
    append_subtree(0, leaf, [](NodeId, const Hash&) {});
  }
  // Tells `on_complete(NodeId, const Hash&)` each subtree that the leaf completes, itself first.
  template <class OnComplete>
  void append(const Hash& leaf, OnComplete&& on_complete) {
    append_subtree(0, leaf, on_complete);
  }
  // 2^level leaves at once; the size so far must be a multiple of that.
  template <class OnComplete>
  void append_subtree(int level, Hash hash, OnComplete&& on_complete);
  void append_subtree(int level, const Hash& hash) {
    append_subtree(level, hash, [](NodeId, const Hash&) {});
  }

  std::uint64_t size() const { return size_; }
  Hash root() const;
  TreeHead head() const { return {size_, root()}; }

 private:
  std::uint64_t size_ = 0;
  std::array<Hash, 63> subtrees_{};  // [level], there where the bit of `size_` is set
};

// The root over these leaf hashes.
Hash root_of(std::span<const Hash> leaves);

// The root of the tree's first `size` leaves. Errors: `invalid` (past kTreeSizeMax), those of `at`.
Result<Hash> root_at(std::uint64_t size, const HashAt& at);

// Errors of both: `invalid` where there is nothing to prove, those of `at`.
Result<Proof> inclusion_proof(std::uint64_t index, std::uint64_t size, const HashAt& at);
struct SizeRange {
  std::uint64_t older = 0;
  std::uint64_t newer = 0;
};
Result<Proof> consistency_proof(SizeRange sizes, const HashAt& at);

// That the entry stands at `index` of the tree. Errors: `unverifiable`, `invalid` (no such place).
Result<void> verify_inclusion(const Hash& leaf, std::uint64_t index, const TreeHead& head,
                              std::span<const Hash> proof);

// That the newer tree begins with the older one. Errors: `unverifiable`, `invalid` (sizes).
Result<void> verify_consistency(const TreeHead& older, const TreeHead& newer,
                                std::span<const Hash> proof);

template <class OnComplete>
void RightEdge::append_subtree(int level, Hash hash, OnComplete&& on_complete) {
  RF_ENSURE(level >= 0 && level < 63, "a subtree's level is one that a tree can have");
  const std::uint64_t leaves = std::uint64_t{1} << level;
  RF_ENSURE(size_ % leaves == 0, "a subtree begins where one of its level can");
  RF_ENSURE(leaves <= kTreeSizeMax - size_, "a tree grows to kTreeSizeMax entries");
  // As in adding one to a binary number: every set bit on the way is a left half that waits.
  const int top = level + std::countr_one(size_ >> level);
  std::uint64_t index = size_ >> level;
  on_complete(NodeId{level, index}, std::as_const(hash));
  for (int below = level; below < top; ++below) {
    hash = node_hash(subtrees_[static_cast<std::size_t>(below)], hash);
    index >>= 1;
    on_complete(NodeId{below + 1, index}, std::as_const(hash));
  }
  subtrees_[static_cast<std::size_t>(top)] = hash;
  size_ += leaves;
}

}  // namespace ringfence::audit
