// SPDX-License-Identifier: Apache-2.0
// A scripted conversation: what the model says, turn by turn, so that a real coding client can be
// led through real work.
//
// Contract: pure. A script is a JSON array; a turn is a text, or an object with `text`, `tool`
// (with `arguments`, any JSON, or `input`, free text) or `calls`, a list of such tools.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mock {

struct TurnCall {
  std::string tool;
  std::string arguments;  // JSON
  std::string input;      // what a custom tool gets
};

struct Turn {
  std::string text;
  std::vector<TurnCall> calls;
};

using Script = std::vector<Turn>;

// Returns an empty string, or what was wrong.
[[nodiscard]] std::string parse_script(std::string_view text, Script& out);

// Text as tokens of so many bytes; no character is torn.
[[nodiscard]] std::vector<std::string> pieces_of(std::string_view text, std::size_t bytes);

}  // namespace mock
