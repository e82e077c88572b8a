// SPDX-License-Identifier: Apache-2.0
// Line: what a shell command line would do, as far as its text says: programs, and files that it
// redirects from or to.
//
// Contract: values. A part of a word that only running would tell (an expansion, a substitution, a
// glob, a tilde) is the byte kUnknown, which stands for any text, also none; no shell word can hold
// that byte itself. A word that may become any number of words has `many` set, and its text is then
// no more than a hint. So a Word is a set of arguments, and a Command a set of commands: whoever
// allows one must allow every member, whoever denies a member must deny it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence::shell {

inline constexpr std::size_t kLineBytesMax = 64 * 1024;
inline constexpr std::size_t kNestingMax = 32;  // substitutions, blocks, scripts inside scripts
inline constexpr std::size_t kCommandsMax = 256;
inline constexpr std::size_t kWordsMax = 8192;

inline constexpr char kUnknown = '\0';

struct Word {
  std::string text;
  bool many = false;

  bool dynamic() const { return many || text.find(kUnknown) != std::string::npos; }
  // Its first byte is not known, so it may be an option, or an operator.
  bool open() const { return many || text.starts_with(kUnknown); }
  bool is(std::string_view literal) const { return !many && text == literal; }
  friend bool operator==(const Word&, const Word&) = default;
};

struct Command {
  std::string program;  // base name, lower case; never unknown
  std::vector<Word> args;
  friend bool operator==(const Command&, const Command&) = default;
};

struct FileUse {
  Word path;
  bool write = false;
  friend bool operator==(const FileUse&, const FileUse&) = default;
};

struct Line {
  std::vector<Command> commands;
  std::vector<FileUse> files;
};

}  // namespace ringfence::shell
