// SPDX-License-Identifier: Apache-2.0
// LinePage: stored lines that were read together, in one piece of memory.
//
// Contract: plain values. What is said of a line is what whoever stored it said.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence {

struct LinePage {
  struct Row {
    std::uint64_t seq = 0;             // under which it is stored
    std::size_t offset = 0, size = 0;  // in `text`
  };
  std::string text;
  std::vector<Row> rows;

  std::string_view line(const Row& row) const { return {text.data() + row.offset, row.size}; }
  void add(std::uint64_t seq, std::string_view line) {
    rows.push_back({seq, text.size(), line.size()});
    text += line;
  }
};

}  // namespace ringfence
