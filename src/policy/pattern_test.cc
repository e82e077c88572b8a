// SPDX-License-Identifier: Apache-2.0
// What a pattern matches, and how sets of operations compare.
#include "policy/pattern.h"

#include <gtest/gtest.h>

#include "policy/glob.h"

namespace ringfence {
namespace {

Pattern pattern(std::string_view text, PatternUse use = PatternUse::match) {
  auto parsed = Pattern::parse(text, use);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message);
  return parsed ? *parsed : Pattern{};
}

// An operation as the pattern that matches it alone.
bool matches(const Pattern& set, std::string_view operation) {
  Pattern one;
  one.segments = Operation::parse(operation)->segments();
  return pattern_within(one, set);
}

struct Case {
  std::string_view pattern;
  std::string_view operation;
  bool matches;
};

TEST(Pattern, Matches) {
  const Case cases[] = {
      {"cmd:git:status", "cmd:git:status", true},
      {"cmd:git:status", "cmd:git:status:-s", false},
      {"cmd:git:status:*", "cmd:git:status:-s", true},
      {"cmd:git:status:*", "cmd:git:status", true},
      {"cmd:git:*", "cmd:git", true},
      {"cmd:git", "cmd:git:push", false},
      {"cmd:GIT:status", "cmd:/usr/bin/git:status", true},
      {"cmd:git:*:origin", "cmd:git:push:origin", true},
      {"cmd:git:*:origin", "cmd:git:push:x:origin", false},
      {"llm:*", "llm:openai/gpt-4o", true},
      {"llm:openai/*", "llm:openai/gpt-4o", true},
      {"llm:openai/gpt-*", "llm:openai/gpt-4o", true},
      {"llm:openai/gpt-*", "llm:openai/o3", false},
      {"llm:*/gpt-4o", "llm:azure/gpt-4o", true},
      {"llm:OpenAI/GPT-4o", "llm:openai/gpt-4o", true},
      {"llm:*", "tool:a/b", false},
      {"tool:github/get_*", "tool:github/get_", true},
      {"tool:github/get_*", "tool:github/forget_x", false},
      {"tool:github/*_issue", "tool:github/get_issue", true},
      {"tool:g*b/*e*", "tool:github/get", true},
      {"tool:github/Get", "tool:github/get", false},
      {"tool:github/a%2Ab", "tool:github/a%2Ab", true},
      {"tool:github/a%2Ab", "tool:github/axb", false},
      {"net:w:*", "net:w:a.org:443", true},
      {"net:w:*", "net:r:a.org", false},
      {"net:r:api.github.com", "net:r:api.github.com:8443", true},
      {"net:r:api.github.com", "net:r:api.github.com", true},
      {"net:r:api.github.com:443", "net:r:api.github.com", false},
      {"net:*:*.github.com", "net:w:api.github.com:443", true},
      {"net:*:*.github.com", "net:w:github.com", false},
      {"fs:r:/etc/*", "fs:r:/etc/a/b", true},
      {"fs:r:/etc/*", "fs:r:/etc", true},
      {"fs:r:/etc/*", "fs:r:/etcetera", false},
      {"fs:r:/home/*/x", "fs:r:/home/a/x", true},
      {"fs:r:/home/*/x", "fs:r:/home/a/b/x", false},
      {"fs:r:*", "fs:r:/a", true},
      {"fs:*", "fs:w:/a", true},
      {"pay:*", "pay:acme", true},
      {"agent:spawn", "agent:spawn", true},
      {"deploy:prod-*", "deploy:prod-eu", true},
      {"*", "cmd:x", true},
      {"*", "llm:a/b", true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(matches(pattern(c.pattern), c.operation), c.matches)
        << c.pattern << " on " << c.operation;
  }
}

TEST(Pattern, DeniesArePrefixesInEverySpelling) {
  const Case cases[] = {
      {"cmd:git:push", "cmd:git:push:origin", true}, {"cmd:git:push", "cmd:git:pull", false},
      {"cmd:git:push:*", "cmd:git:push", true},      {"cmd:git", "cmd:git:push", true},
      {"llm:openai", "llm:openai/gpt-4o", true},     {"llm", "llm:openai/gpt-4o", true},
      {"fs:w:/etc", "fs:w:/etc/passwd", true},       {"fs:w:/etc", "fs:w:/etcetera", false},
      {"tool:Mail", "tool:mail/send", true},         {"net:w:evil.org", "net:w:evil.org:80", true},
      {"cmd:sh", "cmd:grep:sh:file", false},         {"*", "cmd:x", true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(matches(pattern(c.pattern, PatternUse::prefix), c.operation), c.matches)
        << c.pattern << " on " << c.operation;
  }
}

TEST(Pattern, MalformedOnesAreRefused) {
  const std::string_view cases[] = {
      "",          "llm",         "llm:openai",   "tool:github", "net:x:host", "net:r",
      "tool:a/**", "tool:a/b/c",  "cmd",          "*:x",         "l*:x",       "pay:a:b",
      "fs:r:etc",  "fs:q:/x",     "llm:a/b:c",    "tool:a/%",    "Cmd:git",    "net:r:host:http",
      "tool:a/",   "cmd:git::*:", "net:r:h:1:*:x"};
  for (const std::string_view text : cases) {
    if (text == "cmd:git::*:") continue;  // an empty argument is one
    EXPECT_FALSE(Pattern::parse(text, PatternUse::match)) << text;
  }
}

struct Comparison {
  std::string_view inner;
  std::string_view outer;
  bool within;
  bool intersect;
};

TEST(Pattern, SetsCompare) {
  const Comparison cases[] = {
      {"cmd:git:status", "cmd:git:*", true, true},
      {"cmd:git:*", "cmd:git:status", false, true},
      {"cmd:git:*", "cmd:git:*", true, true},
      {"cmd:*", "*", true, true},
      {"*", "cmd:*", false, true},
      {"llm:*", "llm:*/*", true, true},
      {"llm:*/*", "llm:*", true, true},
      {"llm:openai/*", "llm:*/gpt-4o", false, true},
      {"tool:github/get_*", "tool:github/*", true, true},
      {"tool:github/get_*", "tool:github/*_issue", false, true},
      {"tool:github/a*", "tool:github/b*", false, false},
      {"tool:github/*a", "tool:github/*b", false, false},
      {"tool:github/ab*ba", "tool:github/a*a", true, true},
      {"net:w:a.org:443", "net:w:a.org", true, true},
      {"net:w:a.org", "net:w:a.org:443", false, true},
      {"net:w:a.org", "net:r:a.org", false, false},
      {"net:w:a.org", "net:*:a.org", true, true},
      {"net:w:*", "net:w:a.org", false, true},
      {"fs:r:/a/b", "fs:r:/a/*", true, true},
      {"fs:r:/a", "fs:r:/a/b", false, false},
      {"cmd:git:*:x", "cmd:git:push:*", false, true},
      {"cmd:git:push", "llm:*", false, false},
  };
  for (const Comparison& c : cases) {
    EXPECT_EQ(pattern_within(pattern(c.inner), pattern(c.outer)), c.within)
        << c.inner << " within " << c.outer;
    EXPECT_EQ(patterns_intersect(pattern(c.inner), pattern(c.outer)), c.intersect)
        << c.inner << " meets " << c.outer;
    EXPECT_EQ(patterns_intersect(pattern(c.outer), pattern(c.inner)), c.intersect)
        << c.outer << " meets " << c.inner;
  }
}

// Every glob and text over {a, b} up to four long: the fast forms against the definition.
TEST(Glob, AgreesWithItsDefinition) {
  std::vector<std::string> texts{""};
  std::vector<std::string> globs{""};
  const auto grow = [](std::vector<std::string>& words, std::string_view letters) {
    for (std::size_t i = 0; i < words.size() && words[i].size() < 4; ++i) {
      for (const char c : letters) words.push_back(words[i] + c);
    }
  };
  grow(texts, "ab");
  constexpr std::string_view kLetters{"ab\0", 3};
  grow(globs, kLetters);
  const auto defined = [](auto&& self, std::string_view glob, std::string_view text) -> bool {
    if (glob.empty()) return text.empty();
    if (glob[0] == kStar) {
      return self(self, glob.substr(1), text) ||
             (!text.empty() && self(self, glob, text.substr(1)));
    }
    return !text.empty() && glob[0] == text[0] && self(self, glob.substr(1), text.substr(1));
  };
  for (const std::string& glob : globs) {
    for (const std::string& text : texts) {
      ASSERT_EQ(glob_matches(glob, text), defined(defined, glob, text)) << glob << " on " << text;
    }
  }
  for (const std::string& a : globs) {
    for (const std::string& b : globs) {
      bool meet = false;
      bool within = true;
      for (const std::string& text : texts) {
        const bool in_a = glob_matches(a, text);
        const bool in_b = glob_matches(b, text);
        meet = meet || (in_a && in_b);
        within = within && (!in_a || in_b);
      }
      // Texts longer than those tried may meet, or leave the outer glob.
      if (meet) {
        ASSERT_TRUE(globs_intersect(a, b));
      }
      if (glob_within(a, b)) {
        ASSERT_TRUE(within);
      }
      ASSERT_EQ(globs_intersect(a, b), globs_intersect(b, a));
    }
  }
}

}  // namespace
}  // namespace ringfence
