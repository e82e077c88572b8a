// SPDX-License-Identifier: Apache-2.0
#include "policy/operation.h"

#include <gmock/gmock.h>

namespace ringfence {
namespace {

using testing::ElementsAre;

struct Good {
  std::string_view text;
  std::string_view canonical;
};

TEST(Operation, HasOneSpelling) {
  const Good cases[] = {
      {"llm:OpenAI/GPT-4o", "llm:openai/gpt-4o"},
      {"llm:local/llama3%3A8b", "llm:local/llama3%3A8b"},
      {"llm:local/llama3%3a8b", "llm:local/llama3%3A8b"},
      {"llm:router/vendor%2fmodel", "llm:router/vendor%2Fmodel"},
      {"tool:github/Get_Issue", "tool:github/Get_Issue"},
      {"net:w:API.GitHub.com", "net:w:api.github.com"},
      {"net:W:api.github.com.:443", "net:w:api.github.com:443"},
      {"net:r:%5B%3A%3A1%5D:80", "net:r:%3A%3A1:80"},
      {"fs:r:/", "fs:r:/"},
      {"fs:w:/tmp/A b", "fs:w:/tmp/A b"},
      {"fs:w:/tmp/a%3Ab", "fs:w:/tmp/a%3Ab"},
      {"cmd:git", "cmd:git"},
      {"cmd:/usr/bin/GIT:Push", "cmd:git:Push"},
      {"cmd:git:commit:-m:", "cmd:git:commit:-m:"},
      {"cmd:git:commit:-m:a%0Ab", "cmd:git:commit:-m:a%0Ab"},
      {"cmd:cat:/etc/hosts", "cmd:cat:%2Fetc%2Fhosts"},
      {"cmd:rm:*", "cmd:rm:%2A"},
      {"pay:acct_1", "pay:acct_1"},
      {"agent:spawn", "agent:spawn"},
      {"deploy:prod:eu", "deploy:prod:eu"},
      {"tool:kalender/größe", "tool:kalender/größe"},
  };
  for (const Good& c : cases) {
    const auto operation = Operation::parse(c.text);
    ASSERT_TRUE(operation) << c.text << ": " << operation.error().message;
    EXPECT_EQ(operation->text(), c.canonical) << c.text;
    const auto again = Operation::parse(operation->text());
    ASSERT_TRUE(again) << c.canonical;
    EXPECT_EQ(again->text(), operation->text());
    EXPECT_EQ(again->segments(), operation->segments());
  }
}

TEST(Operation, SegmentsAreDecoded) {
  EXPECT_THAT(Operation::parse("llm:local/llama3%3A8b")->segments(),
              ElementsAre("llm", "local", "llama3:8b"));
  EXPECT_THAT(Operation::parse("fs:w:/a/b%20c")->segments(), ElementsAre("fs", "w", "a", "b c"));
  EXPECT_EQ(Operation::parse("cmd:git:push")->kind(), "cmd");
}

TEST(Operation, MalformedOnesAreInvalid) {
  using namespace std::string_view_literals;
  const std::string long_one = "tool:a/" + std::string(2000, 'x');
  std::string deep = "cmd:x";
  for (int i = 0; i < 40; ++i) deep += ":a";
  const std::string_view cases[] = {"",
                                    ":",
                                    "llm",
                                    "llm:",
                                    "llm:openai",
                                    "llm:openai/",
                                    "llm:/x",
                                    "llm:a/b/c",
                                    "llm:a:b",
                                    "llm:local/llama3:8b",
                                    "tool:github",
                                    "tool:github:x",
                                    "tool:a/b/c",
                                    "net:r",
                                    "net:x:host",
                                    "net:r:",
                                    "net:r:host:0",
                                    "net:r:host:65536",
                                    "net:r:host:http",
                                    "net:r:host:1:2",
                                    "net:r:a b",
                                    "net:r:.",
                                    "net:r:a.org..",
                                    "net:r:a..org",
                                    "net:r:.a.org",
                                    "net:r:b\xC3\xBC.de",
                                    "fs:r:tmp/x",
                                    "fs:r:/a//b",
                                    "fs:r:/a/../b",
                                    "fs:r:/a/.",
                                    "fs:r:/a/",
                                    "fs:x:/a",
                                    "fs:r:/a:b",
                                    "fs:r:/a%2Fb",
                                    "cmd:",
                                    "cmd:/usr/bin/",
                                    "pay:",
                                    "pay:a:b",
                                    "LLM:a/b",
                                    "1x:a",
                                    "x y:a",
                                    "tool:a/%",
                                    "tool:a/%4",
                                    "tool:a/%zz",
                                    "tool:a/%00",
                                    "tool:a/%0A",
                                    "tool:a/b\n",
                                    "tool:a/b\0c"sv,
                                    "tool:a/\xFF",
                                    "tool:a/%FF",
                                    "deploy",
                                    "deploy:",
                                    "deploy::x",
                                    "agent:",
                                    "*",
                                    "*:x"};
  for (const std::string_view text : cases) {
    const auto operation = Operation::parse(text);
    ASSERT_FALSE(operation) << text;
    EXPECT_EQ(operation.error().code, ErrorCode::invalid) << text;
    EXPECT_FALSE(operation.error().message.empty());
  }
  EXPECT_FALSE(Operation::parse(long_one));
  EXPECT_FALSE(Operation::parse(deep));
  EXPECT_FALSE(Operation::parse("cmd:cat:" + std::string(1000, '/')));  // too long once escaped
}

}  // namespace
}  // namespace ringfence
