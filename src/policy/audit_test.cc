// SPDX-License-Identifier: Apache-2.0
#include "policy/audit.h"

#include <gmock/gmock.h>

#include "policy/check.h"

namespace ringfence {
namespace {

using testing::HasSubstr;

constexpr std::string_view kVkey =
    "witness.example.org+2117e12c+BFDYWOCYXsx/YEGKrwzFq1h/QsJXCohAlanozKzQ9lRc";

std::string problems_of(std::string_view audit) {
  const auto policy = Policy::compile("version: 1\naudit: {" + std::string(audit) + "}", "p.yaml");
  return policy ? "accepted" : policy.error().message;
}

TEST(AuditSection, IsReadAsWritten) {
  const std::string text = R"(version: 1
audit:
  origin: audit.example.com/log
  anchor: /mnt/evidence/checkpoint
  witnesses:
    - {url: "https://witness.example.org/", vkey: ")" +
                           std::string(kVkey) + R"("}
  public: true
)";
  const auto policy = Policy::compile(text, "p.yaml");
  ASSERT_TRUE(policy) << policy.error().text();
  const AuditRule& rule = audit_of(**policy);
  EXPECT_EQ(rule.origin, "audit.example.com/log");
  EXPECT_EQ(rule.anchor, "/mnt/evidence/checkpoint");
  ASSERT_EQ(rule.witnesses.size(), 1U);
  EXPECT_EQ(rule.witnesses[0].url, "https://witness.example.org");
  EXPECT_EQ(rule.witnesses[0].vkey, kVkey);
  EXPECT_EQ(rule.quorum, 1) << "all of them, where it is not stated";
  EXPECT_TRUE(rule.public_entries);
  EXPECT_THAT(check_policy(text, "p.yaml").summary, HasSubstr(R"(audit: 5
  origin audit.example.com/log
  anchor /mnt/evidence/checkpoint
  1 of 1 witnesses must sign
  witness https://witness.example.org
  whoever asks may read the record
)"));
}

TEST(AuditSection, IsNotNeeded) {
  const auto policy = Policy::compile("version: 1\n", "p.yaml");
  ASSERT_TRUE(policy);
  const AuditRule& rule = audit_of(**policy);
  EXPECT_EQ(rule.origin, "");
  EXPECT_EQ(rule.anchor, "");
  EXPECT_EQ(rule.quorum, 0);
  EXPECT_FALSE(rule.public_entries);
}

TEST(AuditSection, IsRefusedWithItsPlace) {
  const std::string witness =
      "url: \"https://w.example.org\", vkey: \"" + std::string(kVkey) + "\"";
  const std::pair<std::string, std::string> cases[] = {
      {"origin: \"a b\"", "p.yaml:2:17: found `a b`; expected a log's name"},
      {"origin: a+b", "expected a log's name"},
      {"origin: \"\"", "expected a log's name"},
      {"origin: [a]", "expected a log's name"},
      {"anchor: here", "p.yaml:2:17: found `here`; expected an absolute path"},
      {"witnesses: {}", "a list of witnesses"},
      {"witnesses: [{url: \"https://w.example.org\"}]", "vkey"},
      {"witnesses: [{url: \"http://w.example.org\", vkey: \"" + std::string(kVkey) + "\"}]",
       "p.yaml:2:27: found a URL without TLS"},
      {"witnesses: [{url: \"https://w.example.org\", vkey: "
       "\"w+00000000+BFDYWOCYXsx/YEGKrwzFq1h/QsJXCohAlanozKzQ9lRc\"}]",
       "found no public key"},
      {"witnesses: [{url: \"https://w.example.org/?key=a\", vkey: \"" + std::string(kVkey) + "\"}]",
       "found a query"},
      {"witnesses: [{url: \"https://w.example.org\", vkey: "
       "\"audit.example.com/log+1c7f3764+AQ5kQQEaqezUcNdFo4KL8ny1Vmyt2NMt8Cr6ecpFONlt\"}]",
       "found a key that signs a log's checkpoints"},
      {"witnesses: [{" + witness + "}, {" + witness + "}]", "this key a second time"},
      {"witnesses: [{" + witness + "}], quorum: 2", "a whole number from 0 to 1"},
      {"quorum: 1", "a whole number from 0 to 0"},
      {"public: perhaps", "found `perhaps`"},
      {"retention: {events: 30d}", "p.yaml:2:29: found `30d`; expected `forever`: events are"},
      {"retention: {events: [1]}", "expected `forever`"},
      {"origim: a", "did you mean `origin`?"},
  };
  for (const auto& [section, problem] : cases) {
    EXPECT_THAT(problems_of(section), HasSubstr(problem)) << section;
  }
  const auto twice = Policy::compile(
      "version: 1\naudit: {public: true}\n---\nversion: 1\naudit: {public: false}\n", "p.yaml");
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, HasSubstr("found a second `audit`"));
}

}  // namespace
}  // namespace ringfence
