// SPDX-License-Identifier: Apache-2.0
// Reads the walls of a document: one budget, or one limit, as rules for the ledger.
//
// Contract: what is wrong is reported; walls come out complete or not at all. A budget has one
// unit; a limit may name several and becomes one rule for each.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "policy/policy.h"
#include "policy/reader.h"
#include "policy/units.h"

namespace ringfence {

inline constexpr std::size_t kAlertsMax = 16;
inline constexpr std::string_view kBudgetName = "budget";

enum class BudgetPlace {
  account,  // accounts: and roles: budgets; a window is required, and never `run`
  run,      // run: budgets; the window is `run` unless stated
};

struct WallReader {
  Problems& problems;
  const UnitTable& units;
  const DeclaredUnits& declared;

  // Reads a list of budgets and appends them; a unit and window twice in one list is reported.
  void budgets(YamlNode list, BudgetPlace place, std::vector<WallRule>& out) const;
  // What a limit shares with budgets, from its map: one wall per unit it names.
  std::vector<WallRule> limit_walls(YamlNode map, std::string_view name, Per per) const;
  // The keys of a limit, units included.
  Keys limit_keys() const;

 private:
  struct Amount {
    Unit unit;
    YamlNode node;
  };
  std::optional<WallRule> budget(YamlNode map, BudgetPlace place) const;
  Keys budget_keys() const;
  std::vector<Amount> amounts(YamlNode map) const;
  std::optional<Window> window(YamlNode node) const;
  std::optional<WallRule> wall(YamlNode map, const Amount& amount, Window window,
                               std::string_view on_exceed_key) const;
  void read_alerts(YamlNode map, WallRule& wall) const;
  void read_floor(YamlNode map, WallRule& wall) const;
  void read_on_exceed(YamlNode map, std::string_view key, WallRule& wall) const;
  void read_downgrade(YamlNode node, WallRule& wall) const;
  void read_ask(YamlNode node, WallRule& wall) const;
};

// Adds `wall`, or replaces the one with the same unit and window (`extends`).
void replace_wall(std::vector<WallRule>& walls, const WallRule& wall);
// Adds `wall`, or keeps the stricter of the two with the same unit and window.
void merge_wall(std::vector<WallRule>& walls, const WallRule& wall);

}  // namespace ringfence
