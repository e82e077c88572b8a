// SPDX-License-Identifier: Apache-2.0
// docs/webhooks.md is executed: each of its examples is what is sent of one event here.
#include "webhook/payload.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "base/json.h"

namespace ringfence::webhook {
namespace {

constexpr std::int64_t kCent = 10'000'000;  // nano-USD

// By its type, from the blocks of the page.
std::map<std::string, Json> examples() {
  const std::ifstream file("docs/webhooks.md");  // tests run from the top of the tree
  std::stringstream text;
  text << file.rdbuf();
  const std::string page = text.str();
  const std::string fence = "```json\n";
  std::map<std::string, Json> found;
  for (std::size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
    at += fence.size();
    const auto json = Json::parse(page.substr(at, page.find("```", at) - at));
    if (json && json->find("type")) found.emplace(*json->find("type")->string(), *json);
  }
  return found;
}

Amounts usd(std::int64_t cents) {
  Amounts amounts;
  amounts.set(kUsd, cents * kCent);
  return amounts;
}

HoldResolved resolved(HoldState state, std::string operation, std::int64_t cents) {
  HoldResolved e;
  e.hold = HoldId{3};
  e.state = state;
  e.account = "acme/research/r_1";
  e.operation = std::move(operation);
  e.charged = usd(cents);
  return e;
}

Halted placed() { return {"h_1", "acme/research", "", "ada", "runaway", false}; }

std::optional<Halted> known_halt(const std::string& id) {
  return id == "h_1" ? std::optional(placed()) : std::nullopt;
}

// One event of each kind, as the page tells of them.
std::vector<EventBody> bodies() {
  const std::string wall_key = "acme/research|budget|usd|month";
  WallState wall{.name = "budget",
                 .account = "acme",
                 .unit = "usd",
                 .window = {.kind = WindowKind::month, .span = {}},
                 .cap = 50'000 * kCent,
                 .settled = 49'950 * kCent,
                 .held = 25 * kCent,
                 .need = 75 * kCent,
                 .resets_at = *parse_rfc3339("2026-12-01T00:00:00Z"),
                 .scale = unit_scale(kUsd)};
  Refused refused;
  refused.run_id = "r_1";
  refused.account = "acme/research/r_1";
  refused.operation = "llm:openai/gpt-4o";
  refused.sentence = "a sentence";
  refused.decision_id = "d_1_9";
  refused.reason = Reason::exhausted;
  refused.wall = wall;
  HoldResolved over = resolved(HoldState::overrun, "cmd:git:push:SECRET", 30);
  over.charged.set(kCalls, 1);
  over.claimed = usd(5);
  HoldResolved implausible = resolved(HoldState::settled, "llm:openai/gpt-4o", 20);
  implausible.implausible = true;
  HoldResolved claimed = resolved(HoldState::settled, "tool:mail/send", 25);
  claimed.claimed = usd(30);
  claimed.late = claimed.uncertain = true;
  PolicyAdopted policy;
  policy.sha256 = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
  policy.document = "version: 1";
  policy.version = 2;
  policy.actor = "ada";
  policy.source = PolicySource::api;
  ApprovalRequested asked;
  asked.approval = "ap_13";
  asked.run_id = "r_1";
  asked.account = "acme/research/r_1";
  asked.operation = "tool:mail/send";
  asked.need = usd(150);
  asked.expires_at = *parse_rfc3339("2026-11-21T17:00:00Z");
  asked.decision_id = "d_1";
  ApprovalGiven given;
  given.approval = "ap_13";
  given.run_id = "r_1";
  given.account = "acme/research/r_1";
  given.actor = "ada";
  ApprovalRefused declined;
  declined.approval = "ap_13";
  declined.run_id = "r_1";
  declined.account = "acme/research/r_1";
  declined.cause = "timeout";
  std::vector<EventBody> all;
  all.emplace_back(AlertFired{MeterId{7}, "budget", "usd", "acme/research", 25'000 * kCent,
                              25'120 * kCent, 50'000 * kCent});
  all.emplace_back(refused);
  all.emplace_back(Paused{"acme/research", "budget", wall_key, "", ""});
  all.emplace_back(Resumed{"acme/research", "budget", wall_key, "", ""});
  all.emplace_back(placed());
  all.emplace_back(HaltLifted{"h_1", "ada", "mended"});
  all.emplace_back(Paused{"acme/research", "operator", "", "ada", "lunch"});
  all.emplace_back(Resumed{"acme/research", "operator", "", "ada", ""});
  all.emplace_back(over);
  all.emplace_back(implausible);
  all.emplace_back(claimed);
  all.emplace_back(policy);
  all.emplace_back(asked);
  all.emplace_back(given);
  all.emplace_back(declined);
  return all;
}

std::string told(const EventBody& body, std::uint64_t seq) {
  const Event event{seq, *parse_rfc3339("2026-11-21T16:00:00Z"), body};
  return payload_of(event, UnitTable(), known_halt);
}

TEST(WebhookPayload, IsOfEachTypeWhatThePageShows) {
  const auto page = examples();
  ASSERT_EQ(page.size(), kWebhookEvents);
  std::uint64_t seq = 0;
  for (const EventBody& body : bodies()) {
    const auto kind = kind_of(body);
    ASSERT_TRUE(kind) << seq;
    EXPECT_EQ(static_cast<std::size_t>(*kind), seq) << "the page has them in their order";
    const auto example = page.find("ringfence." + std::string(to_string(*kind)));
    ASSERT_NE(example, page.end()) << to_string(*kind);
    EXPECT_EQ(told(body, ++seq), example->second.text());
  }
  EXPECT_EQ(seq, kWebhookEvents);
}

TEST(WebhookPayload, NothingIsToldOfOtherEvents) {
  Refused denied;
  denied.reason = Reason::denied;
  std::vector<EventBody> others;
  others.emplace_back(Started{});
  others.emplace_back(RunStarted{});
  others.emplace_back(HoldOpened{});
  others.emplace_back(denied);
  others.emplace_back(RefusedAgain{});
  others.emplace_back(Raised{});
  others.emplace_back(resolved(HoldState::settled, "llm:a/b", 1));
  for (const EventBody& body : others) EXPECT_EQ(kind_of(body), std::nullopt) << event_type(body);
}

TEST(WebhookPayload, OfAnOperationArgumentsAreLeftOut) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"cmd:curl:-H:secret", "cmd:curl"},
      {"cmd:git", "cmd:git"},
      {"fs:w:/home/ada/plan", "fs:w"},
      {"tool:mail/send", "tool:mail/send"},
      {"llm:openai/gpt-4o", "llm:openai/gpt-4o"},
      {"net:w:api.acme.com:443", "net:w:api.acme.com:443"},
      {"deploy:prod:secret", "deploy:prod"},
      {"agent:spawn", "agent:spawn"},
      {"*", "*"},
      {"cmd:", "cmd:"},
      {"", ""}};
  for (const auto& [operation, bare] : rows)
    EXPECT_EQ(bare_operation(operation), bare) << operation;
}

TEST(WebhookPayload, SaysWhereItCounts) {
  EXPECT_EQ(
      account_of(AlertFired{.meter = {}, .wall = {}, .unit = {}, .subject = "acme"}, known_halt),
      "acme");
  EXPECT_EQ(account_of(placed(), known_halt), "acme/research");
  EXPECT_EQ(account_of(HaltLifted{"h_1", "", ""}, known_halt), "acme/research");
  EXPECT_EQ(account_of(HaltLifted{"h_2", "", ""}, known_halt), "");
  EXPECT_EQ(account_of(PolicyAdopted{}, known_halt), "");
}

// An order of which no more is known still says that it is lifted.
TEST(WebhookPayload, AnOrderThatIsNotKnownIsNamed) {
  const std::string text = told(HaltLifted{"h_2", "ada", ""}, 9);
  EXPECT_NE(text.find(R"("data":{"seq":9,"halt":"h_2","actor":"ada"})"), std::string::npos) << text;
}

}  // namespace
}  // namespace ringfence::webhook
