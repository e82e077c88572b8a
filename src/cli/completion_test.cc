// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "cli/man_page.h"

namespace ringfence {
namespace {

using testing::HasSubstr;
using testing::Not;

// A command line with what is hard for a shell or for roff to carry.
CommandHelp difficult() {
  CLI::App app("A program.", "ringfence");
  static std::string text;
  static std::vector<std::string> texts;
  static int number;
  CLI::App& go = *app.add_subcommand("go", "It's [odd]: `here`");
  go.add_option("-m,--mode", text, "how")->check(CLI::IsMember({"slow", "fast"}));
  go.add_option("--count", number, "that many")->check(CLI::Range(0, 9))->capture_default_str();
  go.add_option("--at", text, ".starts with a dot, has a \\")->type_name("HOST:PORT");
  go.add_option("--dir", text, "where")->type_name("DIR")->envname("GO_DIR");
  go.add_option("--buried", text)->group("");
  go.add_option("files", texts, "which")->required();
  app.add_subcommand("hidden", "Not told")->group("");
  return read_help(app);
}

const OptionHelp& named(const CommandHelp& command, std::string_view name) {
  for (const OptionHelp& option : command.options) {
    if (std::ranges::count(option.names, name) > 0) return option;
  }
  throw std::out_of_range(std::string(name));
}

TEST(CommandHelp, ReadsWhatHelpShows) {
  const CommandHelp program = difficult();
  ASSERT_EQ(program.commands.size(), 1U);
  const CommandHelp& go = program.commands.front();
  EXPECT_EQ(named(go, "-m").names, (std::vector<std::string>{"--mode", "-m"}));
  EXPECT_EQ(named(go, "--mode").choices, (std::vector<std::string>{"slow", "fast"}));
  EXPECT_EQ(named(go, "--mode").value, "TEXT");
  EXPECT_EQ(named(go, "--count").value, "INT");
  EXPECT_EQ(named(go, "--count").default_value, "0");
  EXPECT_EQ(named(go, "--at").value, "HOST:PORT");
  EXPECT_EQ(named(go, "--dir").variable, "GO_DIR");
  EXPECT_EQ(named(go, "--help").value, "");
  EXPECT_TRUE(named(go, "files").positional());
  EXPECT_TRUE(named(go, "files").required);
  EXPECT_TRUE(named(go, "files").repeats);
  EXPECT_THROW(named(go, "--buried"), std::out_of_range);
}

TEST(Completion, KnowsTheKindsOfValues) {
  const CommandHelp go = difficult().commands.front();
  EXPECT_EQ(value_kind(named(go, "--help")), ValueKind::none);
  EXPECT_EQ(value_kind(named(go, "--mode")), ValueKind::choice);
  EXPECT_EQ(value_kind(named(go, "--dir")), ValueKind::directory);
  EXPECT_EQ(value_kind(named(go, "files")), ValueKind::file);
  EXPECT_EQ(value_kind(named(go, "--at")), ValueKind::text);
}

TEST(Completion, QuotesForEachShell) {
  const CommandHelp program = difficult();
  EXPECT_THAT(zsh_completion(program), HasSubstr("'go:It'\\''s [odd]\\: `here`'"));
  EXPECT_THAT(zsh_completion(program), HasSubstr("'--mode[how]:TEXT:(slow fast)'"));
  EXPECT_THAT(zsh_completion(program), HasSubstr(":HOST\\:PORT:'"));
  EXPECT_THAT(fish_completion(program), HasSubstr("-d 'It\\'s [odd]: `here`'"));
  EXPECT_THAT(bash_completion(program), HasSubstr("compgen -W 'slow fast'"));
  for (const Shell shell : {Shell::bash, Shell::zsh, Shell::fish}) {
    EXPECT_THAT(completion_script(shell, program), Not(HasSubstr("buried")));
    EXPECT_THAT(completion_script(shell, program), Not(HasSubstr("hidden")));
  }
}

TEST(ManPage, EscapesWhatRoffWouldObey) {
  const std::string page = man_page(difficult(), "1.2", "2026-01-31");
  EXPECT_THAT(page, HasSubstr(".TH RINGFENCE 1 2026-01-31 \"Ringfence 1.2\"\n"));
  EXPECT_THAT(page, HasSubstr("\n\\&.starts with a dot, has a \\e.\n"));
  EXPECT_THAT(page, HasSubstr("It\\(aqs [odd]: \\(gahere\\(ga.\n"));
  EXPECT_THAT(page, HasSubstr("Or the variable \\fBGO_DIR\\fR.\n"));
  EXPECT_THAT(page, Not(HasSubstr("buried")));
}

}  // namespace
}  // namespace ringfence
