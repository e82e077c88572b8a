// SPDX-License-Identifier: Apache-2.0
#include "policy/walls.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/decimal.h"
#include "policy/asks.h"

namespace ringfence {
namespace {

constexpr std::string_view kConsequences =
    "refuse, ask, pause, {downgrade: llm:provider/model} or warn";

constexpr std::int64_t kWholePermille = 1000;
constexpr std::int64_t kFloorDefaultPermille = 10;

// "80%" is 800; one digit after the point is kept.
std::optional<std::int64_t> parse_permille(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  const auto permille = parse_decimal(text.substr(0, text.size() - 1), 1);
  if (!permille || *permille < 0 || *permille > kWholePermille) return std::nullopt;
  return *permille;
}

// Rounded up: less than a share of the cap is less than this.
std::int64_t share_of(std::int64_t amount, std::int64_t permille) {
  const __int128 share = static_cast<__int128>(amount) * permille;
  return static_cast<std::int64_t>((share + kWholePermille - 1) / kWholePermille);
}

bool same_meter(const WallRule& a, const WallRule& b) {
  return a.unit == b.unit && a.window == b.window;
}

// Enforced beats observed, then the smaller cap, then pausing; what may be asked for comes last.
bool stricter(const WallRule& a, const WallRule& b) {
  const bool a_observes = a.on_exceed == OnExceed::warn;
  const bool b_observes = b.on_exceed == OnExceed::warn;
  if (a_observes != b_observes) return b_observes;
  if (a.cap != b.cap) return a.cap < b.cap;
  const bool a_asks = a.on_exceed == OnExceed::ask;
  const bool b_asks = b.on_exceed == OnExceed::ask;
  if (a_asks != b_asks) return b_asks;
  return a.on_exceed == OnExceed::pause && b.on_exceed == OnExceed::refuse;
}

WallRule* find_same(std::vector<WallRule>& walls, const WallRule& wall) {
  const auto found =
      std::ranges::find_if(walls, [&](const WallRule& other) { return same_meter(other, wall); });
  return found == walls.end() ? nullptr : &*found;
}

}  // namespace

bool operator==(const WallRule& a, const WallRule& b) {
  const auto same_alert = [](const AlertAt& x, const AlertAt& y) {
    return x.permille == y.permille && x.amount == y.amount;
  };
  return a.name == b.name && same_meter(a, b) && a.cap == b.cap && a.floor == b.floor &&
         a.on_exceed == b.on_exceed && a.downgrade == b.downgrade && a.ask == b.ask &&
         std::ranges::equal(a.alerts, b.alerts, same_alert);
}

void replace_wall(std::vector<WallRule>& walls, const WallRule& wall) {
  if (WallRule* same = find_same(walls, wall)) {
    *same = wall;
  } else {
    walls.push_back(wall);
  }
}

void merge_wall(std::vector<WallRule>& walls, const WallRule& wall) {
  if (WallRule* same = find_same(walls, wall)) {
    // Nobody is asked to raise a cap that another rule for the same wall does not let grow.
    const bool observes = wall.on_exceed == OnExceed::warn || same->on_exceed == OnExceed::warn;
    const bool agree = same->on_exceed == wall.on_exceed && same->ask == wall.ask;
    if (stricter(wall, *same)) *same = wall;
    if (!agree && !observes && same->on_exceed == OnExceed::ask) same->on_exceed = OnExceed::refuse;
  } else {
    walls.push_back(wall);
  }
}

void RunRule::narrow(const RunRule& other) {
  max_age = std::min(max_age, other.max_age);
  lease = std::min({lease, other.lease, max_age});
  for (const WallRule& wall : other.budgets) merge_wall(budgets, wall);
  env.narrow(other.env);
  for (const auto field : other.require) {
    if (std::ranges::find(require, field) == require.end()) require.push_back(field);
  }
}

Keys WallReader::budget_keys() const {
  Keys keys;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const Unit unit{static_cast<std::uint8_t>(i)};
    if (declared.known(unit)) keys.known.push_back(units.name(unit));
  }
  keys.known.insert(keys.known.end(), {"window", "alerts", "expected", "on_exhausted", "floor"});
  return keys;
}

Keys WallReader::limit_keys() const {
  Keys keys = budget_keys();
  std::ranges::replace(keys.known, "on_exhausted", "on_exceed");
  keys.known.insert(keys.known.begin(), {"name", "match", "per", "account", "for", "require"});
  return keys;
}

std::vector<WallReader::Amount> WallReader::amounts(YamlNode map) const {
  std::vector<Amount> found;
  for (YamlNode key = map.first(); key; key = key.next().next()) {
    if (!key.is_scalar()) continue;
    const auto unit = units.find(key.text());
    if (unit && declared.known(*unit)) found.push_back({*unit, key.next()});
  }
  return found;
}

