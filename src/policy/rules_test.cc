// SPDX-License-Identifier: Apache-2.0
// Allow and deny: which rule decides. Cases P of the acceptance list that need no shell parsing.
#include <gtest/gtest.h>

#include "policy/policy.h"

namespace ringfence {
namespace {

class Role {
 public:
  explicit Role(std::string_view rules) {
    const auto compiled = Policy::compile(
        "version: 1\nkinds: [deploy]\naccounts: {a: {role: r}}\nroles:\n  base: {}\n  r: " +
            std::string(rules),
        "p.yaml");
    EXPECT_TRUE(compiled) << compiled.error().message;
    if (!compiled) return;
    policy_ = *compiled;
    role_ = *policy_->account("a").role;
  }
  bool allows(std::string_view operation) const { return check(operation).allowed; }
  Verdict check(std::string_view operation) const {
    const auto parsed = Operation::parse(operation);
    EXPECT_TRUE(parsed) << operation;
    return policy_->check(role_, *parsed, {});
  }

 private:
  std::shared_ptr<const Policy> policy_;
  RoleId role_;
};

TEST(Rules, NothingIsAllowedUnlessNamed) {
  const Role role("{}");
  EXPECT_FALSE(role.allows("llm:a/b"));
  EXPECT_EQ(role.check("llm:a/b").rule, "");
  const Role all("{allow: [\"*\"]}");
  EXPECT_TRUE(all.allows("deploy:x"));
  EXPECT_TRUE(all.allows("unheard-of:x"));
}

TEST(Rules, StatusWithAndWithoutArguments) {
  const Role exact("{allow: [\"cmd:git:status\"]}");
  EXPECT_TRUE(exact.allows("cmd:git:status"));
  EXPECT_FALSE(exact.allows("cmd:git:status:-s"));
  const Role both("{allow: [\"cmd:git:status:*\"]}");
  EXPECT_TRUE(both.allows("cmd:git:status"));
  EXPECT_TRUE(both.allows("cmd:git:status:-s"));
}

TEST(Rules, ADenyInsideAnAllow) {
  const Role npm("{allow: [\"cmd:npm:*\"], deny: [\"cmd:npm:install:*\"]}");
  EXPECT_TRUE(npm.allows("cmd:npm:test"));
  EXPECT_FALSE(npm.allows("cmd:npm:install"));
  EXPECT_FALSE(npm.allows("cmd:npm:install:left-pad"));
  EXPECT_EQ(npm.check("cmd:npm:install:x").rule, "cmd:npm:install:*");
}

TEST(Rules, AnAllowInsideADeny) {
  const Role git("{deny: [\"cmd:git\"], allow: [\"cmd:git:status\"]}");
  EXPECT_TRUE(git.allows("cmd:git:status"));
  EXPECT_EQ(git.check("cmd:git:status").rule, "cmd:git:status");
  EXPECT_FALSE(git.allows("cmd:git:add"));
  EXPECT_FALSE(git.allows("cmd:git:status:-s"));
}

TEST(Rules, TheDenyWinsUnlessTheAllowIsNarrower) {
  // The same set, in whatever form.
  EXPECT_FALSE(Role("{allow: [\"cmd:git:*\"], deny: [\"cmd:git\"]}").allows("cmd:git:status"));
  EXPECT_FALSE(Role("{allow: [\"llm:a/*\"], deny: [\"llm:a\"]}").allows("llm:a/b"));
  EXPECT_FALSE(Role("{allow: [\"llm:a/b\"], deny: [\"llm:a/b\"]}").allows("llm:a/b"));
  EXPECT_FALSE(
      Role("{allow: [\"net:w:a.org\"], deny: [\"net:w:a.org\"]}").allows("net:w:a.org:443"));
  EXPECT_FALSE(Role("{allow: [\"*\"], deny: [\"*\"]}").allows("llm:a/b"));
  // Neither within the other.
  EXPECT_FALSE(Role("{allow: [\"tool:*/get\"], deny: [\"tool:a/*\"]}").allows("tool:a/get"));
  // Narrower.
  EXPECT_TRUE(
      Role("{allow: [\"net:w:a.org:443\"], deny: [\"net:w:a.org\"]}").allows("net:w:a.org:443"));
  EXPECT_TRUE(Role("{allow: [\"tool:a/get_*\"], deny: [\"tool:a\"]}").allows("tool:a/get_x"));
  EXPECT_TRUE(Role("{allow: [\"cmd:*\"], deny: [\"*\"]}").allows("cmd:ls"));
  // A narrower allow beats one deny, not another.
  const Role two(
      "{allow: [\"tool:a/get_x\"], deny: [\"tool:a/get_*\", \"tool:*/*_x\", \"tool:a/get_x\"]}");
  EXPECT_FALSE(two.allows("tool:a/get_x"));
  EXPECT_EQ(two.check("tool:a/get_x").rule, "tool:a/get_x");
}

TEST(Rules, ADenyHoldsInEverySpelling) {
  const Role role(
      "{allow: [\"tool:mail/*\", \"cmd:git:*\"], deny: [\"tool:mail/send\", \"cmd:git:push\"]}");
  EXPECT_FALSE(role.allows("tool:mail/Send"));
  EXPECT_FALSE(role.allows("tool:mail/SEND"));
  EXPECT_FALSE(role.allows("cmd:GIT:Push"));
  EXPECT_FALSE(role.allows("cmd:/usr/bin/git:push:origin:--force"));
  // No substrings.
  EXPECT_TRUE(role.allows("tool:mail/send_later"));
  EXPECT_TRUE(role.allows("cmd:git:log:push"));
  // An allow in another case is not narrower than the deny.
  const Role spelled("{allow: [\"tool:mail/Send\"], deny: [\"tool:mail/send\"]}");
  EXPECT_FALSE(spelled.allows("tool:mail/Send"));
}

TEST(Rules, DenyingAProgramDeniesItAsAProgramOnly) {
  const Role role("{allow: [\"cmd:*\"], deny: [\"cmd:sh\"]}");
  EXPECT_FALSE(role.allows("cmd:sh"));
  EXPECT_FALSE(role.allows("cmd:sh:-c:ls"));
  EXPECT_FALSE(role.allows("cmd:%2Fbin%2Fsh"));
  EXPECT_FALSE(role.allows("cmd:/bin/SH:-c:ls"));
  EXPECT_TRUE(role.allows("cmd:grep:sh:file"));
}

TEST(Rules, ListsOfAllAncestorsCount) {
  const auto compiled = Policy::compile(R"(
version: 1
accounts: {a: {role: c}}
roles:
  a: {allow: ["tool:x/*"], deny: ["tool:x/drop"]}
  b: {extends: a, allow: ["tool:y/*"]}
  c: {extends: b, allow: ["tool:x/drop", "tool:z/*"], deny: ["tool:y/drop"]}
)",
                                        "p.yaml");
  ASSERT_TRUE(compiled) << compiled.error().message;
  const RoleId role = *(*compiled)->account("a").role;
  const auto allowed = [&](std::string_view text) {
    return (*compiled)->check(role, *Operation::parse(text), {}).allowed;
  };
  EXPECT_TRUE(allowed("tool:x/get"));
  EXPECT_TRUE(allowed("tool:y/get"));
  EXPECT_TRUE(allowed("tool:z/get"));
  EXPECT_FALSE(allowed("tool:x/drop"));  // a child cannot allow what its parent denies
  EXPECT_FALSE(allowed("tool:y/drop"));
}

TEST(Rules, TooManyMatchingRulesDeny) {
  std::string rules = "{allow: [";
  for (int i = 1; i <= 400; ++i) rules += "\"tool:a/*" + std::string(i, 'x') + "*\",";
  rules += "], deny: [";
  for (int i = 1; i <= 400; ++i) rules += "\"tool:a*/*" + std::string(i, 'x') + "*\",";
  rules += "]}";
  const Role role(rules);
  const Verdict verdict = role.check("tool:a/" + std::string(500, 'x'));
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.gate, Gate::unreadable);
}

TEST(Rules, AHundredThousandRules) {
  std::string rules = "{allow: [";
  for (int i = 0; i < 100'000; ++i)
    rules += "tool:s" + std::to_string(i % 100) + "/t" + std::to_string(i) + ",";
  rules += "], deny: [tool:s7/t7]}";
  const Role role(rules);
  EXPECT_TRUE(role.allows("tool:s99/t99999"));
  EXPECT_FALSE(role.allows("tool:s98/t99999"));
  EXPECT_FALSE(role.allows("tool:s7/t7"));
}

}  // namespace
}  // namespace ringfence
