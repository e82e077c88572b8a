// SPDX-License-Identifier: Apache-2.0
// SchemaPattern: a regular expression that describes whole texts, matched in linear time by RE2.
//
// Contract: immutable, shared between threads. Refused are: a pattern that does not start with ^
// and end with $ (or has a | between them at the top, which would free one side), flags, \Q, \A,
// \z, \C, POSIX classes, what RE2 does not know (look-around, back-references, \u) and programs of
// over kPatternProgramMax instructions.
// Limitations: RE2's reading, so \s is ASCII and `.` is any character but a line feed.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace ringfence {

inline constexpr std::size_t kPatternBytesMax = 1'000;
inline constexpr std::uint64_t kPatternProgramMax = 1'000;

class SchemaPattern {
 public:
  // Errors: a sentence that follows "found the pattern …; ".
  static std::expected<SchemaPattern, std::string> compile(std::string_view text);

  bool matches(std::string_view text) const;
  // What matching a text of that size takes at worst, in bytes times instructions.
  std::uint64_t work(std::size_t bytes) const { return (bytes + 1) * instructions_; }

 private:
  std::shared_ptr<const re2::RE2> program_;
  std::uint64_t instructions_ = 0;
};

}  // namespace ringfence
