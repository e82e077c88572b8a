// SPDX-License-Identifier: Apache-2.0
// Table: the text of one *.rft file, cut into tables, lines and words; nothing is understood here.
//
// Grammar:
//   file   = *( blank / comment / head / line )
//   head   = "table" 1*word              a fresh engine; "[B1]" marks a case from the field
//   line   = 1*word [ "->" 1*word ]      what is done, and what is expected of it
//   word   = 1*VCHAR                     with "..." around what holds blanks; \xNN there is a byte
//   block  = 1*( indented line )         after `policy` or `restart`
//   comment begins with "#"
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
