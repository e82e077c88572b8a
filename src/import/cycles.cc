// SPDX-License-Identifier: Apache-2.0
#include "import/cycles.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/path.h"

namespace ringfence::imports {
namespace {

constexpr std::array<std::string_view, 6> kLevels = {"tenant",   "workspace", "app",
                                                     "workflow", "agent",     "toolset"};
constexpr int kUsdOfMicrocent = -8;

class Reader {
 public:
  Reader(Problems& problems, Draft& draft) : problems_(problems), draft_(draft) {}

  void read(YamlNode root);

 private:
  std::string path_of(YamlNode scope);
  void ledger(YamlNode node);
  bool amount(YamlNode ledger, Cap& cap);
  void not_carried(YamlNode ledger);

  Problems& problems_;
  Draft& draft_;
  Names names_;
};

// tenant:acme/workspace:prod is acme/workspace-prod; empty: no such scope, and reported.
std::string Reader::path_of(YamlNode scope) {
  std::string path = "/";
  std::size_t level = 0;
  std::string_view rest = scope.is_scalar() ? scope.text() : std::string_view();
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const std::size_t colon = part.find(':');
    const auto* found = std::find(kLevels.begin() + static_cast<std::ptrdiff_t>(level),
                                  kLevels.end(), part.substr(0, colon));
    if (colon == std::string_view::npos || found == kLevels.end() || colon + 1 == part.size()) {
      path.clear();
      break;
    }
    level = static_cast<std::size_t>(found - kLevels.begin()) + 1;
    const std::string wish = level == 1 ? std::string(part.substr(colon + 1))
                                        : fmt::format("{}-{}", *found, part.substr(colon + 1));
    path = join_path(path, names_.name(path + "\n" + std::string(part), wish));
  }
  if (path.empty() || path == "/") {
    problems_.add(scope.mark(), fmt::format("found the scope {}; expected levels such as "
                                            "tenant:acme/workspace:prod",
                                            scope.found()));
    return {};
  }
  return path;
}

bool Reader::amount(YamlNode ledger, Cap& cap) {
  const YamlNode allocated = member(ledger, "allocated");
  const YamlNode node = allocated && allocated.is_map() ? member(allocated, "amount") : allocated;
  const auto count = plain_decimal(node && node.is_scalar() ? node.text() : "");
  if (!count || count->find('.') != std::string::npos) {
    problems_.add((node ? node : ledger).mark(),
                  "found no whole number as `allocated`; expected {amount, unit}");
    return false;
  }
  const std::string unit = text_of(ledger, "unit");
  if (unit == "USD_MICROCENTS") {
    cap.unit = "usd";
    cap.amount = shifted(*count, kUsdOfMicrocent);
  } else if (unit == "TOKENS") {
    cap.unit = "tokens";
    cap.amount = *count;
  } else if (unit == "CREDITS" || unit == "RISK_POINTS") {
    cap.unit = unit == "CREDITS" ? "credits" : "risk_points";
    cap.amount = *count;
    draft_.unit(cap.unit, "{count: [{match: \"*\"}]}");
    draft_.left_out(member(ledger, "unit"), unit,
                    "carried as a unit of its own: each operation counts at least one of it");
  } else {
    problems_.add(ledger.mark(), fmt::format("found the unit {}; expected USD_MICROCENTS, TOKENS, "
                                             "CREDITS or RISK_POINTS",
                                             quoted(unit)));
    return false;
  }
  return true;
}

void Reader::not_carried(YamlNode ledger) {
  const auto say = [&](std::string_view key, std::string_view why) {
    const YamlNode node = member(ledger, key);
    if (!node) return;
    const std::string value = node.is_map()      ? text_of(node, "amount")
                              : node.is_scalar() ? std::string(node.text())
                                                 : std::string();
    if (value.empty() || value == "0" || value == "NONE" || value == "false") return;
    draft_.left_out(node, key, why);
  };
  say("period_start",
      "Cycles keeps it and resets nothing by it; carried as a budget that never "
      "resets");
  say("period_end",
      "Cycles keeps it and resets nothing by it; write `window: month` or the like "
      "where somebody resets it by hand");
  say("rollover_policy", "Cycles keeps it and applies it nowhere");
  say("overdraft_limit", "there is no debt here: what is over is charged, and the wall is closed");
  say("debt", "counters start at zero");
  say("spent", "counters start at zero; what was spent stays there");
  say("reserved", "what is open there stays there");
  say("commit_overage_policy", "what is over is always charged here");
  say("caps_json", "nothing here says the same");
}

void Reader::ledger(YamlNode node) {
  if (!node.is_map() || !member(node, "scope")) {
    problems_.add(node.mark(), fmt::format("found {}; expected a ledger with scope, unit and "
                                           "allocated",
                                           node.found()));
    return;
  }
  const std::string path = path_of(member(node, "scope"));
  Cap cap;
  cap.window = "lifetime";
  if (path.empty() || !amount(node, cap)) return;
  const std::string status = text_of(node, "status");
  if (status == "FROZEN" || status == "CLOSED") {
    draft_.left_out(member(node, "status"), status,
                    "carried as a cap of 0: what needs nothing of this unit still passes");
    cap.amount = "0";
  }
  not_carried(node);
  const std::string role = draft_.role_allowing({"*"}, "any");
  draft_.budget(path, std::move(cap));
  draft_.give_role(path, role);
  draft_.give_role(join_path(path, "**"), role);
}

void Reader::read(YamlNode root) {
  YamlNode ledgers = root.is_sequence() ? root : member(root, "ledgers");
  if (!ledgers) ledgers = member(root, "budgets");
  if (!ledgers || !ledgers.is_sequence()) {
    problems_.add(root.mark(), fmt::format("found {}; expected a list of ledgers, or a map with "
                                           "`ledgers` or `budgets`",
                                           root.found()));
    return;
  }
  draft_.comment("Imported from Cycles. Check it with `ringfence policy check`.");
  for (YamlNode node = ledgers.first(); node; node = node.next()) ledger(node);
  const YamlNode tenants = member(root, "tenants");
  for (YamlNode tenant = tenants && tenants.is_sequence() ? tenants.first() : YamlNode(); tenant;
       tenant = tenant.next()) {
    const std::string status = text_of(tenant, "status");
    if (status.empty() || status == "ACTIVE") continue;
    draft_.left_out(tenant, fmt::format("a tenant that is {}", status),
                    "stop it with `ringfence kill`; a policy has no state");
  }
  for (YamlNode name = root.is_map() ? root.first() : YamlNode(); name; name = name.next().next()) {
    constexpr std::array<std::string_view, 5> kKnown = {"ledgers", "budgets", "tenants", "has_more",
                                                        "next_cursor"};
    if (name.text() == "has_more" && name.next().is_scalar() && name.next().text() == "true") {
      draft_.left_out(name, "has_more", "the export goes on after this page");
    }
    if (std::ranges::find(kKnown, name.text()) != kKnown.end()) continue;
    draft_.left_out(name, name.text(),
                    name.text() == "policies" ? "Cycles' server reads no policy at run time either"
                                              : "this section is not carried");
  }
}

}  // namespace

void read_cycles(Problems& problems, YamlNode root, Draft& draft) {
  Reader(problems, draft).read(root);
}

}  // namespace ringfence::imports
