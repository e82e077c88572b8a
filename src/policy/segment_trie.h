// SPDX-License-Identifier: Apache-2.0
// SegmentTrie: which of many patterns match a list of segments, at a cost that does not grow with
// their number.
//
// Contract: built once by `add`, then read by any number of threads. A pattern is a list of
// elements: a segment (with kStar for wildcards) or kDeep, which stands for any number of segments,
// also none. Literal segments are found by hash; wildcard segments by hash of what stands before
// their first and after their last star, one look-up per distinct pair of lengths at a node.
// A segment to match may itself hold kStar, for what is not known: `match` then finds the patterns
// that match whatever it is.
// Limitations: segments with two stars or more that share beginning and end are tried in turn.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ringfence {

class SegmentTrie {
 public:
  // Not a segment: a star that no parser makes.
  static constexpr std::string_view kDeep{"\0\0", 2};

  SegmentTrie() : nodes_(1) {}

  void add(std::span<const std::string> elements, std::uint32_t value);
  // Appends the values of all patterns that match, each once, ascending. A state that is visited is
  // a step, some hundred bytes that are compared are another; with `steps_left` they are taken from
  // there, and false when that was not enough (then `out` is incomplete).
  bool match(std::span<const std::string> segments, std::vector<std::uint32_t>& out,
             std::size_t* steps_left = nullptr) const;
  // The same for segments of which parts are not known (kStar in them; any number of segments where
  // one begins with kDeep): appends the values of all patterns that may match some such segments,
  // and perhaps of others.
  bool may_match(std::span<const std::string> segments, std::vector<std::uint32_t>& out,
                 std::size_t* steps_left = nullptr) const;
  bool empty() const { return nodes_.size() == 1 && nodes_[0].values.empty(); }

 private:
  static constexpr std::uint32_t kNone = 0;  // the root is nobody's child

  struct Lengths {
    std::uint16_t prefix;
    std::uint16_t suffix;
    friend bool operator==(Lengths, Lengths) = default;
  };
  struct Node {
    std::vector<std::uint32_t> values;    // patterns that end here
    std::vector<Lengths> wildcards;       // of the wildcard edges that leave here
    std::vector<std::uint32_t> children;  // all but star and deep
    std::uint32_t star = kNone;           // over a segment that is one star
    std::uint32_t deep = kNone;           // over kDeep
    bool loops = false;                   // behind kDeep: takes any segment and stays
  };
  struct Edge {
    std::string segment;
    std::uint32_t child;
  };

  std::uint32_t child_of(std::uint32_t node, std::string_view element);
  void step(std::uint32_t node, std::string_view segment, std::string& key,
            std::vector<std::uint32_t>& next, std::size_t& steps) const;
  bool walk(std::span<const std::string> segments, bool certain, std::vector<std::uint32_t>& out,
            std::size_t& steps) const;
  bool append_below(std::vector<std::uint32_t> nodes, std::vector<std::uint32_t>& out,
                    std::size_t& steps) const;
  void follow(const std::string& key, std::string_view segment, std::vector<std::uint32_t>& next,
              std::size_t& steps) const;

  std::vector<Node> nodes_;
  std::unordered_map<std::string, std::vector<Edge>> edges_;
};

}  // namespace ringfence
