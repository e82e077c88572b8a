// SPDX-License-Identifier: Apache-2.0
// YamlTree: YAML documents (or JSON, which is YAML too) as a small tree with places.
//
// Contract: immutable after `parse`. All scalars stay the text that was written, so `0.50` is not a
// float. Refused: anchors and aliases (no bombs, no cycles), tags, duplicate keys, keys that are no
// text, control bytes, what is not UTF-8, and anything past the limits
// below. The tree owns its text; nodes are handles into it.
// Limitations: YAML as yaml-cpp reads it; columns count bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/problems.h"

namespace ringfence {

inline constexpr std::size_t kYamlBytesMax = std::size_t{8} << 20;
inline constexpr std::size_t kYamlDepthMax = 32;
inline constexpr std::size_t kYamlNodesMax = 2'000'000;
inline constexpr std::size_t kYamlScalarMax = std::size_t{64} << 10;

class YamlTree;

// A handle; false when there is no such node. A map's children are key, value, key, value.
class YamlNode {
 public:
  enum class Kind : std::uint8_t { null, plain, quoted, sequence, map };

  YamlNode() = default;
  YamlNode(const YamlTree* tree, std::uint32_t index) : tree_(tree), index_(index) {}

  explicit operator bool() const { return tree_ != nullptr; }
  Kind kind() const;
  bool is_scalar() const { return kind() == Kind::plain || kind() == Kind::quoted; }
  bool is_map() const { return kind() == Kind::map; }
  bool is_sequence() const { return kind() == Kind::sequence; }
  bool is_null() const { return kind() == Kind::null; }
  std::string_view text() const;  // scalars
  Mark mark() const;
  std::size_t size() const;  // children; a map's keys and values both count
  YamlNode first() const;
  YamlNode next() const;
  // "nothing", "a list", "a map", or the quoted text: for "found …".
  std::string found() const;

 private:
  const YamlTree* tree_ = nullptr;
  std::uint32_t index_ = 0;
};

class YamlTree {
 public:
  // Reports what it finds; false when there is no tree to read on from.
  bool parse(std::string_view text, Problems& problems);
  // One for each document; those without anything in them are left out.
  std::vector<YamlNode> roots() const;

 private:
  friend class YamlNode;
  friend class YamlBuilder;

  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;
  struct Node {
    Mark mark;
    std::uint32_t text_at = 0;
    std::uint32_t text_size = 0;
    std::uint32_t first = kNone;
    std::uint32_t next = kNone;
    std::uint32_t children = 0;
    YamlNode::Kind kind = YamlNode::Kind::null;
  };
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> roots_;
  std::string text_;
};

}  // namespace ringfence