std::optional<Window> WallReader::window(YamlNode node) const {
  constexpr std::string_view kExpected =
      "a window: run, lifetime, minute, hour, day, week, month or {rolling: 5m}";
  if (node.is_map()) {
    if (!check_map(problems, node, "a window", {{"rolling"}})) return std::nullopt;
    const YamlNode span = require(problems, node, "rolling", "a duration such as {rolling: 5m}");
    if (!span) return std::nullopt;
    const auto duration = read_duration(problems, span, {kRollingSpanMin, kRollingSpanMax});
    if (!duration) return std::nullopt;
    return Window{WindowKind::rolling, *duration};
  }
  if (node.is_scalar()) {
    const auto parsed = parse_window(node.text());
    if (parsed && parsed->kind != WindowKind::none && parsed->kind != WindowKind::rolling) {
      return *parsed;
    }
  }
  problems.add(node.mark(), fmt::format("found {}; expected {}", node.found(), kExpected));
  return std::nullopt;
}

void WallReader::read_alerts(YamlNode map, WallRule& wall) const {
  if (const YamlNode list = value_at(map, "alerts")) {
    if (list.is_sequence() && list.size() > kAlertsMax) {
      problems.add(list.mark(),
                   fmt::format("found {} alerts; expected at most {}", list.size(), kAlertsMax));
      return;
    }
    for_each_item(
        problems, list, "a list of shares such as [\"50%\", \"80%\"]", [&](YamlNode item) {
          const auto permille = item.is_scalar() ? parse_permille(item.text()) : std::nullopt;
          if (permille && *permille > 0) {
            wall.alerts.push_back({.permille = *permille, .amount = -1});
          } else {
            problems.add(item.mark(),
                         "found " + item.found() +
                             "; expected a share of the cap such as \"80%\", up to 100%");
          }
        });
  }
  if (const YamlNode expected = value_at(map, "expected")) {
    const auto amount = read_amount(problems, expected, wall.unit, units.name(wall.unit));
    if (amount && *amount > wall.cap) {
      problems.add(expected.mark(),
                   "found an expected amount above the cap; expected at most the cap");
    } else if (amount) {
      wall.alerts.push_back({.permille = 0, .amount = *amount});
    }
  }
}

void WallReader::read_floor(YamlNode map, WallRule& wall) const {
  wall.floor = share_of(wall.cap, kFloorDefaultPermille);
  const YamlNode node = value_at(map, "floor");
  if (!node) return;
  if (node.is_scalar()) {
    if (const auto permille = parse_permille(node.text())) {
      wall.floor = share_of(wall.cap, *permille);
      return;
    }
  }
  if (const auto amount = read_amount(problems, node, wall.unit, units.name(wall.unit))) {
    if (*amount > wall.cap) {
      problems.add(node.mark(),
                   "found a floor above the cap; expected at most the cap, or a share such as 1%");
    }
    wall.floor = *amount;
  }
}

void WallReader::read_on_exceed(YamlNode map, std::string_view key, WallRule& wall) const {
  const YamlNode node = value_at(map, key);
  if (!node) return;
  const std::string_view text = node.is_scalar() ? node.text() : std::string_view();
  if (text == "refuse") {
    wall.on_exceed = OnExceed::refuse;
  } else if (text == "pause") {
    wall.on_exceed = OnExceed::pause;
  } else if (text == "ask") {
    wall.on_exceed = OnExceed::ask;
  } else if (node.is_map() && node.size() == 2 && value_at(node, "ask")) {
    read_ask(value_at(node, "ask"), wall);
  } else if (text == "warn") {
    wall.on_exceed = OnExceed::warn;
  } else if (node.is_map() && node.size() == 2 && value_at(node, "downgrade")) {
    read_downgrade(value_at(node, "downgrade"), wall);
  } else {
    problems.add(node.mark(), fmt::format("found {}; expected {}", node.found(), kConsequences));
  }
}

void WallReader::read_ask(YamlNode node, WallRule& wall) const {
  const Keys keys{.known = {std::begin(kAskTermKeys), std::end(kAskTermKeys)}};
  wall.on_exceed = OnExceed::ask;
  if (check_map(problems, node, "ask", keys)) read_ask_terms(problems, node, wall.ask);
}

