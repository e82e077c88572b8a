// SPDX-License-Identifier: Apache-2.0
#include "policy/webhooks.h"

#include <gmock/gmock.h>

#include "policy/check.h"
#include "policy/policy.h"

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::shared_ptr<const Policy> compiled(std::string_view webhooks) {
  auto policy = Policy::compile("version: 1\nwebhooks:\n" + std::string(webhooks), "p.yaml");
  return policy ? *policy : nullptr;
}

std::string problems_of(std::string_view webhook) {
  const auto policy =
      Policy::compile("version: 1\nwebhooks: [{" + std::string(webhook) + "}]", "p.yaml");
  return policy ? "accepted" : policy.error().message;
}

constexpr std::string_view kFull = R"(
  - name: ops
    url: https://hooks.example.com:8443/ringfence/?team=a
    secret: {env: OPS_WEBHOOK_SECRET}
    previous_secret: {file: /etc/ringfence/old.key}
    events: [alert, halt.placed, policy]
    accounts: [acme, "acme/**", "lab/bot-*"]
    ca_file: /etc/ca.pem
  - {name: near, url: "http://127.0.0.1:9000", secret: {command: [pass, show, hook]},
     allow_private: true}
)";

TEST(Webhooks, AreReadAsWritten) {
  const auto policy = compiled(kFull);
  ASSERT_NE(policy, nullptr);
  ASSERT_EQ(webhooks_of(*policy).size(), 2U);
  const WebhookRule& ops = webhooks_of(*policy)[0];
  EXPECT_EQ(ops.name, "ops");
  EXPECT_EQ(ops.url, "https://hooks.example.com:8443/ringfence/?team=a");
  EXPECT_EQ(ops.secret.kind, KeySource::Kind::env);
  EXPECT_EQ(ops.secret.value, "OPS_WEBHOOK_SECRET");
  EXPECT_EQ(ops.previous_secret.kind, KeySource::Kind::file);
  EXPECT_EQ(ops.ca_file, "/etc/ca.pem");
  EXPECT_FALSE(ops.allow_private);
  EXPECT_EQ(ops.events.count(), 3U);
  EXPECT_TRUE(ops.wants(WebhookEvent::alert_fired));
  EXPECT_TRUE(ops.wants(WebhookEvent::halt_placed));
  EXPECT_FALSE(ops.wants(WebhookEvent::halt_lifted));
  EXPECT_TRUE(ops.wants(WebhookEvent::policy_adopted));
  const WebhookRule& near = webhooks_of(*policy)[1];
  EXPECT_EQ(near.url, "http://127.0.0.1:9000");
  EXPECT_THAT(near.secret.command, ElementsAre("pass", "show", "hook"));
  EXPECT_EQ(near.previous_secret.kind, KeySource::Kind::none);
  EXPECT_TRUE(near.allow_private);
  EXPECT_TRUE(near.events.all());
}

TEST(Webhooks, AccountsAreKeysOfAccounts) {
  const auto policy = compiled(kFull);
  ASSERT_NE(policy, nullptr);
  const WebhookAccounts& some = webhooks_of(*policy)[0].accounts;
  for (const std::string_view account : {"acme", "acme/a", "acme/a/b/c", "lab/bot-1"}) {
    EXPECT_TRUE(some.takes(account)) << account;
  }
  for (const std::string_view account : {"", "/", "acm", "acme2", "lab", "lab/bot-1/x", "other"}) {
    EXPECT_FALSE(some.takes(account)) << account;
  }
  const WebhookAccounts& all = webhooks_of(*policy)[1].accounts;
  for (const std::string_view account : {"", "/", "acme"}) EXPECT_TRUE(all.takes(account));
}

