// SPDX-License-Identifier: Apache-2.0
// PatternReader: patterns as a document writes them, their kinds checked, and their place in a
// trie.
//
// Contract: kinds are llm, tool, net, fs, cmd, pay, agent and those the document declares under
// `kinds`; any other is reported with the nearest one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/pattern.h"
#include "policy/reader.h"
#include "policy/segment_trie.h"

namespace ringfence {

class PatternReader {
 public:
  explicit PatternReader(Problems& problems);

  // kinds: [deploy, ticket]
  void declare_kinds(YamlNode list);
  bool known_kind(std::string_view kind) const;
  std::optional<Pattern> read(YamlNode node, PatternUse use) const;

  static void index(SegmentTrie& trie, const Pattern& pattern, std::uint32_t value);

 private:
  Problems& problems_;
  std::vector<std::string> kinds_;
};

}  // namespace ringfence
