// SPDX-License-Identifier: Apache-2.0
// What bash really starts for a line was in our list, or the line was refused. bash finds nothing
// but stubs that write their name down, and wrappers that do so before they become the real one.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <set>

#include "shell/names.h"
#include "shell/parse.h"
#include "tests/property/shell_lines.h"
#include "tests/property/shell_yard.h"

namespace ringfence {
namespace {

constexpr std::size_t kLines = 5'000;
constexpr std::size_t kRunsMin = 1'500;
constexpr std::size_t kKindMin = 50;
constexpr std::string_view kPrinted = "zqx";  // in no line, only in what stubs print

struct Asked {
  std::vector<std::string> lines;  // those that were not refused
  std::vector<std::set<std::string>> listed;
  std::array<std::size_t, testing::kKinds> kinds{};
  std::size_t refused = 0;
};

Asked ask_parser() {
  testing::ShellLines generated(20261121);
  Asked asked;
  for (std::size_t n = 0; n < kLines; ++n) {
    testing::ShellText line = generated.next();
    const auto parsed = shell::parse_line(line.text);
    if (!parsed) {
      ++asked.refused;
      continue;
    }
    std::set<std::string> names;
    for (const shell::Command& command : parsed->commands) names.insert(command.program);
    for (std::size_t kind = 0; kind < testing::kKinds; ++kind) {
      asked.kinds[kind] += line.kinds.test(kind) ? 1 : 0;
    }
    asked.lines.push_back(std::move(line.text));
    asked.listed.push_back(std::move(names));
  }
  return asked;
}

// What a shell reads cannot be known: whoever allows the shell allows that.
bool covers(const std::set<std::string>& listed, const std::string& started) {
  return listed.contains(started) ||
         (started == kPrinted && std::ranges::any_of(listed, shell::is_shell));
}

TEST(ShellPrograms, WhatBashStartsWasListed) {
  const Asked asked = ask_parser();
  const testing::ShellYard yard(testing::program_names());
  const auto runs = yard.run(asked.lines);
  ASSERT_EQ(runs.size(), asked.lines.size());
  std::size_t started = 0;
  std::size_t printed = 0;
  for (std::size_t n = 0; n < runs.size(); ++n) {
    EXPECT_TRUE(runs[n].ended) << "did not end:\n" << asked.lines[n];
    started += runs[n].started.size();
    for (const std::string& name : runs[n].started) {
      EXPECT_TRUE(covers(asked.listed[n], name)) << name << " was started by:\n" << asked.lines[n];
      printed += name == kPrinted ? 1 : 0;
    }
  }
  std::cout << kLines << " lines, " << asked.refused << " refused, " << runs.size()
            << " run, which started " << started << " programs, " << printed
            << " of them read by a shell;";
  for (std::size_t kind = 0; kind < testing::kKinds; ++kind) {
    const std::string_view name = testing::name_of(static_cast<testing::Kind>(kind));
    std::cout << " " << name << " " << asked.kinds[kind];
    EXPECT_GE(asked.kinds[kind], kKindMin) << name << ": too few to say anything";
  }
  std::cout << "\n";
  EXPECT_LT(asked.refused, kLines * 6 / 10);
  EXPECT_GT(runs.size(), kRunsMin);
  EXPECT_GT(started, runs.size()) << "the lines start too little to say anything";
  EXPECT_GT(printed, 0U) << "no shell read anything";
}

}  // namespace
}  // namespace ringfence
