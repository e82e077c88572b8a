// SPDX-License-Identifier: Apache-2.0
// Command lines for the property of shell_programs.cc: grammatical ones, known traps, and both with
// letters inserted and dropped.
//
// Contract: the same seed gives the same lines. Programs are zq0 to zq9 and the wrappers, all in
// program_names(); no line names a path outside its folder, and none is longer than 2 KiB. Every
// line ends: a loop breaks in its first round, whatever its condition says, and what letters were
// inserted into has no loop but over words. `kinds` are the constructs of a line, which it has for
// certain: a mutated one tells none. zqx is in no line: it is what the stubs print.
#pragma once

#include <bitset>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace ringfence::testing {

enum class Kind : std::uint8_t {
  pipeline,
  list,
  subshell,
  substitution,
  heredoc,
  wrapper,
  assignment,
  redirection,
  if_block,
  loop,
  case_block,
  script,      // sh -c, also inside another
  from_stdin,  // what a shell reads from a pipe
};
inline constexpr std::size_t kKinds = 13;
std::string_view name_of(Kind kind);

struct ShellText {
  std::string text;
  std::bitset<kKinds> kinds;
};

std::span<const std::string_view> program_names();
std::span<const std::string_view> shell_traps();

class ShellLines {
 public:
  explicit ShellLines(std::uint64_t seed) : random_(seed) {}
  ShellText next();

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  bool chance(std::size_t percent) { return below(100) < percent; }
  std::string_view pick(std::span<const std::string_view> from) { return from[below(from.size())]; }
  std::string program();
  std::string word(int depth);
  std::string simple(int depth);
  std::string compound(int depth);
  std::string list(int depth);
  std::string quoted_script(int depth);
  std::string heredoc(int depth);
  std::string mark(Kind kind, std::string text) {
    kinds_.set(static_cast<std::size_t>(kind));
    return text;
  }
  void mutate(std::string& line);

  std::mt19937_64 random_;
  std::bitset<kKinds> kinds_;
  bool loops_ = false;
};

}  // namespace ringfence::testing
