// SPDX-License-Identifier: Apache-2.0
#include "run/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  const auto child =
      child_environment({"PATH=/bin", "OPENAI_API_KEY=sk-real", "RINGFENCE_TOKEN=rf_op_x",
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

}  // namespace
}  // namespace ringfence
