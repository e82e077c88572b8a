// SPDX-License-Identifier: Apache-2.0
#include "run/clients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/file.h"

namespace ringfence {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kUrl = "http://127.0.0.1:7070";

TEST(Clients, AVariableMeansTheSameToAll) {
  std::map<std::string_view, std::string> seen;
  for (const KnownClient& client : known_clients()) {
    for (const ClientVariable& variable : client.variables) {
      const std::string value = client_value(variable, kUrl, "run.jwt");
      const auto [it, added] = seen.emplace(variable.name, value);
      EXPECT_EQ(it->second, value) << client.name << ": " << variable.name;
      EXPECT_NE(value, "") << variable.name;
    }
  }
  EXPECT_EQ(seen["OPENAI_BASE_URL"], "http://127.0.0.1:7070/v1");
  EXPECT_EQ(seen["ANTHROPIC_BASE_URL"], "http://127.0.0.1:7070");
  EXPECT_EQ(seen["GOOGLE_GEMINI_BASE_URL"], "http://127.0.0.1:7070");
  EXPECT_EQ(seen["GEMINI_API_BASE"], "http://127.0.0.1:7070/v1beta");
}

TEST(Clients, AreKnownByTheirProgram) {
  const auto name_of = [](std::vector<std::string> command) {
    const KnownClient* client = client_of(command);
    return client == nullptr ? std::string_view("-") : client->name;
  };
  EXPECT_EQ(name_of({"claude", "-p", "x"}), "Claude Code");
  EXPECT_EQ(name_of({"/usr/local/bin/codex"}), "Codex CLI");
  EXPECT_EQ(name_of({"./gemini"}), "Gemini CLI");
  EXPECT_EQ(name_of({"python3", "codex"}), "-");
  EXPECT_EQ(name_of({""}), "-");
  EXPECT_EQ(name_of({}), "-");
}

TEST(Clients, CodexIsToldByItsOptionsBeforeTheUsersOwn) {
  const auto command = command_for_client({"codex", "-c", "model=\"x\"", "exec", "hi"}, kUrl);
  EXPECT_THAT(command,
              ElementsAre("codex", "-c", "openai_base_url=\"http://127.0.0.1:7070/v1\"", "-c",
                          "model_provider=\"ringfence\"", "-c",
                          "model_providers.ringfence={name=\"Ringfence\",base_url=\"http://"
                          "127.0.0.1:7070/v1\",env_key=\"CODEX_API_KEY\",wire_api=\"responses\"}",
                          "-c", "web_search=\"disabled\"", "-c", "model=\"x\"", "exec", "hi"));
  EXPECT_THAT(command_for_client({"claude", "-c"}, kUrl), ElementsAre("claude", "-c"));
}

TEST(Clients, CodexSendsTheCredentialBesideItsUsersKey) {
  const auto command = command_for_client({"codex"}, kUrl, true);
  ASSERT_EQ(command.size(), 9U);
  EXPECT_THAT(command[6],
              HasSubstr(",env_key=\"OPENAI_API_KEY\",env_http_headers={\"x-ringfence-credential\"="
                        "\"RINGFENCE_TOKEN\"},wire_api=\"responses\"}"));
}

TEST(Clients, ThePageNamesEveryClientAndVariable) {
  const auto page = read_file("docs/clients.md", 1 << 20);
  ASSERT_TRUE(page.has_value()) << page.error().text();
  for (const KnownClient& client : known_clients()) {
    EXPECT_THAT(*page, HasSubstr("| " + std::string(client.name) + " |"));
    for (const ClientVariable& variable : client.variables) {
      EXPECT_THAT(*page, HasSubstr("`" + std::string(variable.name) + "`"));
    }
  }
  for (const OwnKeyWire& wire : own_key_wires()) {
    EXPECT_THAT(*page, HasSubstr("`" + std::string(wire.header_variable) + "`"));
  }
}

}  // namespace
}  // namespace ringfence
