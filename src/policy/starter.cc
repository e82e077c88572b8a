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

# Where model calls go. Agents never see the key: the gateway takes it from the environment of
# `ringfence serve` (or from a file: `key: {file: /path}`) and adds it to each call.
providers:
  openai: {wire: openai, base_url: https://api.openai.com/v1, key: {env: OPENAI_API_KEY}}
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

# USD per million tokens. A model without a price is refused, so that nothing unknown is spent.
# Rates and context sizes as of November 2026 from the public table genai-prices 0.1.8, which
# takes them from https://developers.openai.com/api/docs/pricing; output sizes from OpenAI's model
# pages. Standard tier, flat rates only: look them up before you rely on them.
prices:
  openai/gpt-4o:
    {input: "2.50", cached_input: "1.25", output: "10.00", context: 128000, max_output: 16384}
  openai/gpt-4o-2024-08-06:
    {input: "2.50", cached_input: "1.25", output: "10.00", context: 128000, max_output: 16384}
  openai/gpt-4o-2024-11-20:
    {input: "2.50", cached_input: "1.25", output: "10.00", context: 128000, max_output: 16384}
  openai/gpt-4o-mini:
    {input: "0.15", cached_input: "0.075", output: "0.60", context: 128000, max_output: 16384}
  openai/gpt-4o-mini-2024-07-18:
    {input: "0.15", cached_input: "0.075", output: "0.60", context: 128000, max_output: 16384}
  openai/gpt-4.1:
    {input: "2.00", cached_input: "0.50", output: "8.00", context: 1047576, max_output: 32768}
  openai/gpt-4.1-2025-04-14:
    {input: "2.00", cached_input: "0.50", output: "8.00", context: 1047576, max_output: 32768}
  openai/gpt-4.1-mini:
    {input: "0.40", cached_input: "0.10", output: "1.60", context: 1047576, max_output: 32768}
  openai/gpt-4.1-mini-2025-04-14:
    {input: "0.40", cached_input: "0.10", output: "1.60", context: 1047576, max_output: 32768}
  openai/gpt-4.1-nano:
    {input: "0.10", cached_input: "0.025", output: "0.40", context: 1047576, max_output: 32768}
  openai/gpt-4.1-nano-2025-04-14:
    {input: "0.10", cached_input: "0.025", output: "0.40", context: 1047576, max_output: 32768}
  openai/gpt-5:
    {input: "1.25", cached_input: "0.125", output: "10.00", context: 400000, max_output: 128000}
  openai/gpt-5-2025-08-07:
    {input: "1.25", cached_input: "0.125", output: "10.00", context: 400000, max_output: 128000}
  openai/gpt-5-mini:
    {input: "0.25", cached_input: "0.025", output: "2.00", context: 400000, max_output: 128000}
  openai/gpt-5-mini-2025-08-07:
    {input: "0.25", cached_input: "0.025", output: "2.00", context: 400000, max_output: 128000}
  openai/gpt-5-nano:
    {input: "0.05", cached_input: "0.005", output: "0.40", context: 400000, max_output: 128000}
  openai/gpt-5-nano-2025-08-07:
    {input: "0.05", cached_input: "0.005", output: "0.40", context: 400000, max_output: 128000}
  openai/gpt-5.1:
    {input: "1.25", cached_input: "0.125", output: "10.00", context: 400000, max_output: 128000}
  openai/gpt-5.1-2025-11-13:
    {input: "1.25", cached_input: "0.125", output: "10.00", context: 400000, max_output: 128000}
  openai/gpt-5.2:
    {input: "1.75", cached_input: "0.175", output: "14.00", context: 400000, max_output: 128000}
  openai/gpt-5.2-2025-12-11:
    {input: "1.75", cached_input: "0.175", output: "14.00", context: 400000, max_output: 128000}
  openai/o3:
    {input: "2.00", cached_input: "0.50", output: "8.00", context: 200000, max_output: 100000}
  openai/o3-2025-04-16:
    {input: "2.00", cached_input: "0.50", output: "8.00", context: 200000, max_output: 100000}
  openai/o4-mini:
    {input: "1.10", cached_input: "0.275", output: "4.40", context: 200000, max_output: 100000}
  openai/o4-mini-2025-04-16:
    {input: "1.10", cached_input: "0.275", output: "4.40", context: 200000, max_output: 100000}
)yaml";

}  // namespace

std::string starter_policy() { return std::string(kStarter); }

}  // namespace ringfence
