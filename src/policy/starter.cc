// SPDX-License-Identifier: Apache-2.0
#include "policy/starter.h"

namespace ringfence {
namespace {

constexpr std::string_view kStarter =
    R"yaml(# The policy of this installation: who may do what, and where every wall stands.
# Check a change with `ringfence policy check FILE`; docs/policy.md explains each line.
version: 1
currency: USD
timezone: UTC                # day, week and month begin at midnight here

# Where model calls go. Agents never see the keys: the gateway takes them from the environment of
# `ringfence serve` (or from a file: `key: {file: /path}`) and adds them to each call.
providers:
  openai: {wire: openai, base_url: https://api.openai.com/v1, key: {env: OPENAI_API_KEY}}
  anthropic: {wire: anthropic, base_url: https://api.anthropic.com, key: {env: ANTHROPIC_API_KEY}}
  gemini:
    wire: gemini
    base_url: https://generativelanguage.googleapis.com
    key: {env: GEMINI_API_KEY}
  # Any server that speaks the same wire; `free: true` means its models cost no money.
  # local: {wire: openai, base_url: http://127.0.0.1:11434/v1, free: true}

# Accounts form a tree. An operation is charged to its account and to all accounts above it, and
# refused when any wall on the way does not have room for its worst case.
accounts:
  /:
    budgets: [{usd: "20.00", window: day, alerts: ["50%", "80%"]}]   # everything together
  agents/*:                  # `ringfence run` uses agents/default unless told otherwise
    role: agent

# What the agents of a role may do and spend. What no `allow` names is refused.
roles:
  agent:
    allow: ["llm:*"]
    run: {lease: 15m, max_age: 24h}
    # A budget for each account of this role:
    # budgets: [{usd: "5.00", window: day, expected: "2.50"}]
    # A budget for each single run: run: {lease: 15m, max_age: 24h, budgets: [{usd: "0.50"}]}

# Walls on operations, whoever asks. These stop a loop long before the money is gone.
limits:
  - {name: llm-per-run, match: "llm:*", per: run, calls: 2000}
  - {name: llm-parallel, match: "llm:*", per: agent, concurrent: 16}

# The models of these providers have the list prices that this version was built with
# (docs/prices.md). Write down what differs for you, or is missing there: USD per million tokens. A
# model without a price is refused, so that nothing unknown is spent.
# prices:
#   openai/my-model: {input: "2.50", output: "10.00", context: 128000, max_output: 16384}
)yaml";

}  // namespace

std::string starter_policy() { return std::string(kStarter); }

}  // namespace ringfence
