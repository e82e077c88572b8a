// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/json.h"

namespace ringfence {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

TEST(Log, OneLineAMessageWithControlBytesEscaped) {
  testing::internal::CaptureStderr();
  log_warn("first\nsecond \x1b[31mred\x7f {} %s");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("warning first\\x0asecond \\x1b[31mred\\x7f {} %s\n"));
  EXPECT_THAT(text, MatchesRegex("....-..-..T..:..:......Z .*\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(Log, AsJsonOneObjectAMessage) {
  testing::internal::CaptureStderr();
  set_log_format(LogFormat::json);
  const std::string message = "a \"quote\"\nand \x1b[31m {} %v \\";
  log_warn(message);
  set_log_format(LogFormat::text);
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const auto line = Json::parse(std::string_view(text).substr(0, text.find('\n')));
  ASSERT_TRUE(line) << text;
  EXPECT_EQ(line->find("level")->text(), "\"warning\"");
  EXPECT_EQ(*line->find("message")->string(), message);
  EXPECT_THAT(*line->find("time")->string(), MatchesRegex("....-..-..T..:..:......Z"));
}

TEST(Log, BelowItsLevelNothingIsWritten) {
  testing::internal::CaptureStderr();
  log_debug("hidden");
  set_log_level(LogLevel::off);
  log_error("hidden");
  set_log_level(LogLevel::debug);
  log_debug("shown");
  set_log_level(LogLevel::info);
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("shown"));
  EXPECT_THAT(text, Not(HasSubstr("hidden")));
}

}  // namespace
}  // namespace ringfence