void WallReader::read_downgrade(YamlNode node, WallRule& wall) const {
  const auto operation = Operation::parse(node.is_scalar() ? node.text() : std::string_view());
  if (!operation || operation->kind() != "llm" || operation->segments().size() != 3) {
    problems.add(node.mark(),
                 "found " + node.found() + "; expected a model such as llm:openai/gpt-4o-mini");
    return;
  }
  wall.on_exceed = OnExceed::downgrade;
  wall.downgrade = operation->text();
}

std::optional<WallRule> WallReader::wall(YamlNode map, const Amount& amount, Window window,
                                         std::string_view on_exceed_key) const {
  const auto cap = read_amount(problems, amount.node, amount.unit, units.name(amount.unit));
  if (!cap) return std::nullopt;
  WallRule wall;
  wall.unit = amount.unit;
  wall.window = amount.unit == kConcurrent ? Window{} : window;
  wall.cap = *cap;
  read_floor(map, wall);
  read_alerts(map, wall);
  read_on_exceed(map, on_exceed_key, wall);
  return wall;
}

std::optional<WallRule> WallReader::budget(YamlNode map, BudgetPlace place) const {
  if (!check_map(problems, map, "a budget", budget_keys())) return std::nullopt;
  const auto found = amounts(map);
  if (found.size() != 1) {
    problems.add(map.mark(),
                 fmt::format("found {} units in a budget; expected exactly one, such as "
                             "{{usd: \"5.00\", window: month}}",
                             found.size()));
    return std::nullopt;
  }
  const YamlNode stated = value_at(map, "window");
  std::optional<Window> over = Window{WindowKind::run, {}};
  if (found[0].unit == kConcurrent) {
    if (stated)
      problems.add(stated.mark(),
                   "found a window; expected none, since `concurrent` counts what is open now");
  } else if (stated) {
    over = window(stated);
    if (over && place == BudgetPlace::account && over->kind == WindowKind::run) {
      problems.add(stated.mark(),
                   "found the window `run` on an account's budget; expected a window that outlives "
                   "a run, or the budget under the role's `run: {budgets: …}`");
      return std::nullopt;
    }
  } else if (place == BudgetPlace::account) {
    problems.add(
        map.mark(),
        "found no `window`; expected lifetime, minute, hour, day, week, month or {rolling: 5m}");
    return std::nullopt;
  }
  if (!over) return std::nullopt;
  auto read = wall(map, found[0], *over, "on_exhausted");
  if (read) read->name = kBudgetName;
  return read;
}

void WallReader::budgets(YamlNode list, BudgetPlace place, std::vector<WallRule>& out) const {
  std::vector<WallRule> own;
  for_each_item(problems, list, "a list of budgets such as [{usd: \"5.00\", window: month}]",
                [&](YamlNode item) {
                  auto read = budget(item, place);
                  if (!read) return;
                  if (find_same(own, *read) != nullptr) {
                    problems.add(item.mark(),
                                 fmt::format("found a second budget of {} over {}; expected one",
                                             units.name(read->unit), to_string(read->window)));
                    return;
                  }
                  own.push_back(std::move(*read));
                });
  for (WallRule& wall : own) out.push_back(std::move(wall));
}

std::vector<WallRule> WallReader::limit_walls(YamlNode map, std::string_view name, Per per) const {
  const auto found = amounts(map);
  if (found.empty()) {
    problems.add(map.mark(), "found no unit in a limit; expected one or more, such as calls: 100");
    return {};
  }
  if (found.size() > 1) {
    for (const std::string_view key : {"expected", "floor"}) {
      const YamlNode node = value_at(map, key);
      if (!node || (node.is_scalar() && node.text().ends_with('%'))) continue;
      problems.add(node.mark(),
                   fmt::format("found an amount in `{}` beside several units; expected "
                               "a limit of its own for each unit",
                               key));
      return {};
    }
  }
  const bool windowless = found.size() == 1 && found[0].unit == kConcurrent;
  const YamlNode stated = value_at(map, "window");
  std::optional<Window> over = Window{WindowKind::run, {}};
  if (windowless && stated) {
    problems.add(stated.mark(),
                 "found a window; expected none, since `concurrent` counts what is open now");
  } else if (stated) {
    over = window(stated);
    if (over && over->kind == WindowKind::run && per != Per::run) {
      problems.add(stated.mark(), "found the window `run`; expected it only with `per: run`");
      return {};
    }
  } else if (per != Per::run && !windowless) {
    problems.add(map.mark(),
                 "found no `window`; expected one, since only `per: run` counts by the run");
    return {};
  }
  std::vector<WallRule> walls;
  if (!over) return walls;
  for (const Amount& amount : found) {
    if (auto read = wall(map, amount, *over, "on_exceed")) {
      read->name = name;
      walls.push_back(std::move(*read));
    }
  }
  return walls;
}

}  // namespace ringfence
