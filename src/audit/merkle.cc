// SPDX-License-Identifier: Apache-2.0
#include "audit/merkle.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringfence::audit {
namespace {

constexpr std::string_view kLeafPrefix{"\x00", 1};
constexpr std::uint8_t kNodePrefix = 1;

// Leaves [begin, end) of a tree. `begin` is always where a subtree of that many leaves can begin.
struct Leaves {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t count() const { return end - begin; }
  // Where the left half ends: the greatest power of two below the count.
  std::uint64_t split() const { return begin + std::bit_floor(count() - 1); }
};

// Of the largest complete subtree with at most so many leaves, and at least one.
int largest_level(std::uint64_t leaves) { return 63 - std::countl_zero(leaves); }

// From the complete subtrees that make up the leaves, largest first, joined from the right.
Result<Hash> root_over(Leaves leaves, const HashAt& at) {
  Proof subtrees;
  while (leaves.begin < leaves.end) {
    const int level = largest_level(leaves.count());
    auto hash = at({level, leaves.begin >> level});
    if (!hash) return std::unexpected(std::move(hash.error()));
    subtrees.push_back(*hash);
    leaves.begin += std::uint64_t{1} << level;
  }
  if (subtrees.empty()) return empty_root();
  Hash root = subtrees.back();
  for (std::size_t i = subtrees.size() - 1; i-- > 0;) root = node_hash(subtrees[i], root);
  return root;
}

// The roots of the halves that were left aside on the way down, the lowest first.
Result<Proof> roots_over(const std::vector<Leaves>& aside, const HashAt& at) {
  Proof proof;
  for (auto leaves = aside.rbegin(); leaves != aside.rend(); ++leaves) {
    auto root = root_over(*leaves, at);
    if (!root) return std::unexpected(std::move(root.error()));
    proof.push_back(*root);
  }
  return proof;
}

std::unexpected<Error> too_large(std::uint64_t size) {
  return invalid(fmt::format("a tree has at most {} entries, not {}", kTreeSizeMax, size));
}

std::unexpected<Error> mismatch(std::string message) {
  return fail(ErrorCode::unverifiable, std::move(message));
}

// Up from a node (the entry, or the older tree's last complete subtree) to the root: which side the
// proof's next hash joins from.
struct Climb {
  std::uint64_t node = 0;
  std::uint64_t last = 0;  // the tree's last node on the same level

  bool at_top() const { return last == 0; }
  bool joins_from_left() const { return (node & 1) != 0 || node == last; }
  void up() {  // not from the top
    // A last node without a sibling rises as it is to where it is a right half.
    if (node == last) skip(std::countr_zero(node));
    skip(1);
  }
  void skip(int levels) {
    node >>= levels;
    last >>= levels;
  }
};

}  // namespace

Hash leaf_hash(std::string_view entry) { return sha256(kLeafPrefix, entry); }

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 1 + 2 * sizeof(Hash)> bytes;
  bytes[0] = kNodePrefix;
  std::copy(left.begin(), left.end(), bytes.begin() + 1);
  std::copy(right.begin(), right.end(), bytes.begin() + 1 + sizeof(Hash));
  return sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Hash empty_root() { return sha256(""); }

Result<RightEdge> RightEdge::load(std::uint64_t size, const HashAt& at) {
  if (size > kTreeSizeMax) return too_large(size);
  RightEdge edge;
  while (edge.size_ < size) {
    const int level = largest_level(size - edge.size_);
    auto hash = at({level, edge.size_ >> level});
    if (!hash) return std::unexpected(std::move(hash.error()));
    edge.append_subtree(level, *hash);
  }
  return edge;
}

Hash RightEdge::root() const {
  if (size_ == 0) return empty_root();
  int level = std::countr_zero(size_);
  Hash root = subtrees_[static_cast<std::size_t>(level)];
  while (++level < 63) {
    if ((size_ >> level & 1) != 0) {
      root = node_hash(subtrees_[static_cast<std::size_t>(level)], root);
    }
  }
  return root;
}

Hash root_of(std::span<const Hash> leaves) {
  RightEdge edge;
  for (const Hash& leaf : leaves) edge.append(leaf);
  return edge.root();
}

