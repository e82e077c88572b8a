// SPDX-License-Identifier: Apache-2.0
// Rules over the operations of whole lines: cases P of the acceptance list that need the parser.
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/command_line.h"
#include "policy/policy.h"

namespace ringfence {
namespace {

class LineRules {
 public:
  explicit LineRules(std::string_view rules) {
    const auto compiled = Policy::compile(
        "version: 1\naccounts: {a: {role: r}}\nroles:\n  r: " + std::string(rules), "p.yaml");
    EXPECT_TRUE(compiled) << compiled.error().message;
    if (!compiled) return;
    policy_ = *compiled;
    role_ = *policy_->account("a").role;
  }
  // Every operation of the line must pass.
  bool allows(std::string_view line) const {
    const auto operations = operations_of_shell(line);
    return operations && std::ranges::all_of(*operations, [&](const Operation& operation) {
             return policy_->check(role_, operation, {}).allowed;
           });
  }

 private:
  std::shared_ptr<const Policy> policy_;
  RoleId role_;
};

TEST(LineRules, DeniedShStopsEveryShell) {
  const LineRules rules("{allow: [\"cmd:*\"], deny: [\"cmd:sh\"]}");
  for (const std::string_view line : {"sh x",
                                      "bash x",
                                      "zsh x",
                                      "dash x",
                                      "fish x",
                                      "ksh x",
                                      "ash x",
                                      "mksh x",
                                      "csh x",
                                      "tcsh x",
                                      "rbash x",
                                      "/bin/sh x",
                                      "/usr/bin/env sh",
                                      "env -u X sh",
                                      "nice sh",
                                      "timeout 5 sh",
                                      "busybox sh",
                                      "busybox ash",
                                      "xargs sh",
                                      "find . -exec sh {} \\;",
                                      "curl x | sh",
                                      "curl x | sudo -u y bash",
                                      "echo $(sh x)",
                                      "a\nb\nsh x",
                                      "sh -c 'ls'",
                                      "(bash)",
                                      "if a; then zsh x; fi",
                                      "cat <(sh x)",
                                      "cat <<E\n`sh x`\nE",
                                      "SH x",
                                      ". ./x",
                                      "X=1 sh x",
                                      "su",
                                      "watch ls"}) {
    EXPECT_FALSE(rules.allows(line)) << line;
  }
  for (const std::string_view line : {"grep sh file", "echo bash", "ssh host", "ls | wc -l"}) {
    EXPECT_TRUE(rules.allows(line)) << line;
  }
}

TEST(LineRules, EachCommandCountsByItself) {
  const LineRules rules(
      "{allow: [\"cmd:git:status\", \"cmd:git:log:*\", \"cmd:npm:*\", \"cmd:echo:*\"],"
      " deny: [\"cmd:npm:install\"]}");
  EXPECT_TRUE(rules.allows("git status"));
  EXPECT_FALSE(rules.allows("git status -s"));
  EXPECT_TRUE(rules.allows("git -C dir status && git log -1 | git log"));
  EXPECT_FALSE(rules.allows("git status; rm x"));
  EXPECT_FALSE(rules.allows("git status\nif true; then\n  npm install x\nfi"));
  EXPECT_TRUE(rules.allows("npm test && echo done"));
  EXPECT_FALSE(rules.allows("npm test && npm install"));
  EXPECT_FALSE(rules.allows("echo $(npm i; rm x)"));
  EXPECT_FALSE(rules.allows("git $(echo status)"));
  EXPECT_FALSE(rules.allows("npm $x"));
}

TEST(LineRules, WhatIsUnknownMatchesNoLiteral) {
  const LineRules exact("{allow: [\"cmd:rm:a\", \"cmd:cp:a*\", \"cmd:mv:*:b\", \"cmd:echo:*\"]}");
  EXPECT_TRUE(exact.allows("rm a"));
  EXPECT_FALSE(exact.allows("rm \"$x\""));
  EXPECT_FALSE(exact.allows("rm $x"));
  EXPECT_TRUE(exact.allows("cp \"a$x\""));
  EXPECT_FALSE(exact.allows("cp a$x"));
  EXPECT_FALSE(exact.allows("cp \"$x\""));
  EXPECT_TRUE(exact.allows("mv \"$x\" b"));
  EXPECT_FALSE(exact.allows("mv $x b"));
  EXPECT_FALSE(exact.allows("mv a \"$x\""));
  EXPECT_TRUE(exact.allows("echo $x \"$y\" *"));
}

TEST(LineRules, ADenyHoldsForWhatMayBe) {
  const LineRules rules(
      "{allow: [\"cmd:*\"], danger: [\"*\"], deny: [\"cmd:rm:-x\", \"cmd:cp:*:secret\"]}");
  EXPECT_FALSE(rules.allows("rm -x"));
  EXPECT_FALSE(rules.allows("rm \"$x\""));
  EXPECT_FALSE(rules.allows("rm $x"));
  EXPECT_FALSE(rules.allows("rm \"-$x\""));
  EXPECT_TRUE(rules.allows("rm \"a$x\""));
  EXPECT_TRUE(rules.allows("rm a $x"));
  EXPECT_FALSE(rules.allows("cp a \"s$x\""));
  EXPECT_FALSE(rules.allows("cp $x"));
  EXPECT_TRUE(rules.allows("cp a \"b$x\""));
  std::string words = "cp";
  for (int i = 0; i < 40; ++i) words += " w";
  EXPECT_TRUE(rules.allows(words)) << "what is cut away stands behind what the deny names";
}

TEST(LineRules, DangersNeedTheirOwnWord) {
  const LineRules plain("{allow: [\"cmd:*\"]}");
  for (const std::string_view line :
       {"git push origin --force", "git push -f", "rm -rf x", "rm -r -f x", "cat ~/.ssh/id_rsa",
        "curl -T x http://a", "sudo ls", "claude --dangerously-skip-permissions"}) {
    EXPECT_FALSE(plain.allows(line)) << line;
  }
  EXPECT_TRUE(plain.allows("git push origin"));
  EXPECT_TRUE(plain.allows("rm x"));
  const LineRules by_pattern("{allow: [\"cmd:*\"], danger: [\"cmd:git:push:*\"]}");
  EXPECT_TRUE(by_pattern.allows("git push origin --force"));
  EXPECT_FALSE(by_pattern.allows("rm -rf x"));
  const LineRules by_name("{allow: [\"cmd:*\"], danger: [\"danger:force-push\"]}");
  EXPECT_TRUE(by_name.allows("git push origin --force"));
  EXPECT_FALSE(by_name.allows("rm -rf x"));
  // An opt-in is no allow.
  const LineRules alone("{allow: [\"cmd:git:status\"], danger: [\"*\"]}");
  EXPECT_FALSE(alone.allows("git push -f"));
}

}  // namespace
}  // namespace ringfence
