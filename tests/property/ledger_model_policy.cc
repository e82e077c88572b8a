// SPDX-License-Identifier: Apache-2.0
#include "tests/property/ledger_model_policy.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringfence::model {
namespace {

const std::vector<Unit> kUnits{kUsd, kUsd, kUsd, kCalls, kCalls, kTokens, kSeconds, kConcurrent};
const std::vector<std::string> kAccounts{"/", "a", "b", "a/x", "a/y", "b/x"};

Window random_window(Rng& rng, bool rolling_too) {
  const std::vector<std::string> windows{"minute",     "hour",       "day",      "week",
                                         "month",      "day",        "lifetime", "lifetime",
                                         "rolling:1m", "rolling:10m"};
  const std::size_t known = windows.size() - (rolling_too ? 0 : 2);
  return *parse_window(
      windows[static_cast<std::size_t>(pick(rng, 0, static_cast<std::int64_t>(known) - 1))]);
}

std::int64_t random_cap(Rng& rng, Unit unit) {
  if (chance(rng, 2)) return 0;
  if (unit == kUsd) return pick(rng, 1, 400) * 10'000'000 + pick(rng, 0, 3);
  if (unit == kCalls) return pick(rng, 1, 40);
  if (unit == kTokens) return pick(rng, 10, 1'500);
  if (unit == kSeconds) return pick(rng, 1, 7'200) * 1'000;
  return pick(rng, 1, 8);
}

void random_terms(Rng& rng, WallSpec& wall) {
  wall.cap = random_cap(rng, wall.unit);
  wall.floor.reset();
  if (chance(rng, 20)) wall.floor = pick(rng, 0, wall.cap);
  wall.mode = chance(rng, 10) ? Mode::warn : chance(rng, 15) ? Mode::pause : Mode::refuse;
}

WallSpec random_wall(Rng& rng, bool rolling_too) {
  WallSpec wall;
  wall.unit = one_of(rng, kUnits);
  if (wall.unit != kConcurrent) wall.window = random_window(rng, rolling_too);
  random_terms(rng, wall);
  return wall;
}

bool same_place(const WallSpec& a, const WallSpec& b) {
  return a.name == b.name && a.account == b.account && a.unit == b.unit && a.window == b.window;
}

void add_new(std::vector<WallSpec>& walls, WallSpec wall) {
  const auto same =
      std::ranges::find_if(walls, [&](const WallSpec& have) { return same_place(have, wall); });
  if (same == walls.end()) walls.push_back(std::move(wall));
}

WallSpec random_budget(Rng& rng, bool rolling_too) {
  WallSpec wall = random_wall(rng, rolling_too);
  wall.account = one_of(rng, kAccounts);
  return wall;
}

WallSpec random_limit(Rng& rng, const std::string& name, bool rolling_too) {
  WallSpec wall = random_wall(rng, rolling_too);
  wall.name = name;
  wall.scope =
      one_of(rng, std::vector<Scope>{Scope::run, Scope::agent, Scope::account, Scope::user});
  wall.match = one_of(rng, std::vector<std::string>{"*", "tool:*", "llm:*", "tool:t/a"});
  if (wall.scope == Scope::account) wall.account = one_of(rng, kAccounts);
  if (wall.scope == Scope::run && wall.unit != kConcurrent && chance(rng, 60)) {
    wall.window = *parse_window("run");
  }
  return wall;
}

std::string terms(const WallSpec& wall, const char* mode_key) {
  static const UnitTable units;
  std::string text =
      fmt::format("{}: \"{}\"", units.name(wall.unit), format_amount(wall.unit, wall.cap));
  if (wall.window.kind == WindowKind::rolling) {
    text += fmt::format(", window: {{rolling: {}}}", format_duration(wall.window.span));
  } else if (wall.unit != kConcurrent) {
    text += ", window: " + to_string(wall.window);
  }
  if (wall.floor) text += fmt::format(", floor: \"{}\"", format_amount(wall.unit, *wall.floor));
  if (wall.mode == Mode::pause) text += fmt::format(", {}: pause", mode_key);
  if (wall.mode == Mode::warn) text += fmt::format(", {}: warn", mode_key);
  return text;
}

}  // namespace

PolicySpec PolicySpec::random(Rng& rng) {
  PolicySpec spec;
  if (chance(rng, 90)) {
    WallSpec root;
    root.account = "/";
    root.unit = kUsd;
    root.window = *parse_window("day");
    root.cap = pick(rng, 50, 1'000) * 10'000'000;
    spec.walls.push_back(root);
  }
  const std::int64_t budgets = pick(rng, 0, 7);
  for (std::int64_t i = 0; i < budgets; ++i) add_new(spec.walls, random_budget(rng, true));
  const std::int64_t limits = pick(rng, 0, 4);
  for (std::int64_t i = 0; i < limits; ++i) {
    spec.walls.push_back(random_limit(rng, fmt::format("l{}", i), true));
  }
  for (std::int64_t i = pick(rng, 0, 2); i > 0; --i) {
    WallSpec wall = random_wall(rng, false);
    wall.scope = Scope::run;
    if (wall.unit != kConcurrent) wall.window = *parse_window("run");
    add_new(spec.run_budgets, wall);
  }
  if (chance(rng, 20)) spec.lease = Duration::seconds(20);
  if (chance(rng, 20)) spec.max_age = Duration::hours(1);
  return spec;
}

PolicySpec PolicySpec::changed(Rng& rng, Time now) const {
  PolicySpec next = *this;
  std::erase_if(next.walls, [&](const WallSpec& wall) {
    return wall.window.kind != WindowKind::rolling && chance(rng, 15);
  });
  std::erase_if(next.run_budgets, [&](const WallSpec&) { return chance(rng, 15); });
  for (WallSpec& wall : next.walls) {
    if (chance(rng, 30)) random_terms(rng, wall);
  }
  for (std::int64_t i = pick(rng, 0, 3); i > 0; --i) {
    WallSpec wall = chance(rng, 60) ? random_budget(rng, false)
                                    : random_limit(rng, fmt::format("m{}", rng() % 100'000), false);
    wall.since = now;
    add_new(next.walls, wall);
  }
  return next;
}

std::string PolicySpec::document() const {
  std::string text = "version: 1\naccounts:\n";
  for (const std::string& account : kAccounts) {
    const bool agent = std::ranges::find(kAgents, account) != kAgents.end();
    text += fmt::format("  {}: {{{}budgets: [", account, agent ? "role: bot, " : "");
    const char* comma = "";
    for (const WallSpec& wall : walls) {
      if (wall.scope != Scope::budget || wall.account != account) continue;
      text += fmt::format("{}{{{}}}", std::exchange(comma, ", "), terms(wall, "on_exhausted"));
    }
    text += "]}\n";
  }
  text += "roles:\n  bot:\n    allow: [\"*\"]\n    deny: [\"fs:w:*\"]\n";
  if (!asked.empty()) {
    text += fmt::format("    ask: [{{match: \"{}\", approvers: [\"group:any\"], expires: 1h}}]\n",
                        asked);
  }
  text += fmt::format("    run: {{lease: {}, max_age: {}, budgets: [", format_duration(lease),
                      format_duration(max_age));
  const char* comma = "";
  for (const WallSpec& wall : run_budgets) {
    text += fmt::format("{}{{{}}}", std::exchange(comma, ", "), terms(wall, "on_exhausted"));
  }
  text += "]}\nlimits:\n";
  bool any = false;
  for (const WallSpec& wall : walls) {
    if (wall.scope == Scope::budget) continue;
    static const char* const kScopes[] = {"", "run", "agent", "account", "user"};
    text += fmt::format("  - {{name: {}, match: \"{}\", per: {}{}, {}}}\n", wall.name, wall.match,
                        kScopes[static_cast<int>(wall.scope)],
                        wall.scope == Scope::account ? ", account: " + wall.account : "",
                        terms(wall, "on_exceed"));
    any = true;
  }
  if (!any) text.resize(text.size() - std::string("limits:\n").size());
  text +=
      "prices:\n"
      "  openai/m: {input: \"1000.0003\", output: \"2000.0007\", context: 100, max_output: 50}\n"
      "  tool:mail/send: {call: \"0.0100000005\"}\n"
      "providers:\n"
      "  openai: {wire: openai, base_url: \"http://127.0.0.1:1/v1\"}\n"
      "  local: {wire: openai, base_url: \"http://127.0.0.1:2/v1\", free: true}\n";
  return text;
}

}  // namespace ringfence::model
