// SPDX-License-Identifier: Apache-2.0
// How the text of operations and of patterns is cut into segments, decoded and made canonical.
//
// Grammar (ABNF), bytes in UTF-8:
//   operation = kind ":" rest
//   kind      = lower *31( lower / DIGIT / "_" / "-" )
//   rest      = segment *( ":" segment )             every kind but those below
//             / segment "/" segment                  llm: provider/model, tool: server/tool
//             / ("r" / "w") ":" host [ ":" port ]    net
//             / ("r" / "w") ":" "/" [ segment *( "/" segment ) ]    fs: absolute, normalised
//   segment   = 1*( any byte but control bytes, ":", "%" and, where "/" separates, "/" / escape )
//   escape    = "%" 2HEXDIG
// An argument of cmd may be empty. In a pattern "*" is a wildcard; "%2A" is the character itself.
//
// Contract: pure. Segments come out decoded and in their one spelling: llm and net in lower case, a
// host without its final dot and an IPv6 address without brackets, a command's program as its
// lower-case base name. NUL is in no segment but a command's argument, where it is kUnknownByte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ringfence {

enum class TextKind { operation, pattern };

// How many segments, the kind included, an operation of a kind has.
struct Shape {
  std::size_t least = 2;
  std::size_t most = 32;
};
Shape shape_of(std::string_view kind);
bool valid_kind(std::string_view kind);

// Decoded canonical segments; in patterns kStar where a wildcard was. Patterns may be shorter than
// any operation (a deny is a prefix). Errors: `invalid`.
Result<std::vector<std::string>> split_operation(std::string_view text, TextKind kind);

// The canonical text of an operation's segments.
std::string join_operation(const std::vector<std::string>& segments);
// One segment with everything that would separate or mean something escaped.
std::string escape_segment(std::string_view segment);

}  // namespace ringfence
