// SPDX-License-Identifier: Apache-2.0
// A whole document, compiled and asked.
#include "policy/policy.h"

#include <gmock/gmock.h>

namespace ringfence {
namespace {

using testing::ElementsAre;

const Time kNow = *parse_rfc3339("2026-11-21T00:00:00Z");

constexpr std::string_view kDocument = R"yaml(
version: 1
currency: USD
timezone: Europe/Berlin
kinds: [ticket]
units:
  emails: {count: [{match: "tool:mail/*", add: 1}, {match: "tool:mail/send_bulk", add: 100},
                   {match: "tool:mail/send_*", add: 2}]}
providers:
  openai: {wire: openai, base_url: https://api.openai.com/v1/, key: {env: OPENAI_API_KEY}}
  other:  {wire: openai, base_url: "http://127.0.0.1:8080/v1", key: {file: /etc/other.key},
           admission: strict, cap_field: max_tokens, unknown_fields: pass, timeout: 90s,
           ca_file: /etc/ca.pem}
  local:  {wire: openai, base_url: "http://127.0.0.1:11434/v1", free: true}
prices:
  openai/GPT-test: {input: 2.50, cached_input: "1.25", output: "10.00", context: 128000,
                    max_output: 16384}
  openai/shared: {input: "0.000001", output: "0", context: 1000, max_output: 100}
  other/shared: {call: "0.01"}
  other/vendor/model:v1: {call: "0.01"}
  local/llama-*: {context: 8192, max_output: 2048}
  tool:github/search: {call: "0.005"}
  tool:github/*: {call: "0.001"}
accounts:
  /:                        {budgets: [{usd: "2000", window: month}]}
  acme:                     {budgets: [{usd: "500", window: month, alerts: ["50%", "80%"]}]}
  acme/research/*:          {budgets: [{usd: "9.00", window: month}, {emails: 5, window: day}]}
  acme/research/reviewer-*: {role: reviewer}
  acme/research/coder-*:    {role: coder}
  lab/**:                   {unlimited: true}
  empty:
roles:
  reviewer:
    budgets: [{usd: "5.00", window: month, expected: "2.50", on_exhausted: pause}]
    run: {lease: 5m, max_age: 2h, budgets: [{usd: "0.50"}, {calls: 200}]}
    allow: ["llm:openai/*", "tool:github/get_*", "net:r:api.github.com"]
  coder:
    extends: reviewer
    budgets: [{usd: "40.00", window: month, expected: "20.00"}, {concurrent: 3}]
    run: {max_age: 3h, budgets: [{calls: 400}]}
    allow: ["cmd:git:*", "cmd:npm:test", "tool:github/*"]
    deny:  ["cmd:git:push:*"]
limits:
  - {name: llm-per-run,  match: "llm:*",   per: run, calls: 100, usd: "5.00"}
  - {name: net-writes,   match: "net:w:*", calls: 50}
  - {name: burst, match: "*", per: agent, calls: 600, window: {rolling: 1m}, on_exceed: warn}
  - {name: parallel-llm, match: "llm:*",   per: agent, concurrent: 8}
  - {name: mail, match: "tool:mail/*", per: account, account: acme, emails: 50, window: day,
     floor: 3}
)yaml";

class PolicyTest : public testing::Test {
 protected:
  void SetUp() override {
    auto compiled = Policy::compile(kDocument, "policy.yaml");
    ASSERT_TRUE(compiled) << compiled.error().message;
    policy_ = *compiled;
  }
  static Operation operation(std::string_view text) { return *Operation::parse(text); }
  std::vector<std::string> matching_limits(std::string_view text) const {
    std::vector<std::uint32_t> indexes;
    policy_->match_limits(operation(text), indexes);
    std::vector<std::string> names;
    for (const std::uint32_t index : indexes) names.push_back(policy_->limits()[index].wall.name);
    return names;
  }
  std::shared_ptr<const Policy> policy_;
};

TEST_F(PolicyTest, Head) {
  EXPECT_EQ(policy_->text(), kDocument);
  EXPECT_EQ(policy_->sha256_hex().size(), 64U);
  EXPECT_EQ(policy_->currency(), "USD");
  EXPECT_EQ(policy_->zone().name(), "Europe/Berlin");
  EXPECT_TRUE(policy_->units().find("emails"));
}

TEST_F(PolicyTest, AccountsMergeEntriesAndRole) {
  const AccountRules reviewer = policy_->account("acme/research/reviewer-7");
  EXPECT_TRUE(reviewer.known);
  ASSERT_TRUE(reviewer.role);
  EXPECT_EQ(policy_->role_name(*reviewer.role), "reviewer");
  ASSERT_EQ(reviewer.budgets.size(), 2U);
  const WallRule& usd = reviewer.budgets[0];  // 5.00 of the role is below 9.00 of the pattern
  EXPECT_EQ(usd.name, "budget");
  EXPECT_EQ(usd.cap, 5'000'000'000);
  EXPECT_EQ(usd.floor, 50'000'000);
  EXPECT_EQ(usd.on_exceed, OnExceed::pause);
  EXPECT_EQ(usd.window.kind, WindowKind::month);
  ASSERT_EQ(usd.alerts.size(), 1U);
  EXPECT_EQ(usd.alerts[0].amount, 2'500'000'000);

  const AccountRules coder = policy_->account("acme/research/coder-1");
  ASSERT_EQ(coder.budgets.size(), 3U);
  EXPECT_EQ(coder.budgets[0].cap, 9'000'000'000);
  EXPECT_EQ(coder.budgets[2].unit, kConcurrent);
  EXPECT_EQ(coder.budgets[2].window.kind, WindowKind::none);

  EXPECT_TRUE(policy_->account("/").known);
  EXPECT_TRUE(policy_->account("acme/research").known);
  EXPECT_TRUE(policy_->account("empty").known);
  EXPECT_FALSE(policy_->account("acme/sales").known);
  EXPECT_FALSE(policy_->account("nobody").known);
  EXPECT_TRUE(policy_->account("lab").known);
  EXPECT_FALSE(policy_->account("lab").unlimited);
  EXPECT_TRUE(policy_->account("lab/a").unlimited);
  EXPECT_TRUE(policy_->account("lab/a/b/c").unlimited);
  EXPECT_FALSE(policy_->account("acme/research/other-1").role);
}

TEST_F(PolicyTest, RunRulesAreInherited) {
  const RunRule& run = policy_->run_rule(*policy_->account("acme/research/coder-1").role);
  EXPECT_EQ(run.lease, Duration::minutes(5));
  EXPECT_EQ(run.max_age, Duration::hours(3));
  ASSERT_EQ(run.budgets.size(), 2U);
  EXPECT_EQ(run.budgets[0].cap, 500'000'000);
  EXPECT_EQ(run.budgets[0].window.kind, WindowKind::run);
  EXPECT_EQ(run.budgets[1].cap, 400);
}

TEST_F(PolicyTest, ChecksFollowTheChainOfRoles) {
  const RoleId coder = *policy_->account("acme/research/coder-1").role;
  EXPECT_TRUE(policy_->check(coder, operation("llm:openai/gpt-test"), {}).allowed);
  EXPECT_TRUE(policy_->check(coder, operation("cmd:git:status"), {}).allowed);
  const Verdict push = policy_->check(coder, operation("cmd:git:push:origin"), {});
  EXPECT_FALSE(push.allowed);
  EXPECT_EQ(push.rule, "cmd:git:push:*");
  EXPECT_EQ(policy_->check(coder, operation("cmd:rm:x"), {}).rule, "");
}

TEST_F(PolicyTest, Limits) {
  EXPECT_THAT(matching_limits("llm:openai/gpt-test"),
              ElementsAre("llm-per-run", "llm-per-run", "burst", "parallel-llm"));
  EXPECT_THAT(matching_limits("net:w:example.org:443"), ElementsAre("net-writes", "burst"));
  EXPECT_THAT(matching_limits("net:r:example.org"), ElementsAre("burst"));
  const LimitRule& mail = policy_->limits().back();
  EXPECT_EQ(mail.per, Per::account);
  EXPECT_EQ(mail.account, "acme");
  EXPECT_EQ(mail.wall.floor, 3);
  EXPECT_EQ(mail.wall.window.kind, WindowKind::day);
  const auto count = [&](std::string_view text) -> std::int64_t {
    const auto counted = *policy_->declared_count(mail.wall.unit, operation(text), nullptr);
    return counted ? counted->count : -1;
  };
  EXPECT_EQ(count("tool:mail/send"), 1);
  EXPECT_EQ(count("tool:mail/send_bulk"), 100);
  EXPECT_EQ(count("tool:web/get"), -1);
}

TEST_F(PolicyTest, Prices) {
  const Price* price = policy_->price(operation("llm:openai/gpt-test"), kNow);
  ASSERT_NE(price, nullptr);
  EXPECT_EQ(price->rates.get(Dimension::input), 2'500'000);
  EXPECT_EQ(price->rates.get(Dimension::cached_input), 1'250'000);
  EXPECT_EQ(price->rates.get(Dimension::output), 10'000'000);
  EXPECT_EQ(price->context_tokens, 128'000);
  EXPECT_EQ(
      policy_->price(operation("llm:openai/shared"), kNow)->rates.get(Dimension::cached_input), 1);
  EXPECT_EQ(policy_->price(operation("llm:openai/unknown"), kNow), nullptr);
  EXPECT_EQ(policy_->price(operation("llm:nobody/unknown"), kNow), nullptr);
  EXPECT_EQ(policy_->price(operation("tool:github/search"), kNow)->rates.get(Dimension::call),
            5'000'000'000);
  EXPECT_EQ(policy_->price(operation("tool:github/other"), kNow)->rates.get(Dimension::call),
            1'000'000'000);
  const Price* llama = policy_->price(operation("llm:local/llama-3"), kNow);
  ASSERT_NE(llama, nullptr);
  EXPECT_FALSE(llama->costs());
  EXPECT_EQ(llama->context_tokens, 8192);
  ASSERT_NE(policy_->price(operation("llm:local/any"), kNow), nullptr);
  EXPECT_FALSE(policy_->price(operation("llm:local/any"), kNow)->costs());
}

TEST_F(PolicyTest, Models) {
  EXPECT_EQ(policy_->resolve_model("openai/GPT-4O")->text(), "llm:openai/gpt-4o");
  EXPECT_EQ(policy_->resolve_model("gpt-TEST")->text(), "llm:openai/gpt-test");
  EXPECT_EQ(policy_->resolve_model("vendor/model:v1")->text(), "llm:other/vendor%2Fmodel%3Av1");
  EXPECT_EQ(policy_->resolve_model("other/vendor/model:v1")->text(),
            "llm:other/vendor%2Fmodel%3Av1");
  EXPECT_EQ(policy_->resolve_model("shared").error().code, ErrorCode::invalid);
  // The catalog's, at the provider that it knows, though a free one takes any model.
  EXPECT_EQ(policy_->resolve_model("gpt-4o-2024-11-20")->text(), "llm:openai/gpt-4o-2024-11-20");
  EXPECT_EQ(policy_->resolve_model("gpt-4o", "anthropic").error().code, ErrorCode::not_found);
  // Nobody has a price for it, but the free provider takes any model.
  EXPECT_EQ(policy_->resolve_model("qwen3:8b")->text(), "llm:local/qwen3%3A8b");
  EXPECT_FALSE(policy_->resolve_model(""));
  EXPECT_FALSE(policy_->resolve_model("a\nb"));
  std::vector<std::string> listed;
  for (const Operation& model : policy_->models()) listed.push_back(model.text());
  ASSERT_GT(listed.size(), 4U);
  EXPECT_THAT(std::vector<std::string>(listed.begin(), listed.begin() + 4),
              ElementsAre("llm:openai/gpt-test", "llm:openai/shared", "llm:other/shared",
                          "llm:other/vendor%2Fmodel%3Av1"));
  // Then the catalog's, each by its own name, and none that is going away.
  EXPECT_THAT(listed, testing::Contains("llm:openai/gpt-5"));
  EXPECT_THAT(listed, testing::Not(testing::Contains("llm:openai/gpt-4o-2024-11-20")));
  EXPECT_THAT(listed, testing::Not(testing::Contains(testing::StartsWith("llm:local/"))));
}

Operation parsed(std::string_view text) { return *Operation::parse(text); }

std::shared_ptr<const Policy> compiled(const std::string& body) {
  auto policy = Policy::compile("version: 1\n" + body, "p.yaml");
  EXPECT_TRUE(policy) << policy.error().message;
  return *policy;
}

constexpr const char* kTwoWires = R"yaml(providers:
  openai:    {wire: openai, base_url: "https://api.openai.com/v1"}
  azure:     {wire: openai, base_url: "https://a.example/v1", catalog: openai}
  beside:    {wire: anthropic, base_url: "https://b.example", catalog: openai}
  bare:      {wire: openai, base_url: "https://api.anthropic.com/v1", catalog: none}
  claude:    {wire: anthropic, base_url: "https://api.anthropic.com"}
)yaml";

TEST(CatalogPrices, FamilyOfAProvider) {
  const auto policy = compiled(kTwoWires);
  EXPECT_EQ(policy->provider("openai")->catalog, "openai");
  EXPECT_EQ(policy->provider("azure")->catalog, "openai");
  EXPECT_EQ(policy->provider("bare")->catalog, "");
  EXPECT_EQ(policy->provider("claude")->catalog, "anthropic");
  EXPECT_EQ(policy->price(parsed("llm:bare/claude-opus-5"), kNow), nullptr);
  EXPECT_EQ(policy->price(parsed("llm:claude/claude-opus-5"), kNow)->rates.get(Dimension::input),
            5'000'000);
  EXPECT_EQ(policy->price(parsed("llm:openai/claude-opus-5"), kNow), nullptr);
}

TEST(CatalogPrices, ANameOnTwoWiresIsOneNameOnEach) {
  const auto policy = compiled(kTwoWires);
  EXPECT_EQ(policy->resolve_model("gpt-4o").error().code, ErrorCode::invalid);
  EXPECT_EQ(policy->resolve_model("gpt-4o", "openai").error().code, ErrorCode::invalid);
  EXPECT_EQ(policy->resolve_model("gpt-4o", "anthropic")->text(), "llm:beside/gpt-4o");
  EXPECT_EQ(policy->resolve_model("gpt-4o", "gemini").error().code, ErrorCode::not_found);
}

TEST(CatalogPrices, ChangeOnTheirDay) {
  const auto policy = compiled(kTwoWires);
  const auto input = [&](const char* day) {
    const Time at = *parse_rfc3339(std::string(day) + "T00:00:00Z");
    return policy->price(parsed("llm:openai/o3"), at)->rates.get(Dimension::input);
  };
  EXPECT_EQ(input("2025-06-09"), 10'000'000);
  EXPECT_EQ(input("2025-06-10"), 2'000'000);
}

// Exact beats pattern beats catalog; sizes that an exact entry does not state are the catalog's.
TEST(CatalogPrices, TheDocumentOverrides) {
  const auto policy = compiled(std::string(kTwoWires) + R"yaml(prices:
  openai/gpt-4o: {input: "2.00", output: "8.00"}
  openai/gpt-5*: {input: "1.00", output: "4.00", hidden_output: none}
)yaml");
  const Price& exact = *policy->price(parsed("llm:openai/gpt-4o"), kNow);
  EXPECT_EQ(exact.rates.get(Dimension::input), 2'000'000);
  EXPECT_EQ(exact.rates.get(Dimension::cached_input), 2'000'000);
  EXPECT_TRUE(exact.cards.empty());
  EXPECT_EQ(exact.max_output_tokens, 16'384);
  EXPECT_EQ(exact.hidden_output, HiddenOutput::none);
  const Price& pattern = *policy->price(parsed("llm:openai/gpt-5"), kNow);
  EXPECT_EQ(pattern.rates.get(Dimension::output), 4'000'000);
  EXPECT_EQ(pattern.max_output_tokens, 0);
  EXPECT_EQ(pattern.hidden_output, HiddenOutput::none);
  EXPECT_EQ(policy->price(parsed("llm:openai/o3"), kNow)->rates.get(Dimension::input), 2'000'000);
}

TEST(CatalogPrices, TheWholeVocabulary) {
  const auto policy = compiled(R"yaml(prices:
  p/m:
    {input: "2", cached_input: "0.5", cache_write_5m: "2.5", cache_write_1h: "4", audio_input: "30",
     cached_audio_input: "3", image_input: "5", output: "8", reasoning: "9", audio_output: "60",
     image_output: "40", call: "0.1", web_search: "0.01", file_search: "0.0025",
     code_session: "0.03", context: 100, max_output: 10, hidden_output: some,
     tiers: [{above: 50, input: "4", output: "12"}],
     service_tiers: {flex: {input: "1", output: "4", tiers: [{above: 50, output: "6"}]}}}
)yaml");
  const Price& price = *policy->price(parsed("llm:p/m"), kNow);
  for_each_dimension([&](Dimension d) { EXPECT_GT(price.rates.get(d), 0) << to_string(d); });
  EXPECT_EQ(price.rates.get(Dimension::web_search), 10'000'000'000);
  EXPECT_EQ(price.hidden_output, HiddenOutput::some);
  ASSERT_EQ(price.cards.size(), 3U);
  EXPECT_EQ(price.cards[0].above_input_tokens, 50);
  EXPECT_EQ(price.cards[0].rates.get(Dimension::cached_input), 4'000'000);  // as its input
  EXPECT_EQ(price.cards[0].rates.get(Dimension::audio_input), 30'000'000);  // as the standard
  EXPECT_EQ(price.cards[1].service_tier, "flex");
  EXPECT_EQ(price.cards[1].rates.get(Dimension::reasoning), 4'000'000);
  EXPECT_EQ(price.cards[2].service_tier, "flex");
  EXPECT_EQ(price.cards[2].rates.get(Dimension::input), 1'000'000);
  EXPECT_EQ(price.cards[2].rates.get(Dimension::output), 6'000'000);
}

TEST_F(PolicyTest, Providers) {
  ASSERT_EQ(policy_->providers().size(), 3U);
  const Provider* openai = policy_->provider("openai");
  EXPECT_EQ(openai->base_url, "https://api.openai.com/v1");
  EXPECT_EQ(openai->key.kind, KeySource::Kind::env);
  EXPECT_EQ(openai->key.value, "OPENAI_API_KEY");
  EXPECT_EQ(openai->admission, Admission::clamp);
  const Provider* other = policy_->provider("other");
  EXPECT_EQ(other->key.kind, KeySource::Kind::file);
  EXPECT_EQ(other->admission, Admission::strict);
  EXPECT_TRUE(other->pass_unknown_fields);
  EXPECT_EQ(other->cap_field, "max_tokens");
  EXPECT_EQ(other->timeout, Duration::seconds(90));
  EXPECT_EQ(other->ca_file, "/etc/ca.pem");
  EXPECT_TRUE(policy_->provider("local")->free);
  EXPECT_EQ(policy_->provider("nobody"), nullptr);
}

}  // namespace
}  // namespace ringfence
