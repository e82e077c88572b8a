// SPDX-License-Identifier: Apache-2.0
// Any bytes as a policy document: never a crash, every refusal with a place, and whatever compiles
// answers each question the same way twice.
#include <algorithm>
#include <cstdint>

#include "base/ensure.h"
#include "policy/check.h"
#include "policy/policy.h"

namespace {

using namespace ringfence;

const Identity kWho{.user = "ann", .team = "research", .org = "acme", .session = ""};

void ask(const Policy& policy) {
  std::vector<std::uint32_t> limits;
  for (const char* path : {"/", "a", "acme/research", "acme/research/reviewer-7", "x/y/z"}) {
    const AccountRules rules = policy.account(path);
    RF_ENSURE(rules.budgets == policy.account(path).budgets, "lookups are pure");
    RF_ENSURE(rules.known || rules.budgets.empty(), "only known accounts have budgets");
    if (!rules.role) continue;
    RF_ENSURE(policy.run_rule(*rules.role).lease <= policy.run_rule(*rules.role).max_age,
              "a lease fits its run");
    for (const char* text : {"llm:openai/gpt-4o", "cmd:git:push", "tool:a/b", "net:w:a.org:443"}) {
      const Operation operation = *Operation::parse(text);
      const Verdict verdict = policy.check(*rules.role, operation, kWho);
      RF_ENSURE(!verdict.allowed || !verdict.rule.empty(), "an allow names its rule");
      policy.match_limits(operation, limits);
      RF_ENSURE(!policy.check_args(operation, nullptr) || policy.has_args_rules(operation),
                "no rule, no mismatch");
      policy.price(operation, Time{});
    }
  }
  for (const std::uint32_t index : limits) RF_ENSURE(index < policy.limits().size(), "in range");
  for (const LimitRule& limit : policy.limits()) {
    RF_ENSURE(limit.wall.cap >= 0 && limit.wall.floor <= limit.wall.cap, "walls are sane");
  }
  (void)policy.resolve_model("gpt-4o");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const CheckReport report = check_policy(text, "fuzz.yaml");
  const auto compiled = Policy::compile(text, "fuzz.yaml");
  RF_ENSURE(compiled.has_value() == report.valid, "check and compile agree");
  if (compiled) {
    ask(**compiled);
  } else {
    RF_ENSURE(compiled.error().message.starts_with("fuzz.yaml:"), "a problem has a place");
    RF_ENSURE(compiled.error().where.starts_with("fuzz.yaml:"), "a refusal has a place");
  }
  return 0;
}
