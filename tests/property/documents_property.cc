// SPDX-License-Identifier: Apache-2.0
// A further document can only narrow: random policies, each with and without one more document.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "policy/policy.h"

namespace ringfence {
namespace {

constexpr int kPolicies = 400;
constexpr int kQuestions = 120;

// Few words, so that rules meet.
class Documents {
 public:
  explicit Documents(std::uint32_t seed) : random_(seed) {}

  std::string document() {
    std::string text = "version: 1\n";
    if (chance(2)) {
      text += "roles:\n";
      for (const char* role : {"r0", "r1", "r2"})
        text += fmt::format("  {}: {}\n", role, role_of(role));
      text += "accounts:\n";
      text += entry("/") + entry("a") + entry("a/x") + entry("a/*") + entry("b/**");
    } else if (chance(2)) {
      text += fmt::format("accounts:\n  a: {{budgets: {}}}\n  b/**: {{budgets: {}}}\n", budgets(),
                          budgets());
    }
    if (chance(3)) text += "allow: " + rules() + "\n";
    if (chance(3)) text += "deny: " + rules() + "\n";
    if (chance(2)) {
      text += fmt::format(
          "limits:\n  - {{name: l{}, match: \"{}\", per: agent, calls: {}, window: day}}\n",
          ++limits_, pattern(), below(9));
    }
    return text;
  }
  // With a role for everybody: what a policy begins with.
  std::string base() {
    return fmt::format(
        "version: 1\nroles:\n  r0: {}\n  r1: {}\naccounts:\n  /: {{role: r0}}\n  a/*: {{role: "
        "r1}}\n  b/**: {{budgets: {}}}\n",
        role_of("r0"), role_of("r1"), budgets());
  }
  Operation operation() {
    std::string text = pattern();
    for (std::size_t star = text.find('*'); star != std::string::npos; star = text.find('*')) {
      text.replace(star, 1, pick({"s", "x", "q"}));
    }
    const auto parsed = Operation::parse(text);
    return parsed ? *parsed : *Operation::parse("tool:s/x");
  }
  Identity identity() {
    return {.user = pick({"", "u1", "u2"}), .team = pick({"", "t1"}), .org = {}, .session = {}};
  }
  std::string account() { return pick({"/", "a", "a/x", "a/y", "b/c", "b/c/d", "z"}); }

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  bool chance(std::uint32_t in) { return below(in) == 0; }
  std::string pick(std::initializer_list<const char*> words) {
    return *(words.begin() + below(static_cast<std::uint32_t>(words.size())));
  }

  std::string pattern() {
    return pick({"tool:s/x", "tool:s/*", "tool:*", "cmd:q:x", "cmd:q:*", "cmd:q", "cmd:*",
                 "tool:s/x*", "fs:r:/s/*", "*", "llm:s/x"});
  }
  std::string rule() {
    if (!chance(4)) return fmt::format("\"{}\"", pattern());
    return fmt::format("{{match: \"{}\", for: {{{}}}}}", pattern(),
                       pick({"user: u1", "team: t1", "user: [u1, u2]", "user: u2, team: t1"}));
  }
  std::string rules() {
    std::string list = "[";
    for (std::uint32_t i = below(4); i > 0; --i) list += rule() + ", ";
    return list + "]";
  }
  std::string role_of(std::string_view name) {
    const char* parent = name == "r2" ? "extends: r1, " : "";
    return fmt::format("{{{}allow: {}, deny: {}, danger: {}, run: {{max_age: {}h}}}}", parent,
                       rules(), rules(), chance(2) ? "[\"*\"]" : "[]", 1 + below(5));
  }
  std::string budgets() {
    return fmt::format("[{{usd: {}, window: {}}}]", below(20), pick({"day", "month"}));
  }
  std::string entry(std::string_view path) {
    if (chance(3)) return {};
    return fmt::format("  {}: {{role: r{}, budgets: {}}}\n", path, below(3), budgets());
  }

  std::mt19937 random_;
  int limits_ = 0;
};

std::optional<std::int64_t> cap_of(const AccountRules& rules, const WallRule& wall) {
  for (const WallRule& each : rules.budgets) {
    if (each.unit == wall.unit && each.window == wall.window) return each.cap;
  }
  return std::nullopt;
}

// What an account's role there says, whoever stated it.
std::optional<RoleId> role_at(const Policy& policy, std::string account) {
  for (;;) {
    if (const auto role = policy.account(account).role) return role;
    if (account == "/") return std::nullopt;
    const std::size_t slash = account.rfind('/');
    account = slash == std::string::npos ? "/" : account.substr(0, slash);
  }
}

TEST(Documents, AFurtherOneOnlyNarrows) {
  int allowed = 0;
  int narrowed = 0;
  for (std::uint32_t seed = 1; seed <= kPolicies; ++seed) {
    Documents make(seed);
    std::string text = make.base();
    for (std::uint32_t i = seed % 3; i > 0; --i) text += "---\n" + make.document();
    const auto before = Policy::compile(text, "before");
    const std::string more = text + "---\n" + make.document();
    const auto after = Policy::compile(more, "after");
    ASSERT_TRUE(before && after) << (before ? after.error().text() : before.error().text()) << more;
    for (int i = 0; i < kQuestions; ++i) {
      const std::string account = make.account();
      const Operation operation = make.operation();
      const Identity identity = make.identity();
      SCOPED_TRACE(fmt::format("seed {}: {} {}\n{}", seed, account, operation.text(), more));
      const auto old_role = role_at(**before, account);
      const auto new_role = role_at(**after, account);
      ASSERT_TRUE(old_role);
      ASSERT_TRUE(new_role) << "a role is never taken away, only what it allows";
      const bool was = (*before)->check(*old_role, operation, identity).allowed;
      const bool is = (*after)->check(*new_role, operation, identity).allowed;
      ASSERT_TRUE(was || !is) << "allowed by more documents, not by fewer";
      allowed += is ? 1 : 0;
      narrowed += was && !is ? 1 : 0;

      const AccountRules old_rules = (*before)->account(account);
      const AccountRules new_rules = (*after)->account(account);
      ASSERT_TRUE(old_rules.known || !new_rules.known);
      ASSERT_TRUE(old_rules.unlimited || !new_rules.unlimited);
      for (const WallRule& wall : old_rules.budgets) {
        const auto cap = cap_of(new_rules, wall);
        ASSERT_TRUE(cap && *cap <= wall.cap) << "a wall is kept, or stricter";
      }
      ASSERT_LE((*after)->run_rule(*new_role).max_age, (*before)->run_rule(*old_role).max_age);
      std::vector<std::uint32_t> old_limits;
      std::vector<std::uint32_t> new_limits;
      (*before)->match_limits(operation, old_limits);
      (*after)->match_limits(operation, new_limits);
      ASSERT_LE(old_limits.size(), new_limits.size());
    }
  }
  // Else this would show nothing.
  EXPECT_GT(allowed, kPolicies * kQuestions / 50);
  EXPECT_GT(narrowed, kPolicies * kQuestions / 100);
}

}  // namespace
}  // namespace ringfence
