// SPDX-License-Identifier: Apache-2.0
#include "policy/segment_trie.h"

#include <algorithm>

#include "base/ensure.h"
#include "policy/glob.h"

namespace ringfence {
namespace {

constexpr std::size_t kLengthMax = 0xFFFE;
constexpr std::uint16_t kLiteral = 0xFFFF;  // as the prefix's length: no star at all

// A hash key for the edges of a node that begin and end alike.
void make_key(std::string& key, std::uint32_t node, std::uint16_t prefix_length,
              std::string_view prefix, std::string_view suffix) {
  key.clear();
  const auto push = [&key](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) key += static_cast<char>((value >> (8 * i)) & 0xFF);
  };
  push(node, 4);
  push(prefix_length, 2);
  key += prefix;
  key += suffix;
}

// False when there are no more; then there are none left.
bool spend(std::size_t& steps, std::size_t some) {
  const bool enough = some <= steps;
  steps = enough ? steps - some : 0;
  return enough;
}

void deduplicate(std::vector<std::uint32_t>& values) {
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
}

}  // namespace

std::uint32_t SegmentTrie::child_of(std::uint32_t node, std::string_view element) {
  const auto added = static_cast<std::uint32_t>(nodes_.size());
  const bool deep = element == kDeep;
  if (deep || is_star(element)) {
    std::uint32_t& child = deep ? nodes_[node].deep : nodes_[node].star;
    if (child != kNone) return child;
    child = added;
    nodes_.emplace_back().loops = deep;
    return added;
  }
  std::string key;
  if (is_literal(element)) {
    make_key(key, node, kLiteral, element, {});
  } else {
    const std::size_t prefix = element.find(kStar);
    const std::size_t suffix = element.size() - element.rfind(kStar) - 1;
    RF_ENSURE(prefix <= kLengthMax && suffix <= kLengthMax, "segments are short");
    const Lengths lengths{static_cast<std::uint16_t>(prefix), static_cast<std::uint16_t>(suffix)};
    auto& known = nodes_[node].wildcards;
    if (std::ranges::find(known, lengths) == known.end()) known.push_back(lengths);
    make_key(key, node, lengths.prefix, element.substr(0, prefix),
             element.substr(element.size() - suffix));
  }
  auto& edges = edges_[key];
  for (const Edge& edge : edges) {
    if (edge.segment == element) return edge.child;
  }
  edges.push_back({std::string(element), added});
  nodes_[node].children.push_back(added);
  nodes_.emplace_back();
  return added;
}

void SegmentTrie::add(std::span<const std::string> elements, std::uint32_t value) {
  std::uint32_t node = 0;
  for (const std::string& element : elements) node = child_of(node, element);
  auto& values = nodes_[node].values;
  if (values.empty() || values.back() != value) values.push_back(value);
}

void SegmentTrie::follow(const std::string& key, std::string_view segment,
                         std::vector<std::uint32_t>& next, std::size_t& steps) const {
  const auto found = edges_.find(key);
  if (found == edges_.end()) return;
  for (const Edge& edge : found->second) {
    if (!spend(steps, glob_cost(edge.segment, segment))) return;
    if (glob_matches(edge.segment, segment)) next.push_back(edge.child);
  }
}

void SegmentTrie::step(std::uint32_t node, std::string_view segment, std::string& key,
                       std::vector<std::uint32_t>& next, std::size_t& steps) const {
  const Node& from = nodes_[node];
  if (from.loops) next.push_back(node);
  if (segment.starts_with(kDeep)) return;  // any number of segments: one star is not enough
  if (from.star != kNone) next.push_back(from.star);
  make_key(key, node, kLiteral, segment, {});
  follow(key, segment, next, steps);
  for (const Lengths lengths : from.wildcards) {
    if (std::size_t{lengths.prefix} + lengths.suffix > segment.size()) continue;
    make_key(key, node, lengths.prefix, segment.substr(0, lengths.prefix),
             segment.substr(segment.size() - lengths.suffix));
    follow(key, segment, next, steps);
  }
}

bool SegmentTrie::match(std::span<const std::string> segments, std::vector<std::uint32_t>& out,
                        std::size_t* steps_left) const {
  std::size_t any = SIZE_MAX;
  return walk(segments, true, out, steps_left != nullptr ? *steps_left : any);
}

bool SegmentTrie::may_match(std::span<const std::string> segments, std::vector<std::uint32_t>& out,
                            std::size_t* steps_left) const {
  std::size_t any = SIZE_MAX;
  return walk(segments, false, out, steps_left != nullptr ? *steps_left : any);
}

bool SegmentTrie::walk(std::span<const std::string> segments, bool certain,
                       std::vector<std::uint32_t>& out, std::size_t& steps) const {
  std::vector<std::uint32_t> now{0};
  std::vector<std::uint32_t> next;
  std::string key;
  for (std::size_t i = 0;; ++i) {
    // kDeep also stands for no segment at all.
    for (std::size_t n = 0; n < now.size(); ++n) {
      if (nodes_[now[n]].deep != kNone) now.push_back(nodes_[now[n]].deep);
    }
    deduplicate(now);
    if (!spend(steps, now.size())) return false;
    if (i == segments.size()) break;
    const bool unknown = !certain && !is_literal(segments[i]);
    if (unknown && segments[i].starts_with(kDeep)) {
      return append_below(std::move(now), out, steps);
    }
    next.clear();
    for (const std::uint32_t node : now) {
      if (!unknown) {
        step(node, segments[i], key, next, steps);
        continue;
      }
      const Node& from = nodes_[node];
      if (from.loops) next.push_back(node);
      if (from.star != kNone) next.push_back(from.star);
      next.insert(next.end(), from.children.begin(), from.children.end());
    }
    if (steps == 0) return false;
    now.swap(next);
  }
  const std::size_t start = out.size();
  for (const std::uint32_t node : now) {
    out.insert(out.end(), nodes_[node].values.begin(), nodes_[node].values.end());
  }
  std::sort(out.begin() + static_cast<std::ptrdiff_t>(start), out.end());
  out.erase(std::unique(out.begin() + static_cast<std::ptrdiff_t>(start), out.end()), out.end());
  return true;
}

// Everything that ends in `nodes` or further on.
bool SegmentTrie::append_below(std::vector<std::uint32_t> nodes, std::vector<std::uint32_t>& out,
                               std::size_t& steps) const {
  std::vector<std::uint32_t> values;
  while (!nodes.empty()) {
    if (!spend(steps, 1)) return false;
    const Node& node = nodes_[nodes.back()];
    nodes.pop_back();
    values.insert(values.end(), node.values.begin(), node.values.end());
    nodes.insert(nodes.end(), node.children.begin(), node.children.end());
    if (node.star != kNone) nodes.push_back(node.star);
    if (node.deep != kNone) nodes.push_back(node.deep);
  }
  deduplicate(values);
  out.insert(out.end(), values.begin(), values.end());
  return true;
}

}  // namespace ringfence
