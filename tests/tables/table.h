// SPDX-License-Identifier: Apache-2.0
// Table: the text of one *.rft file, cut into tables, lines and words; nothing is understood here.
//
// Grammar:
//   file   = *( blank / comment / head / line )
//   head   = "table" 1*word                   a fresh engine; the words name it, "[B1]" marks a
//   case line   = 1*word [ "->" 1*word ]           what is done, and what is expected of it word =
//   1*VCHAR with "…" around what holds blanks, \xNN in it is a byte;
//            "#" begins a comment block  = lines that are
//   indented, after a line whose first word is `policy` or `restart`
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace ringfence::tables {

struct Line {
  int number = 0;
  std::vector<std::string> words;
  std::vector<std::string> expected;
  std::string block;
};

struct Table {
  std::string name;
  int number = 0;  // of its head's line
  std::vector<Line> lines;
};

Result<std::vector<Table>> read_tables(const std::string& text);

}  // namespace ringfence::tables
