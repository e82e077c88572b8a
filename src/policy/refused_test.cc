// SPDX-License-Identifier: Apache-2.0
// Documents that are refused: each with its place and what was expected.
#include <gmock/gmock.h>

#include <span>

#include "policy/policy.h"

namespace ringfence {
namespace {

using testing::HasSubstr;

std::string problems_of(std::string_view body) {
  const auto compiled = Policy::compile("version: 1\n" + std::string(body), "p.yaml");
  return compiled ? "accepted" : compiled.error().message;
}

struct Case {
  std::string_view body;     // from line 2 on
  std::string_view problem;  // part of the report
};

void expect_refused(std::span<const Case> cases) {
  for (const Case& c : cases) EXPECT_THAT(problems_of(c.body), HasSubstr(c.problem)) << c.body;
}

TEST(Refused, Head) {
  EXPECT_THAT(Policy::compile("{}", "p.yaml").error().message,
              HasSubstr("p.yaml:1:1: found no `version`"));
  EXPECT_THAT(Policy::compile("[1]", "p.yaml").error().message,
              HasSubstr("p.yaml:1:1: found a list"));
  EXPECT_THAT(Policy::compile("version: 2", "p.yaml").error().message,
              HasSubstr("p.yaml:1:10: found version `2`; expected 1"));
  const Case cases[] = {
      {"currency: EUR", "p.yaml:2:11: found the currency `EUR`; expected USD"},
      {"timezone: Mars/Base", "p.yaml:2:11: found `Mars/Base`; unknown time zone"},
      {"timezone: ../../etc/passwd", "unknown time zone"},
      {"acounts: {}", "p.yaml:2:1: unknown key `acounts` in a policy; did you mean `accounts`?"},
      {"kinds: [Deploy]", "p.yaml:2:9: found `Deploy`; expected a new kind"},
      {"kinds: [llm]", "expected a new kind"},
      {"kinds: deploy", "p.yaml:2:8: found `deploy`; expected a list of kinds"},
      {"accounts:", "p.yaml:2:1: found nothing; expected a map of accounts"},
      {"limits: {}", "p.yaml:2:9: found a map; expected a list of limits"},
      {"version: 1", "p.yaml:2:1: found the key `version` again"},
  };
  expect_refused(cases);
}

TEST(Refused, WhatIsNoValueOfItsKey) {
  const Case cases[] = {
      {"roles: {a: {run: {env: {memory: 1G}}}}",
       "p.yaml:2:33: found `1G`; expected an amount of memory such as 512MiB or 2GiB, from 1MiB"},
      {"roles: {a: {budgets: [{usd: 1, window: day, on_exhausted: asked}]}}",
       "p.yaml:2:59: found `asked`; expected refuse, ask, pause"},
      {"limits: [{name: a, match: \"*\", calls: 1, on_exceed: {downgrade: tool:a/b}}]",
       "expected a model such as llm:openai/gpt-4o-mini"},
      {"limits: [{name: a, match: \"*\", calls: 1, require: user}]",
       "found `user`; expected a list of fields such as [user, org]"},
      {"units: {mails: {count: [{match: \"tool:a/b\", pointer: to}]}}",
       "found `to`; expected a pointer to an argument such as /to"},
      {"providers: {a: {wire: cohere, base_url: \"https://a.org\"}}",
       "found `cohere`; expected openai or anthropic or gemini"},
      {"prices: {a/b: {batch: 1}}", "found `batch`, which is not enforced yet"},
  };
  expect_refused(cases);
}

TEST(Refused, Amounts) {
  for (const std::string_view amount :
       {"-1",           "-0.01", ".nan", "NaN",         "nan",
        ".inf",         "1e3",   "1E3",  "0x10",        "1_000",
        "+1",           ".5",    "5.",   "10000000000", "99999999999999999999",
        "0.0000000001", "\"\"",  "~",    "[1]",         "{a: 1}",
        "1 000",        "one",   "true", "1;5"}) {
    EXPECT_THAT(
        problems_of("accounts: {/: {budgets: [{window: day, usd: " + std::string(amount) + "}]}}"),
        HasSubstr("expected an amount of usd: an exact decimal such as \"0.50\""))
        << amount;
  }
  for (const std::string_view amount : {"1.5", "-1", "99999999999999999999", "1e2"}) {
    EXPECT_THAT(
        problems_of("limits: [{name: a, match: \"*\", calls: " + std::string(amount) + "}]"),
        HasSubstr("expected an amount of calls: a whole number such as 200"))
        << amount;
  }
}

TEST(Refused, Budgets) {
  const Case cases[] = {
      {"accounts: {/: {budgts: []}}",
       "p.yaml:2:16: unknown key `budgts` in an account; did you mean `budgets`?"},
      {"accounts: {/: {budgets: {usd: 1}}}",
       "p.yaml:2:25: found a map; expected a list of budgets"},
      {"accounts: {/: {budgets: [{usd: 1}]}}", "p.yaml:2:26: found no `window`"},
      {"accounts: {/: {budgets: [{window: day}]}}",
       "found 0 units in a budget; expected exactly one"},
      {"accounts: {/: {budgets: [{usd: 1, calls: 2, window: day}]}}", "found 2 units in a budget"},
      {"accounts: {/: {budgets: [{usd: 1, window: run}]}}",
       "found the window `run` on an account's budget"},
      {"roles: {a: {budgets: [{usd: 1, window: run}]}}",
       "found the window `run` on an account's budget"},
      {"accounts: {/: {budgets: [{usd: 1, window: fortnight}]}}",
       "found `fortnight`; expected a window"},
      {"accounts: {/: {budgets: [{usd: 1, window: none}]}}", "found `none`; expected a window"},
      {"accounts: {/: {budgets: [{usd: 1, window: \"rolling:5m\"}]}}", "expected a window"},
      {"accounts: {/: {budgets: [{usd: 1, window: {rolling: 5}}]}}",
       "found `5`; expected a duration"},
      {"accounts: {/: {budgets: [{usd: 1, window: {rolling: 10ms}}]}}", "from 1s to 366d"},
      {"accounts: {/: {budgets: [{usd: 1, window: {}}]}}", "found no `rolling`"},
      {"accounts: {/: {budgets: [{concurrent: 1, window: day}]}}",
       "expected none, since `concurrent`"},
      {"accounts: {/: {budgets: [{emails: 1, window: day}]}}", "unknown key `emails` in a budget"},
      {"accounts: {/: {budgets: [{usd: 1, window: day}, {usd: 2, window: day}]}}",
       "p.yaml:2:49: found a second budget of usd over day"},
      {"accounts: {/: {budgets: [{usd: 1, window: day, alerts: [\"0%\"]}]}}",
       "found `0%`; expected a share"},
      {"accounts: {/: {budgets: [{usd: 1, window: day, alerts: [\"101%\"]}]}}", "expected a share"},
      {"accounts: {/: {budgets: [{usd: 1, window: day, alerts: [0.5]}]}}",
       "found `0.5`; expected a share"},
      {"accounts: {/: {budgets: [{usd: 1, window: day, alerts: \"50%\"}]}}",
       "expected a list of shares"},
      {"accounts: {/: {budgets: [{usd: 1, window: day, expected: 1.01}]}}", "above the cap"},
      {"accounts: {/: {budgets: [{usd: 1, window: day, floor: 2}]}}",
       "found a floor above the cap"},
      {"accounts: {/: {budgets: [{usd: 1, window: day, floor: \"200%\"}]}}",
       "expected an amount of usd"},
      {"accounts: {/: {budgets: [{usd: 1, window: day, on_exhausted: maybe}]}}",
       "found `maybe`; expected refuse, ask, pause, {downgrade: "},
      {"accounts: {/: {budgets: [{usd: 1, window: day, on_exceed: pause}]}}",
       "unknown key `on_exceed`"},
      {"accounts: {/: {unlimited: \"true\"}}", "found `true`; expected true or false"},
      {"accounts: {/: {role: nobody}}", "p.yaml:2:22: found the unknown role `nobody`"},
  };
  expect_refused(cases);
}

TEST(Refused, Limits) {
  const Case cases[] = {
      {"limits: [{match: \"*\", calls: 1}]", "p.yaml:2:10: found no `name`"},
      {"limits: [{name: a, calls: 1}]", "found no `match`"},
      {"limits: [{name: a, match: \"*\"}]", "found no unit in a limit"},
      {"limits: [{name: budget, match: \"*\", calls: 1}]", "other than `budget`"},
      {"limits: [{name: A, match: \"*\", calls: 1}]", "found `A`; expected a name of a-z"},
      {"limits: [{name: a, match: \"*\", per: robot, calls: 1}]",
       "found `robot`; expected one of run"},
      {"limits: [{name: a, match: \"*\", per: agent, calls: 1}]", "found no `window`"},
      {"limits: [{name: a, match: \"*\", per: agent, window: run, calls: 1}]",
       "expected it only with `per: run`"},
      {"limits: [{name: a, match: \"*\", per: account, window: day, calls: 1}]",
       "without `account`"},
      {"limits: [{name: a, match: \"*\", account: acme, calls: 1}]",
       "expected it only with `per: account`"},
      {"limits: [{name: a, match: \"*\", per: account, account: Acme, window: day, calls: 1}]",
       "found `Acme`; expected an account path"},
      {"limits: [{name: a, match: \"*\", per: account, account: a/../b, window: day, calls: 1}]",
       "expected an account path"},
      {"limits: [{name: a, match: \"llm:openai\", calls: 1}]", "no operation has this form"},
      {"limits: [{name: a, match: \"lmm:*\", calls: 1}]",
       "p.yaml:2:27: found the unknown kind `lmm`; did you mean `llm`?"},
      {"limits: [{name: a, match: \"*\", concurrent: 1, window: day}]",
       "expected none, since `concurrent`"},
      {"limits: [{name: a, match: \"*\", calls: 1, usd: 1, expected: 1}]", "beside several units"},
      {"limits: [{name: a, match: \"*\", calls: 1}, {name: a, match: \"llm:*\", calls: 2}]",
       "p.yaml:2:50: found a second limit `a` on calls over run (line 2)"},
      {"units: {mails: {count: [{match: \"tool:mail/*\"}]}}\n"
       "limits: [{name: a, match: \"llm:*\", mails: 1}]",
       "p.yaml:3:27: found a wall on mails for operations that nothing counts"},
      {"units: {mails: {}}", "p.yaml:2:16: found no `count`"},
      {"units: {mails: {count: []}}", "found no rule; expected one"},
      {"units: {usd: {count: [{match: \"*\"}]}}", "found the built-in unit `usd`"},
      {"units: {Mails: {count: [{match: \"*\"}]}}",
       "found `Mails`; a unit's name is a lower-case word"},
      {"units: {mails: {count: [{match: \"*\", add: 0}]}}", "found `0`; expected how many to add"},
  };
  expect_refused(cases);
}

TEST(Refused, Roles) {
  const Case cases[] = {
      {"roles: {a: {extends: b}}", "p.yaml:2:22: found the unknown role `b`"},
      {"roles: {reviewer: {}, a: {extends: revewer}}", "did you mean `reviewer`?"},
      {"roles: {a: {extends: a}}",
       "p.yaml:2:9: found roles that extend each other in a circle (a → a)"},
      {"roles:\n  a: {extends: b}\n  b: {extends: c}\n  c: {extends: a}\n",
       "p.yaml:3:3: found roles that extend each other in a circle (a → b → c → a)"},
      {"roles: {a: []}", "found a list; expected a role: a map of extends"},
      {"roles: {a: {allow: \"llm:*\"}}", "found `llm:*`; expected a list of patterns"},
      {"roles: {a: {allow: [\"llm:a/b/c\"]}}", "p.yaml:2:21: found the pattern `llm:a/b/c`"},
      {"roles: {a: {allow: [\"deploy:x\"]}}", "found the unknown kind `deploy`"},
      {"roles: {a: {alow: []}}", "unknown key `alow` in a role; did you mean `allow`?"},
      {"roles: {a: {run: {lease: 2h, max_age: 1h}}}", "found a `max_age` shorter than the `lease`"},
      {"roles: {a: {run: {lease: 0s}}}", "found `0s`; expected a duration such as 90s"},
      {"roles: {a: {run: {max_age: 31d}}}", "from 1s to 30d"},
      {"roles: {a: {unlimited: yes}}", "found `yes`; expected true or false"},
  };
  expect_refused(cases);
  std::string chain = "roles:\n  r0: {}\n";
  for (int i = 1; i <= 16; ++i) {
    chain += "  r" + std::to_string(i) + ": {extends: r" + std::to_string(i - 1) + "}\n";
  }
  EXPECT_THAT(problems_of(chain), HasSubstr("found a chain of more than 16 roles"));
}

TEST(Refused, Accounts) {
  const std::string roles = "roles: {x: {}, y: {}}\naccounts:\n";
  for (const std::string_view key :
       {"Acme", "a//b", "/a", "a/", "a/../b", ".a", "a b", "\"\"", "a/**b", "a***", "a/b\\x", "ü",
        "a/*/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"}) {
    EXPECT_THAT(problems_of("accounts: {" + std::string(key) + ": {}}"),
                HasSubstr("found the account"))
        << key;
  }
  struct Tie {
    std::string_view first;
    std::string_view second;
    bool refused;
  };
  const Tie ties[] = {
      {"a/*", "\"*/b\"", true},        // a/b
      {"a/x*", "a/*y", true},          // a/xy
      {"a/x*", "a/xy*", false},        // the second lies within the first
      {"a/x*", "a/y*", false},         // never meet
      {"a/*/c", "a/b/*", true},        // a/b/c
      {"a/*", "a/**", false},          // one segment before any
      {"a/**/c", "a/*/c", false},      // the same
      {"a/**/b", "a/b/**", false},     // the second has more single segments
      {"a/**/b/*", "a/*/**/b", true},  // a/b/b/b
      {"\"**/x\"", "\"**/y\"", false}, {"a/*", "b/*", false},
  };
  for (const Tie& tie : ties) {
    const std::string report =
        problems_of(roles + "  " + std::string(tie.first) + ": {role: x}\n  " +
                    std::string(tie.second) + ": {role: y}\n");
    if (tie.refused) {
      EXPECT_THAT(report, HasSubstr("p.yaml:5:3: found")) << tie.first << " " << tie.second;
      EXPECT_THAT(report, HasSubstr("equally specific")) << tie.first << " " << tie.second;
    } else {
      EXPECT_EQ(report, "accepted") << tie.first << " " << tie.second;
    }
    EXPECT_EQ(problems_of(roles + "  " + std::string(tie.first) + ": {role: x}\n  " +
                          std::string(tie.second) + ": {role: x}\n"),
              "accepted");
  }
}

TEST(Refused, TooManyPatternsSideBySide) {
  std::string body = "roles: {x: {}, y: {}}\naccounts:\n";
  for (int i = 0; i < 3000; ++i) {
    const std::string name = std::to_string(i);
    body += "  a/" + name + "-*: {role: " + (i % 2 == 0 ? "x" : "y") + "}\n";
  }
  EXPECT_THAT(problems_of(body), HasSubstr("too many account patterns with roles side by side"));
}

TEST(Refused, Providers) {
  const Case cases[] = {
      {"providers: {a: {base_url: \"https://a.org\"}}", "p.yaml:2:16: found no `wire`"},
      {"providers: {a: {wire: openai}}", "found no `base_url`"},
      {"providers: {A: {wire: openai, base_url: \"https://a.org\"}}", "expected a provider's name"},
      {"providers: {a: {wire: soap, base_url: \"https://a.org\"}}",
       "found `soap`; expected openai or anthropic or gemini"},
      {"providers: {a: {admission: hope}}", "found `hope`; expected clamp or strict or stepwise"},
      {"providers: {a: {unknown_fields: drop}}", "found `drop`; expected refuse or pass"},
      {"providers: {a: {cap_field: \"max tokens\"}}", "expected a field such as max_tokens"},
      {"providers: {a: {timeout: 2h}}", "from 1s to 1h"},
      {"providers: {a: {ca_file: ca.pem}}", "expected an absolute path"},
      {"providers: {a: {key: {env: \"A B\"}}}", "expected one such as OPENAI_API_KEY"},
      {"providers: {a: {key: {file: x.key}}}", "found no absolute path"},
      {"providers: {a: {key: {env: A, file: /b}}}", "found other keys here"},
  };
  expect_refused(cases);
  for (const std::string_view url :
       {"ftp://a.org", "a.org", "https://", "https://user:pw@a.org/v1", "https://a.org/v1?x=1",
        "https://a.org/#x", "https://a.org:0", "https://a.org:99999", "https://a b.org",
        "https://a.org/a/../b", "https://[::1", "https://[x]:80", "HTTPS://a.org", "https://-a.org",
        "https://a.org\\\\@b.org", "https://a.org@b.org"}) {
    const std::string report =
        problems_of("providers: {a: {wire: openai, base_url: \"" + std::string(url) + "\"}}");
    EXPECT_THAT(report, HasSubstr("found no usable URL")) << url;
  }
}

TEST(Refused, SecretsAreNotRepeated) {
  for (const std::string_view body :
       {"providers: {a: {wire: openai, base_url: \"https://me:sk-secret@a.org\"}}",
        "providers: {a: {wire: openai, base_url: \"https://a.org\", key: sk-secret}}",
        "providers: {a: {wire: openai, base_url: \"https://a.org\", key: {env: sk-secret}}}",
        "providers: {a: {wire: openai, base_url: \"https://a.org\", key: {value: sk-secret}}}",
        "providers: {a: {wire: openai, base_url: \"https://a.org\", key: {file: sk-secret}}}"}) {
    const std::string report = problems_of(body);
    EXPECT_NE(report, "accepted") << body;
    EXPECT_THAT(report, testing::Not(HasSubstr("sk-secret"))) << body;
  }
}

TEST(Refused, Prices) {
  const std::string provider =
      "providers: {l: {wire: openai, base_url: \"http://[::1]:1/v1\", free: true}}\n";
  const Case cases[] = {
      {"prices: {gpt-4o: {call: 1}}", "p.yaml:2:10: found `gpt-4o`; expected provider/model"},
      {"prices: {a/b: {}}", "p.yaml:2:10: found no rate; expected `input` and `output`, or `call`"},
      {"prices: {a/b: {context: 9, max_output: 9}}", "found no rate"},
      {"prices: {\"tool:a/b\": {context: 9}}", "found no rate"},
      {"prices: {a/b: {input: 0.0000001}}", "expected a rate in USD per million tokens"},
      {"prices: {a/b: {input: -1}}", "expected a rate in USD per million tokens"},
      {"prices: {a/b: {input: 1000001}}", "expected a rate in USD per million tokens"},
      {"prices: {a/b: {call: 0.0000000000001}}", "expected a rate in USD per call"},
      {"prices: {a/b: {call: 1, context: 0}}", "expected tokens: a whole number from 1"},
      {"prices: {a/b: {call: 1, context: 1.5}}", "expected tokens: a whole number from 1"},
      {"prices: {a/b: {input: 1, context: 9, max_output: 9}}",
       "p.yaml:2:10: found one of `input` and `output`"},
      {"prices: {a/b: {output: 1, context: 9, max_output: 9}}",
       "found one of `input` and `output`"},
      {"prices: {a/b: {cached_input: 1, context: 9, max_output: 9}}", "found one of `input` and"},
      {"prices: {a/b: {cache_write_1h: 1, call: 1}}", "found one of `input` and"},
      {"prices: {a/b: {web_search: 1}}", "found no rate"},
      {"prices: {a/b: {input: 1, output: 1, web_search: -1}}", "a rate in USD per web_search"},
      {"prices: {a/b: {input: 1, output: 1, hidden_output: maybe}}", "expected none or some"},
      {"prices: {a/b: {input: 1, output: 1, tiers: {above: 1}}}", "expected a list of tiers"},
      {"prices: {a/b: {input: 1, output: 1, tiers: [{input: 2}]}}", "expected above: 200000"},
      {"prices: {a/b: {input: 1, output: 1, tiers: [{above: 9}]}}", "found a tier without a rate"},
      {"prices: {a/b: {input: 1, output: 1, tiers: [{above: 9, input: 2}, {above: 9, input: 3}]}}",
       "found a second tier above 9"},
      {"prices: {a/b: {input: 1, output: 1, tiers: [{above: 9, max_output: 2}]}}",
       "unknown key `max_output` in a tier"},
      {"prices: {a/b: {input: 1, output: 1, service_tiers: {default: {input: 2, output: 2}}}}",
       "found `default`; expected a service tier's name"},
      {"prices: {a/b: {input: 1, output: 1, service_tiers: {flex: {input: 2}}}}",
       "found a service tier without `input` and `output`"},
      {"prices: {a/b: {call: 1, tiers: [{above: 9, call: 2}]}}", "found tiers of a price per call"},
      {"providers: {a: {wire: openai, base_url: \"https://a.org\", catalog: acme}}",
       "found `acme`; expected none or one of anthropic, cerebras"},
      {"prices: {a/b: {inputs: 1}}", "unknown key `inputs` in a price; did you mean `input`?"},
      {"prices: {\"*/b\": {call: 1}}", "found a wildcard for the provider"},
      {"prices: {a/B: {call: 1}, a/b: {call: 2}}",
       "p.yaml:2:26: found a second price for `a/b` (line 2)"},
      {"prices: {\"deploy:x\": {call: 1}}", "expected provider/model or an operation"},
      {"prices: {/b: {call: 1}}", "expected provider/model"},
  };
  expect_refused(cases);
  EXPECT_THAT(problems_of(provider + "prices: {l/x: {call: 1}}"),
              HasSubstr("p.yaml:3:10: found a price for a model of a free provider"));
}

TEST(Refused, EveryProblemIsReportedOnce) {
  const std::string report =
      problems_of("bad: 1\naccounts: {A: {}, b: {budgets: [{usd: -1, window: day}]}}\n");
  EXPECT_THAT(report, HasSubstr("p.yaml:2:1: unknown key"));
  EXPECT_THAT(report, HasSubstr("p.yaml:3:12: found the account `A`"));
  EXPECT_THAT(report, HasSubstr("p.yaml:3:39: found `-1` (must not be negative)"));
  EXPECT_EQ(std::ranges::count(report, '\n'), 2);
  const auto error = Policy::compile("version: 1\nbad: 1\nworse: 1\n", "p.yaml").error();
  EXPECT_EQ(error.code, ErrorCode::invalid);
  EXPECT_EQ(error.where, "p.yaml:2:1");
}

}  // namespace
}  // namespace ringfence
