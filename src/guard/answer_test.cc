// SPDX-License-Identifier: Apache-2.0
// What counts as a guard's answer, and what does not.
#include "guard/answer.h"

#include <gtest/gtest.h>

namespace ringfence::guard {
namespace {

TEST(GuardAnswer, Taken) {
  struct Case {
    std::string_view text;
    GuardDecision decision;
    std::string_view message;
  };
  const Case cases[] = {
      {R"({"decision":"allow"})", GuardDecision::allow, ""},
      {R"({"decision":"deny","message":"has a card number"})", GuardDecision::deny,
       "has a card number"},
      {" \n{\"message\":\"who\", \"decision\" : \"ask\"}\n", GuardDecision::ask, "who"},
      {R"({"decision":"deny","message":"a\n\u001b[2Jb\u007fc\u0085d é"})", GuardDecision::deny,
       "a  [2Jb c d é"},
  };
  for (const Case& c : cases) {
    const auto said = parse_answer(c.text);
    ASSERT_TRUE(said) << c.text;
    EXPECT_EQ(said->decision, c.decision) << c.text;
    EXPECT_EQ(said->message, c.message) << c.text;
  }
}

TEST(GuardAnswer, NotTaken) {
  const std::string_view cases[] = {
      "",
      " ",
      "allow",
      "\"allow\"",
      "true",
      "{}",
      "[]",
      R"([{"decision":"allow"}])",
      R"({"decision":"allow"}{"decision":"allow"})",
      R"({"decision":"allow"} ok)",
      R"({"decision":"allow","decision":"allow"})",
      R"({"decision":"Allow"})",
      R"({"decision":"allowed"})",
      R"({"decision":true})",
      R"({"decision":null})",
      R"({"decision":"allow","reason":"x"})",
      R"({"decision":"allow","message":1})",
      R"({"decision":"allow","message":null})",
      R"({"message":"allow"})",
      R"({"decision":"allow")",
      "{\"decision\":\"allow\",\"message\":\"\xff\"}",
  };
  for (const std::string_view text : cases) EXPECT_FALSE(parse_answer(text)) << text;
}

TEST(GuardAnswer, Sizes) {
  const auto with_message = [](std::size_t size) {
    return R"({"decision":"allow","message":")" + std::string(size, 'x') + R"("})";
  };
  EXPECT_TRUE(parse_answer(with_message(kMessageBytesMax)));
  EXPECT_FALSE(parse_answer(with_message(kMessageBytesMax + 1)));
  const std::string answer = R"({"decision":"allow"})";
  EXPECT_TRUE(parse_answer(answer + std::string(kAnswerBytesMax - answer.size(), ' ')));
  EXPECT_FALSE(parse_answer(answer + std::string(kAnswerBytesMax - answer.size() + 1, ' ')));
}

// What the guard wrote stays out of our sentences.
TEST(GuardAnswer, ErrorsRepeatNothing) {
  for (const std::string_view text :
       {R"({"decision":"sekret"})", R"({"sekret":1})", "sekret", R"({"decision":"allow"}sekret)"}) {
    const auto said = parse_answer(text);
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().message.find("sekret"), std::string::npos) << said.error().message;
  }
}

}  // namespace
}  // namespace ringfence::guard
