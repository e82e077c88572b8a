// SPDX-License-Identifier: Apache-2.0
// PatternReader: patterns as a document writes them, their kinds checked, classes put in, and their
// place in a trie.
//
// Contract: kinds are llm, tool, net, fs, cmd, pay, agent and those the document declares under
// `kinds`; any other is reported with the nearest one. A class is a named set of patterns, such as
// risk:external; its name stands wherever a pattern may, and never begins with a kind.
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
  // classes: {risk:external: ["tool:mail/*", "net:w:*"]}
  void declare_classes(YamlNode map);
  bool known_kind(std::string_view kind) const;
  // The same, with one more kind.
  PatternReader with_kind(std::string_view kind) const;
  // The patterns of a pattern, of a class, or of a list of those; none when something is wrong.
  std::vector<Pattern> read(YamlNode node, PatternUse use) const;

  static void index(SegmentTrie& trie, const Pattern& pattern, std::uint32_t value);

 private:
  struct Class {
    std::string name;
    std::vector<std::string> patterns;  // as written, and good
  };
  std::optional<Pattern> read_one(YamlNode node, std::string_view text, PatternUse use) const;
  void declare_class(YamlNode key, YamlNode value);
  void report_kind(YamlNode node, std::string_view kind) const;

  Problems& problems_;
  std::vector<std::string> kinds_;
  std::vector<Class> classes_;
};

// What stands under `match`, in one line.
std::string written(YamlNode match);

}  // namespace ringfence
