// SPDX-License-Identifier: Apache-2.0
// Operation: the name of what is asked for, such as llm:openai/gpt-test or cmd:git:push.
//
// Contract: a value; parsing checks the form and the kind's segments, and canonicalises case where
// the kind has one spelling (llm, net and cmd names are lower case). Segments are separated by ':'
// and, inside llm and tool, by '/'; ':', '/' and '%' inside a segment are percent-encoded in the
// text and plain in `segments`.
// Limitations: a shell line is not parsed here (policy/command_line.h does); `cmd:` operations come
// already split.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ringfence {

inline constexpr std::size_t kOperationTextMax = 1024;    // bytes
inline constexpr std::size_t kOperationSegmentsMax = 32;  // the kind included

// In an argument of cmd: what only running would tell (policy/command_line.h). `%00` in the text.
inline constexpr char kUnknownByte = '\0';

class Operation {
 public:
  // Errors: `invalid` (empty, too long, control bytes, bad percent-encoding, unknown form).
  static Result<Operation> parse(std::string_view text);

  const std::string& text() const { return text_; }  // canonical
  std::string_view kind() const { return segments_.front(); }
  const std::vector<std::string>& segments() const {
    return segments_;
  }  // decoded; [0] is the kind

 private:
  std::string text_;
  std::vector<std::string> segments_;
};

}  // namespace ringfence
