// SPDX-License-Identifier: Apache-2.0
#include "run/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ringfence {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Environment, KeepsProviderKeysFromTheChild) {
  for (const char* name :
       {"OPENAI_API_KEY", "OPENAI_ORG_ID", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN",
        "CLAUDE_CODE_OAUTH_TOKEN", "GEMINI_API_KEY", "GOOGLE_API_KEY", "AZURE_OPENAI_API_KEY",
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "RINGFENCE_DATA", "RINGFENCE_POLICY",
        "RINGFENCE_TOKEN"}) {
    EXPECT_TRUE(withheld_from_child(name)) << name;
  }
  for (const char* name : {"PATH", "HOME", "TERM", "AWSOME", "LANG", "NODE_OPTIONS"}) {
    EXPECT_FALSE(withheld_from_child(name)) << name;
  }
}

TEST(Environment, GivesTheGatewayAndTheRunsOwnCredential) {
  const auto child = child_environment(
      std::vector<std::string>{"PATH=/bin", "OPENAI_API_KEY=sk-real", "RINGFENCE_TOKEN=rf_op_x",
                               "EMPTY=", "ODD", "TEAM_KEY=sk-real", "TEAM_KEYS=kept"},
      {.gateway_url = "http://127.0.0.1:7070",
       .credential = "run.jwt",
       .key_variables = {"TEAM_KEY"}});
  EXPECT_THAT(child, Contains("PATH=/bin"));
  EXPECT_THAT(child, Contains("EMPTY="));
  EXPECT_THAT(child, Contains("TEAM_KEYS=kept"));
  EXPECT_THAT(child, Contains("OPENAI_BASE_URL=http://127.0.0.1:7070/v1"));
  EXPECT_THAT(child, Contains("OPENAI_API_KEY=run.jwt"));
  EXPECT_THAT(child, Contains("RINGFENCE_URL=http://127.0.0.1:7070"));
  EXPECT_THAT(child, Contains("RINGFENCE_TOKEN=run.jwt"));
  for (const std::string& entry : child) {
    EXPECT_EQ(entry.find("sk-real"), std::string::npos);
    EXPECT_EQ(entry.find("rf_op_x"), std::string::npos);
  }
}

ChildAccess access_of(std::vector<std::string> command) {
  return {.gateway_url = "http://g", .credential = "run.jwt", .client = client_of(command)};
}

TEST(Environment, AClientIsNotGivenWhatTurnsItElsewhere) {
  const std::vector<std::string> inherited{"ANTHROPIC_API_KEY=sk-real", "OPENAI_BASE_URL=http://x"};
  const auto claude = child_environment(inherited, access_of({"claude"}));
  EXPECT_THAT(claude, Contains("ANTHROPIC_AUTH_TOKEN=run.jwt"));
  EXPECT_THAT(claude, Not(Contains(StartsWith("ANTHROPIC_API_KEY="))));
  const auto gemini = child_environment(inherited, access_of({"gemini"}));
  EXPECT_THAT(gemini, Contains("GOOGLE_GEMINI_BASE_URL=http://g"));
  EXPECT_THAT(gemini, Not(Contains(StartsWith("OPENAI_BASE_URL="))));
  EXPECT_THAT(child_environment(inherited, access_of({"python3"})),
              Contains("ANTHROPIC_API_KEY=run.jwt"));
}

TEST(Environment, NoVariableStandsTwice) {
  const std::vector<std::string> inherited{"AIDER_ANALYTICS=true", "RINGFENCE_URL=http://old",
                                           "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=0"};
  std::vector<std::string> names;
  for (const std::string& entry : child_environment(inherited, access_of({}))) {
    names.push_back(entry.substr(0, entry.find('=')));
  }
  for (const std::string& name : names) EXPECT_EQ(std::ranges::count(names, name), 1) << name;
}

TEST(Environment, AKeyThatTheClientBringsStaysTheUsers) {
  ChildAccess access = access_of({"claude"});
  access.own_key_wires = {"anthropic"};
  const std::vector<std::string> inherited{"ANTHROPIC_API_KEY=sk-own", "OPENAI_API_KEY=sk-real"};
  const auto child = child_environment(inherited, access);
  EXPECT_THAT(child, Contains("ANTHROPIC_API_KEY=sk-own"));
  EXPECT_THAT(child, Not(Contains(StartsWith("ANTHROPIC_AUTH_TOKEN="))));
  EXPECT_THAT(child, Contains("OPENAI_API_KEY=run.jwt"));
  EXPECT_THAT(child, Contains("ANTHROPIC_CUSTOM_HEADERS=x-ringfence-credential: run.jwt"));
  EXPECT_THAT(child, Not(Contains(StartsWith("OPENAI_CUSTOM_HEADERS="))));
  EXPECT_THAT(withheld_names(inherited, access), testing::ElementsAre("OPENAI_API_KEY"));
}

TEST(Environment, AKeyOfThePolicysIsNobodysToBring) {
  ChildAccess access = access_of({"agent"});
  access.own_key_wires = {"openai"};
  access.key_variables = {"OPENAI_API_KEY"};
  const auto child = child_environment(
      std::vector<std::string>{"OPENAI_API_KEY=sk-real", "CODEX_API_KEY=sk-own"}, access);
  EXPECT_THAT(child, Contains("OPENAI_API_KEY=run.jwt"));
  EXPECT_THAT(child, Contains("CODEX_API_KEY=sk-own"));
  EXPECT_THAT(child, Contains("OPENAI_CUSTOM_HEADERS=x-ringfence-credential: run.jwt"));
}

}  // namespace
}  // namespace ringfence
