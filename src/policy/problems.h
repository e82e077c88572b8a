// SPDX-License-Identifier: Apache-2.0
// Problems: everything wrong that was found in one policy document, with its places.
//
// A document put together of several files marks where each begins with two lines, "# file: NAME"
// and "---"; places are then those in the files.
//
// Contract: a collector; adding never stops the reader, so that one run reports all problems, up
// to kProblemsMax; later ones are only counted. Found text is shown cut and escaped; what could be
// a secret is never passed in.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/quoted.h"
#include "base/result.h"

namespace ringfence {

inline constexpr std::size_t kProblemsMax = 20;

// A place in a document; both count from 1, columns in bytes.
struct Mark {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend auto operator<=>(const Mark&, const Mark&) = default;
};

class Problems {
 public:
  explicit Problems(std::string_view document_name);
  // Where the files of this text begin.
  void find_files(std::string_view text);

  // `sentence` reads "what was found; expected …".
  void add(Mark mark, std::string_view sentence);

  bool empty() const { return lines_.empty(); }
  // Later problems are only counted.
  bool full() const { return lines_.size() == kProblemsMax; }
  std::size_t count() const { return lines_.size() + uncounted_; }
  // One per problem, and how many more there were.
  std::vector<std::string> lines() const;
  // "file:line:column"
  std::string place(Mark mark) const;
  // The name of the file, or of the document.
  const std::string& source(Mark mark) const;
  // One line per problem in `message`, the first place in `where`.
  Error error() const;

 private:
  struct File {
    std::string name;
    std::uint32_t lines_before = 0;
  };
  const File& file_of(Mark mark) const;

  std::vector<File> files_;  // in order; the first is the document itself
  std::string first_place_;
  std::vector<std::string> lines_;
  std::size_t uncounted_ = 0;
};

}  // namespace ringfence