TEST(Webhooks, AreRefusedWithTheirPlace) {
  const std::string url = "url: \"https://a.org\", ";
  const std::string secret = "secret: {env: A}, ";
  const std::string good = "name: a, " + url + secret;
  EXPECT_EQ(problems_of(good), "accepted");
  const std::pair<std::string, std::string_view> cases[] = {
      {url + secret, "p.yaml:2:12: found no `name`"},
      {"name: a, " + secret, "found no `url`"},
      {"name: a, " + url, "found no `secret`"},
      {"name: \"a b\", " + url + secret, "expected a webhook's name"},
      {good + "event: [alert]", "unknown key `event` in a webhook; did you mean `events`?"},
      {good + "events: [alerts]", "found `alerts`; did you mean `alert`?"},
      {good + "events: [halt.place]", "found `halt.place`; did you mean `halt.placed`?"},
      {good + "events: []", "found no event"},
      {good + "events: alert", "expected a list of events"},
      {good + "accounts: []", "found 0 accounts"},
      {good + "accounts: [Acme]", "found `Acme`; expected / or a path"},
      {good + "ca_file: ca.pem", "expected an absolute path"},
      {good + "allow_private: maybe", "expected true or false"},
      {"name: a, url: \"http://a.org\", " + secret, "found a URL without TLS; expected https://"},
      {"name: a, url: \"https://127.0.0.1\", " + secret, "open internet (loopback)"},
      {"name: a, url: \"https://[::ffff:10.0.0.1]:8443/x\", " + secret, "(private)"},
      {"name: a, url: \"https://169.254.169.254/latest\", " + secret, "(link-local)"},
      {"name: a, url: \"ftp://a.org\", " + secret, "found no usable URL"},
      {"name: a, url: \"https://a.org/x#y\", " + secret, "found no usable URL"},
      {"name: a, url: \"https://a.org?x=a b\", " + secret, "found no usable URL"},
      {"name: a, url: \"https://?a.org\", " + secret, "found no usable URL"},
      {good + "previous_secret: {from: client}", "found other keys here"},
      {good + "}, {" + good, "found a second webhook `a`"},
  };
  for (const auto& [body, problem] : cases) {
    EXPECT_THAT(problems_of(body), HasSubstr(problem)) << body;
  }
  EXPECT_EQ(problems_of("name: a, allow_private: true, url: \"http://10.0.0.1\", " + secret),
            "accepted");
}

TEST(Webhooks, SecretsAreNotRepeated) {
  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  for (const std::string& body : {
           "name: a, url: \"https://a.org\", secret: " + secret,
           "name: a, url: \"https://a.org\", secret: {env: " + secret + "}",
           "name: a, url: \"https://a.org\", secret: {file: " + secret + "}",
           "name: a, url: \"https://a.org\", secret: {value: " + secret + "}",
           "name: a, url: \"https://a.org\", secret: {env: A}, previous_secret: " + secret,
           "name: a, url: \"https://me:" + secret + "@a.org\", secret: {env: A}",
           "name: a, url: \"ftp://a.org/?token=" + secret + "\", secret: {env: A}",
           "name: a, url: \"http://a.org/?token=" + secret + "\", secret: {env: A}",
       }) {
    const std::string report = problems_of(body);
    EXPECT_NE(report, "accepted") << body;
    EXPECT_THAT(report, Not(HasSubstr("MfKQ9r8"))) << body;
  }
}

TEST(Webhooks, AreShownWithoutTheirQuery) {
  const CheckReport report = check_policy("version: 1\nwebhooks:" + std::string(kFull), "p.yaml");
  EXPECT_THAT(report.summary,
              HasSubstr("webhooks: 2\n"
                        "  ops: 3 events to https://hooks.example.com:8443/ringfence/, of acme, "
                        "acme/**, lab/bot-*\n"
                        "  near: 15 events to http://127.0.0.1:9000, also on private networks\n"));
}

TEST(Webhooks, AreBounded) {
  std::string many;
  for (std::size_t i = 0; i <= kWebhooksMax; ++i) {
    many += "  - {name: a" + std::to_string(i) + ", url: \"https://a.org\", secret: {env: A}}\n";
  }
  EXPECT_EQ(compiled(many), nullptr);
  many.erase(0, many.find('\n') + 1);
  EXPECT_NE(compiled(many), nullptr);
}

}  // namespace
}  // namespace ringfence
