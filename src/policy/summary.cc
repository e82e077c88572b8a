// SPDX-License-Identifier: Apache-2.0
#include "policy/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "policy/check.h"

namespace ringfence {
namespace {

std::string describe_all(const std::vector<WallRule>& walls, const UnitTable& units) {
  std::vector<std::string> parts;
  for (const WallRule& wall : walls) parts.push_back(describe(wall, units));
  return fmt::format("{}", fmt::join(parts, "; "));
}

void add_section(std::string& out, std::string_view title, const std::vector<std::string>& rows) {
  out += fmt::format("{}: {}\n", title, rows.empty() ? "none" : std::to_string(rows.size()));
  for (std::size_t i = 0; i < std::min(rows.size(), kReportRowsMax); ++i) {
    out += "  " + rows[i] + "\n";
  }
  if (rows.size() > kReportRowsMax) {
    out += fmt::format("  and {} more\n", rows.size() - kReportRowsMax);
  }
}

std::string describe_account(const AccountEntry& entry, const Document& document,
                             const UnitTable& units) {
  std::string row = entry.key;
  if (entry.role) row += ", role " + document.roles[*entry.role].name;
  if (entry.unlimited) row += ", unlimited";
  if (!entry.budgets.empty()) row += ": " + describe_all(entry.budgets, units);
  return row;
}

std::string describe_environment(const EnvironmentRule& env) {
  std::string row;
  if (env.memory_bytes) row += ", memory " + format_bytes(*env.memory_bytes);
  if (env.cpu_millis)
    row += fmt::format(", cpu {}.{:03}", *env.cpu_millis / 1000, *env.cpu_millis % 1000);
  if (env.pids) row += fmt::format(", pids {}", *env.pids);
  if (env.timeout) row += ", timeout " + format_duration(*env.timeout);
  return row;
}

std::string describe_role(const Role& role, const Document& document, const UnitTable& units) {
  std::string row = role.name;
  if (role.extends) row += " (extends " + document.roles.all()[*role.extends].name + ")";
  row += fmt::format(": {} allow, {} deny", role.rules.allow.patterns().size(),
                     role.rules.deny.patterns().size());
  if (!role.rules.danger.patterns().empty()) {
    row += fmt::format(", {} danger", role.rules.danger.patterns().size());
  }
  if (role.unlimited) row += ", unlimited";
  if (!role.budgets.empty()) row += "; " + describe_all(role.budgets, units);
  row += fmt::format("; run: lease {}, at most {}", format_duration(role.run.lease),
                     format_duration(role.run.max_age));
  if (!role.run.budgets.empty()) row += ", " + describe_all(role.run.budgets, units);
  row += describe_environment(role.run.env);
  for (const auto field : role.run.require) {
    row += fmt::format(", requires {}", identity_field_name(field));
  }
  return row;
}

std::string describe_limit(const LimitRule& limit, const UnitTable& units) {
  constexpr std::array<std::string_view, 7> kPer{"run",  "session", "agent",  "user",
                                                 "team", "org",     "account"};
  std::string row = fmt::format(
      "{}: {} for {}, by {}{}", limit.wall.name, describe(limit.wall, units), limit.match,
      kPer[static_cast<std::size_t>(limit.per)], limit.account.empty() ? "" : " " + limit.account);
  if (!limit.whom.anyone()) row += ", only " + limit.whom.text();
  return row;
}

std::string describe_provider(const Provider& provider) {
  std::string row = fmt::format("{}: {} at {}", provider.name, provider.wire, provider.base_url);
  if (provider.key.kind == KeySource::Kind::env) row += ", key from $" + provider.key.value;
  if (provider.key.kind == KeySource::Kind::file) row += ", key from " + provider.key.value;
  if (provider.free) row += ", free";
  if (!provider.free && !provider.catalog.empty()) row += ", prices of " + provider.catalog;
  switch (provider.admission) {
    case Admission::clamp: row += ", clamp"; break;
    case Admission::strict: row += ", strict"; break;
    case Admission::stepwise: row += ", stepwise"; break;
  }
  return row;
}

// Without its query, which may hold a token.
std::string describe_webhook(const WebhookRule& webhook) {
  const std::string url = webhook.url.substr(0, webhook.url.find('?'));
  std::string row = fmt::format("{}: {} events to {}", webhook.name, webhook.events.count(), url);
  if (!webhook.accounts.keys().empty()) {
    row += fmt::format(", of {}", fmt::join(webhook.accounts.keys(), ", "));
  }
  if (webhook.allow_private) row += ", also on private networks";
  return row;
}

std::vector<std::string> describe_audit(const AuditRule& audit) {
  std::vector<std::string> rows;
  if (!audit.origin.empty()) rows.push_back("origin " + audit.origin);
  if (!audit.anchor.empty()) rows.push_back("anchor " + audit.anchor);
  if (!audit.witnesses.empty()) {
    rows.push_back(
        fmt::format("{} of {} witnesses must sign", audit.quorum, audit.witnesses.size()));
  }
  for (const AuditWitness& witness : audit.witnesses) rows.push_back("witness " + witness.url);
  if (audit.public_entries) rows.push_back("whoever asks may read the record");
  if (audit.keep_payloads) {
    rows.push_back("arguments beside it are kept for " + format_duration(*audit.keep_payloads));
  }
  return rows;
}

}  // namespace

std::string describe(const WallRule& wall, const UnitTable& units) {
  std::string text = units.name(wall.unit) + " " + format_amount(wall.unit, wall.cap);
  if (wall.window.kind == WindowKind::rolling) {
    text += " in any " + format_duration(wall.window.span);
  } else if (wall.window.kind == WindowKind::none) {
    text += " at once";
  } else if (wall.window.kind == WindowKind::lifetime) {
    text += " for ever";
  } else {
    text += " per " + to_string(wall.window);
  }
  if (wall.on_exceed == OnExceed::pause) text += ", pauses";
  if (wall.on_exceed == OnExceed::downgrade) text += ", downgrades to " + wall.downgrade;
  if (wall.on_exceed == OnExceed::warn) text += ", only warns";
  return text;
}

std::string summarise(const CompiledPolicy& policy) {
  std::string out;
  std::vector<std::string> rows;
  const auto section = [&](std::string_view title, const auto& things, auto&& describe_one) {
    rows.clear();
    for (const auto& thing : things) rows.push_back(describe_one(thing));
    add_section(out, title, rows);
  };
  const UnitTable& units = policy.units();
  const bool several = policy.documents().all().size() > 1;
  for (const Document& document : policy.documents().all()) {
    if (several) out += document.name + ":\n";
    section("accounts", document.accounts.entries(),
            [&](const AccountEntry& entry) { return describe_account(entry, document, units); });
    section("roles", document.roles.all(),
            [&](const Role& role) { return describe_role(role, document, units); });
  }
  section("limits", policy.limits(),
          [&](const LimitRule& limit) { return describe_limit(limit, policy.units()); });
  section("providers", policy.providers(), describe_provider);
  section("prices", policy.prices().entries(), [](const PriceEntry& entry) { return entry.key; });
  if (const auto& webhooks = webhooks_of(policy); !webhooks.empty()) {
    section("webhooks", webhooks, describe_webhook);
  }
  if (const auto audit = describe_audit(policy.audit()); !audit.empty()) {
    add_section(out, "audit", audit);
  }
  return out;
}

}  // namespace ringfence