Result<Hash> root_at(std::uint64_t size, const HashAt& at) {
  if (size > kTreeSizeMax) return too_large(size);
  return root_over({0, size}, at);
}

Result<Proof> inclusion_proof(std::uint64_t index, std::uint64_t size, const HashAt& at) {
  if (size > kTreeSizeMax) return too_large(size);
  if (index >= size) return invalid(fmt::format("entry {} is not among {}", index, size));
  std::vector<Leaves> aside;
  for (Leaves leaves{0, size}; leaves.count() > 1;) {
    const std::uint64_t split = leaves.split();
    if (index < split) {
      aside.push_back({split, leaves.end});
      leaves.end = split;
    } else {
      aside.push_back({leaves.begin, split});
      leaves.begin = split;
    }
  }
  return roots_over(aside, at);
}

Result<Proof> consistency_proof(SizeRange sizes, const HashAt& at) {
  if (sizes.newer > kTreeSizeMax) return too_large(sizes.newer);
  if (sizes.older == 0) return invalid("nothing is proved from a tree of no entries");
  if (sizes.older > sizes.newer) {
    return invalid(
        fmt::format("a tree of {} entries cannot begin with one of {}", sizes.newer, sizes.older));
  }
  std::vector<Leaves> aside;
  Leaves leaves{0, sizes.newer};
  while (leaves.end != sizes.older) {
    const std::uint64_t split = leaves.split();
    if (sizes.older <= split) {
      aside.push_back({split, leaves.end});
      leaves.end = split;
    } else {
      aside.push_back({leaves.begin, split});
      leaves.begin = split;
    }
  }
  // The older tree's last complete subtree, unless it is the whole of it: then its root is known.
  if (leaves.begin != 0) aside.push_back(leaves);
  return roots_over(aside, at);
}

Result<void> verify_inclusion(const Hash& leaf, std::uint64_t index, const TreeHead& head,
                              std::span<const Hash> proof) {
  if (head.size > kTreeSizeMax) return too_large(head.size);
  if (index >= head.size) return invalid(fmt::format("entry {} is not among {}", index, head.size));
  Climb climb{index, head.size - 1};
  Hash root = leaf;
  for (const Hash& sibling : proof) {
    if (climb.at_top()) return mismatch("the inclusion proof is too long");
    root = climb.joins_from_left() ? node_hash(sibling, root) : node_hash(root, sibling);
    climb.up();
  }
  if (!climb.at_top()) return mismatch("the inclusion proof is too short");
  if (root != head.root) return mismatch("the inclusion proof does not lead to the root");
  return {};
}

Result<void> verify_consistency(const TreeHead& older, const TreeHead& newer,
                                std::span<const Hash> proof) {
  if (newer.size > kTreeSizeMax) return too_large(newer.size);
  if (older.size == 0) return invalid("nothing is proved from a tree of no entries");
  if (older.size > newer.size) {
    return invalid(
        fmt::format("a tree of {} entries cannot begin with one of {}", newer.size, older.size));
  }
  if (older.size == newer.size) {
    if (!proof.empty()) return mismatch("the consistency proof is too long");
    if (older.root != newer.root) return mismatch("two trees of one size have different roots");
    return {};
  }
  if (proof.empty()) return mismatch("the consistency proof is too short");
  Climb climb{older.size - 1, newer.size - 1};
  climb.skip(std::countr_one(climb.node));
  // An older tree that is one complete subtree begins the climb itself.
  const bool complete = std::has_single_bit(older.size);
  Hash older_root = complete ? older.root : proof.front();
  Hash newer_root = older_root;
  for (const Hash& sibling : proof.subspan(complete ? 0 : 1)) {
    if (climb.at_top()) return mismatch("the consistency proof is too long");
    if (climb.joins_from_left()) {
      older_root = node_hash(sibling, older_root);
      newer_root = node_hash(sibling, newer_root);
    } else {
      newer_root = node_hash(newer_root, sibling);
    }
    climb.up();
  }
  if (!climb.at_top()) return mismatch("the consistency proof is too short");
  if (older_root != older.root) return mismatch("the consistency proof misses the older root");
  if (newer_root != newer.root) return mismatch("the consistency proof misses the newer root");
  return {};
}

}  // namespace ringfence::audit
