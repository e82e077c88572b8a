// SPDX-License-Identifier: Apache-2.0
#include "policy/starter.h"

namespace ringfence {
namespace {

constexpr std::string_view kStarter =
    R"yaml(# yaml-language-server: $schema=/usr/share/ringfence/policy.schema.json
# The policy of this installation: who may do what, and where every wall stands.
# Check a change with `ringfence policy check FILE`; docs/policy.md explains each line. Lines that
# begin with # and no space after it are examples: take the # away.
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
  #local: {wire: openai, base_url: http://127.0.0.1:11434/v1, free: true}

# Named sets of patterns: a class stands wherever a pattern may.
#classes:
#  tier:small: ["llm:openai/gpt-4o-mini", "llm:anthropic/claude-haiku-*"]
#  risk:external: ["tool:mail/*", "net:w:*", "cmd:git:push:*", "pay:*"]

# Accounts form a tree. An operation is charged to its account and to all accounts above it, and
# refused when any wall on the way does not have room for its worst case.
accounts:
  /:
    budgets: [{usd: "20.00", window: day, alerts: ["50%", "80%"]}]   # everything together
  agents/*:                  # `ringfence run` uses agents/default unless told otherwise
    role: agent
  # One agent with a wall of its own; what it does not use of it nobody else gets.
  #agents/night-shift: {budgets: [{usd: "2.00", window: day, on_exhausted: pause}]}

# What the agents of a role may do and spend. What no `allow` names is refused.
roles:
  agent:
    allow: ["llm:*"]
    run:
      lease: 15m
      max_age: 24h
      # A budget for each single run.
      #budgets: [{usd: "0.50"}, {calls: 500}]
      # What its processes may take of the machine.
      #env: {memory: 2GiB, cpu: "1.5", pids: 256, timeout: 30m}
    # A budget for each account of this role, and an alert when more is spent than is usual.
    #budgets: [{usd: "5.00", window: day, expected: "2.50"}]
    # Who does not say for whom it works is refused.
    #require: [user]
  # A role with everything of the one above, and tools. A deny holds for all longer commands; an
  # allow beats it only where it names less.
  #coder:
  #  extends: agent
  #  allow:
  #    - "cmd:git:*"
  #    - "cmd:npm:test"
  #    - "fs:w:/srv/project/*"
  #    - {match: "tool:deploy/*", for: {team: release}}
  #  deny: ["cmd:git:reset"]
  #  # What is dangerous wherever it is done needs a second word; docs/shell.md has the list.
  #  danger: ["cmd:git:push:*", "danger:recursive-delete"]

# Walls on operations, whoever asks. These stop a loop long before the money is gone.
limits:
  - {name: llm-per-run, match: "llm:*", per: run, calls: 2000}
  - {name: llm-parallel, match: "llm:*", per: agent, concurrent: 16}
  # Per person, wherever the work runs; who leaves out the person counts with all who do.
  #- {name: user-day, match: "llm:*", per: user, tokens: 2000000, window: day}
  # Instead of a refusal, a cheaper model.
  #- name: dear-models
  #  match: "llm:openai/gpt-4o"
  #  per: agent
  #  usd: "1.00"
  #  window: day
  #  on_exceed: {downgrade: "llm:openai/gpt-4o-mini"}

# The very same again and again, or what was refused again and again, ends as `loop`.
#loops:
#  - {match: "*", same: 20, refused: 5, window: {rolling: 10m}}

# What arguments must be like, as JSON Schema; `control` names those that must be left out.
#args:
#  - match: "tool:mail/send"
#    schema:
#      type: object
#      required: [to]
#      properties:
#        to: {type: array, items: {type: string, pattern: '^[^@]+@example\.com$'}}
#    control: [cc, bcc]

# A program of yours that is asked before an operation; it can only make the answer stricter.
#guards:
#  - {name: dlp, match: "tool:mail/*", command: [/usr/local/bin/check-mail], timeout: 2s}

# Whom to tell of alerts, used-up budgets, halts, overruns and new policies (docs/webhooks.md).
#webhooks:
#  - {name: ops, url: "https://hooks.example.com/ringfence", secret: {env: OPS_WEBHOOK_SECRET}}

# The record is signed as it grows (docs/audit.md). Keep its checkpoints where this machine cannot
# change them, so that a rolled-back record is found.
#audit: {anchor: /mnt/evidence/ringfence.checkpoint}

# What to count besides calls, tokens and money.
#units:
#  emails:
#    count: [{match: "tool:mail/send"}, {match: "tool:mail/send_bulk", add: 100}]

# Kinds of operations besides llm, tool, net, fs, cmd, pay and agent.
#kinds: [deploy]

# For everybody, whatever a role allows.
#deny: ["cmd:sudo", "net:w:169.254.169.254"]

# How the gateway tells a final refusal, where a client needs another status (docs/clients.md).
#wires: {openai-chat: {final_status: 429}}

# The models of these providers have the list prices that this version was built with
# (docs/prices.md). Write down what differs for you, or is missing there: USD per million tokens. A
# model without a price is refused, so that nothing unknown is spent.
#prices:
#  openai/my-model: {input: "2.50", output: "10.00", context: 128000, max_output: 16384}

# What this document should decide; `ringfence policy test FILE` runs them.
#tests:
#  - as: agents/default
#    user: ann
#    operation: "llm:openai/gpt-4o-mini"
#    need: {usd: "0.01"}
#    expect: allow
#  - {as: agents/default, user: ann, command: "rm -rf /", expect: refuse, reason: denied}

# A further document decides too, and can only narrow. It may stand in a file of its own beside this
# one, where --policy names the folder.
#---
#version: 1
#allow: ["llm:openai/*", "llm:anthropic/*"]
)yaml";

}  // namespace

std::string starter_policy() { return std::string(kStarter); }

}  // namespace ringfence
