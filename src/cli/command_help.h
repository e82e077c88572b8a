// SPDX-License-Identifier: Apache-2.0
// The command line as data: what the manual page and the completions are made from.
//
// Contract: `read_help` tells of every command and option that `--help` shows, in its order, and of
// nothing it hides. Pure.
// Limitations: it reads the type names that CLI11 composes; a check other than a set of words or a
// range is shown as CLI11 words it.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ringfence {

struct OptionHelp {
  std::vector<std::string> names;  // "--follow", "-f"; a positional has its one bare name
  std::string about;
  std::string value;                 // "FILE"; empty: a flag
  std::vector<std::string> choices;  // the words it takes, where they are fixed
  std::string default_value;
  std::string variable;  // the environment variable that stands in for it
  bool required = false;
  bool repeats = false;

  bool positional() const { return !names.front().starts_with('-'); }
};

struct CommandHelp {
  std::string name;
  std::string about;
  std::string footer;
  std::vector<OptionHelp> options;
  std::vector<CommandHelp> commands;
};

CommandHelp read_help(const CLI::App& app);

}  // namespace ringfence
