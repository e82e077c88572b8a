// SPDX-License-Identifier: Apache-2.0
// What processes may take: read, inherited, and of several documents the smallest of each.
#include "policy/environment.h"

#include <gmock/gmock.h>

#include <array>

#include "policy/policy.h"

namespace ringfence {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

// Of the accounts under a/.
EnvironmentRule env_of(std::string_view text) {
  const auto policy = Policy::compile(text, "p.yaml");
  EXPECT_TRUE(policy) << policy.error().message;
  return policy ? (*policy)->run_rule(*(*policy)->account("a/x").role).env : EnvironmentRule{};
}

TEST(Environment, IsReadExactly) {
  const EnvironmentRule env = env_of(R"(
version: 1
accounts: {a/*: {role: bot}}
roles: {bot: {run: {env: {memory: 512MiB, cpu: "1.5", pids: 64, timeout: 5s}}}}
)");
  EXPECT_EQ(env.memory_bytes, 512 * kMiB);
  EXPECT_EQ(env.cpu_millis, 1'500);
  EXPECT_EQ(env.pids, 64);
  EXPECT_EQ(env.timeout, Duration::seconds(5));
  EXPECT_TRUE(env_of("version: 1\naccounts: {a/*: {role: b}}\nroles: {b: {}}\n").empty());
}

TEST(Environment, AChildOverridesWhatItStates) {
  const EnvironmentRule env = env_of(R"(
version: 1
accounts: {a/*: {role: child}}
roles:
  base: {run: {env: {memory: 1GiB, pids: 64}}}
  child: {extends: base, run: {env: {pids: 8}}}
)");
  EXPECT_EQ(env.memory_bytes, 1024 * kMiB);
  EXPECT_EQ(env.pids, 8);
}

// Cases L10 and mlld 1: layers of 30, 15 and 5 seconds are 5, in whatever order.
TEST(Environment, OfSeveralDocumentsTheSmallestOfEachHolds) {
  const std::string layers[] = {"{timeout: 30s, memory: 1GiB, pids: 10}", "{timeout: 15s}",
                                "{timeout: 5s, memory: 2GiB, cpu: 2}"};
  for (const auto& order : {std::array{0, 1, 2}, std::array{2, 1, 0}, std::array{1, 2, 0}}) {
    std::string text;
    for (const int layer : order) {
      text += "---\nversion: 1\naccounts: {a/*: {role: bot}}\nroles: {bot: {run: {env: " +
              layers[layer] + "}}}\n";
    }
    const EnvironmentRule env = env_of(text);
    EXPECT_EQ(env.timeout, Duration::seconds(5));
    EXPECT_EQ(env.memory_bytes, 1024 * kMiB);
    EXPECT_EQ(env.cpu_millis, 2'000);
    EXPECT_EQ(env.pids, 10);
  }
}

TEST(Environment, WhatIsNoAmountIsRefused) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"memory: 1.5GiB", "an amount of memory such as 512MiB"},
      {"memory: 1KiB", "from 1MiB"},
      {"memory: -1", "an amount of memory"},
      {"memory: 99999999TiB", "an amount of memory"},
      {"memory: [1]", "an amount of memory"},
      {"cpu: 0", "a number of cores such as 1.5"},
      {"cpu: 1.0001", "a number of cores"},
      {"cpu: many", "a number of cores"},
      {"pids: 0", "how many processes"},
      {"timeout: 0s", "from 1s to 30d"},
      {"memroy: 1GiB", "did you mean `memory`?"},
  };
  for (const auto& [env, expected] : cases) {
    const auto policy = Policy::compile(
        "version: 1\nroles: {a: {run: {env: {" + std::string(env) + "}}}}\n", "p.yaml");
    ASSERT_FALSE(policy) << env;
    EXPECT_THAT(policy.error().message, HasSubstr("p.yaml:2:"));
    EXPECT_THAT(policy.error().message, HasSubstr(expected)) << env;
  }
}

}  // namespace
}  // namespace ringfence
