// SPDX-License-Identifier: Apache-2.0
// Any bytes as a command line: it is refused, or every answer can be written as operations whose
// text means the same; a word in front changes nothing behind it; a remark changes nothing at all.
#include <cstdint>
#include <string>

#include "base/ensure.h"
#include "policy/command_line.h"
#include "shell/parse.h"

namespace {

using namespace ringfence;

bool same(const shell::Line& a, const shell::Line& b) {
  return a.commands == b.commands && a.files == b.files;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto line = shell::parse_line(text);
  const auto operations = operations_of_shell(text);
  if (!line) {
    RF_ENSURE(!operations, "what is refused has no operations");
    return 0;
  }
  for (const shell::Command& command : line->commands) {
    RF_ENSURE(!command.program.empty(), "a program has a name");
    RF_ENSURE(command.program.find(shell::kUnknown) == std::string::npos, "and it is known");
  }
  if (operations) {
    RF_ENSURE(operations->size() == line->commands.size(), "one operation each");
    for (const Operation& operation : *operations) {
      const auto again = Operation::parse(operation.text());
      RF_ENSURE(again && again->segments() == operation.segments(), "operations are canonical");
    }
  }
  if (text.size() + 16 > shell::kLineBytesMax) return 0;
  const auto led = shell::parse_line("# remark\n" + text);
  RF_ENSURE(led && same(*led, *line), "a remark starts nothing");
  const auto inside = shell::parse_line("first;" + text);
  if (inside && !line->commands.empty()) {
    RF_ENSURE(inside->commands.size() == line->commands.size() + 1, "a command more");
  }
  return 0;
}
