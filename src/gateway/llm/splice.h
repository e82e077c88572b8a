// SPDX-License-Identifier: Apache-2.0
// Splice: edits by byte range, so that a body is changed where it must be and nowhere else.
//
// Contract: pure. Ranges are offsets into the text as it was; they must not overlap. Insertions at
// one place keep the order in which they were asked for. What no edit covers is copied unchanged.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence::llm {

class Splice {
 public:
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  void replace(Range range, std::string with);
  void insert(std::size_t at, std::string text) { replace({at, at}, std::move(text)); }

  bool empty() const { return edits_.empty(); }
  std::string apply(std::string_view text) const;

 private:
  struct Edit {
    Range range;
    std::string with;
  };
  std::vector<Edit> edits_;  // ascending by place
};

}  // namespace ringfence::llm
