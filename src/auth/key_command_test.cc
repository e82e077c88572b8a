// SPDX-License-Identifier: Apache-2.0
#include "auth/key_command.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace ringfence::auth {
namespace {

TEST(KeyCommand, TakesWhatTheCommandPrints) {
  EXPECT_EQ(output_of_command({"printf", "sk-%s\n", "1 $HOME"}, 100).value(), "sk-1 $HOME\n");
  EXPECT_EQ(output_of_command({"sh", "-c", "cat; echo end"}, 100).value(), "end\n");
}

TEST(KeyCommand, FailuresSayWhyAndNeverWhatWasPrinted) {
  const struct {
    std::vector<std::string> words;
    ErrorCode code;
    const char* why;
  } rows[] = {
      {{}, ErrorCode::invalid, "names no program"},
      {{"/no/such/program"}, ErrorCode::not_found, "could not be started"},
      {{"sh", "-c", "echo sk-secret; exit 3"}, ErrorCode::unavailable, "failed with exit code 3"},
      {{"sh", "-c", "echo sk-secret; kill -9 $$"}, ErrorCode::unavailable, "was killed"},
      {{"sh", "-c", "yes sk-secret"}, ErrorCode::too_large, "printed too much"},
  };
  for (const auto& row : rows) {
    const auto output = output_of_command(row.words, 100);
    ASSERT_FALSE(output) << row.why;
    EXPECT_EQ(output.error().code, row.code) << row.why;
    EXPECT_EQ(output.error().message, row.why);
    EXPECT_EQ(output.error().text().find("secret"), std::string::npos);
  }
}

TEST(KeyCommand, WhatHangsIsKilledWithAllThatItStarted) {
  const auto output =
      output_of_command({"sh", "-c", "sleep 600 & echo $!; wait"}, 100, Duration::millis(200));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().message, "took too long");
}

}  // namespace
}  // namespace ringfence::auth
