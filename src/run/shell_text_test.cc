// SPDX-License-Identifier: Apache-2.0
#include "run/shell_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringfence {
namespace {

TEST(ShellText, QuotesWhatAShellWouldRead) {
  EXPECT_EQ(shell_quoted("run.jwt"), "'run.jwt'");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("$(id) `id` \"\\\n"), "'$(id) `id` \"\\\n'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
}

TEST(ShellText, UnsetsThenExports) {
  const std::vector<std::string> granted{"A=1", "B=x=y z", "C="};
  const std::vector<std::string> withheld{"OLD", "AWS_$(id)", "OPENAI_;id", ""};
  EXPECT_EQ(shell_text(granted, withheld),
            "unset OLD;\nexport A='1';\nexport B='x=y z';\nexport C='';\n");
}

}  // namespace
}  // namespace ringfence
