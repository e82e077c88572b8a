// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/path.h"
#include "policy/compiled.h"
#include "policy/glob.h"
#include "policy/providers.h"
#include "policy/summary.h"
#include "policy/web_address.h"

namespace ringfence {
namespace {

// Comparing each limit with each allow rule: more than this is not worth a warning.
constexpr std::size_t kComparisonsMax = 2'000'000;

class Warnings {
 public:
  Warnings(const CompiledPolicy& policy, Problems& found) : policy_(policy), found_(found) {}

  void collect() {
    documents();
    limits();
    providers();
    prices();
  }

 private:
  void documents();
  void account(const AccountEntry& entry);
  void roles(const Document& document);
  void limits();
  void providers();
  void prices();
  bool bounded(std::string_view path) const;

  const CompiledPolicy& policy_;
  Problems& found_;
};

// An account that a key matches.
std::string example_of(const AccountEntry& entry) {
  std::string path = "/";
  for (const std::string& element : entry.elements) {
    if (element == SegmentTrie::kDeep) continue;
    std::string segment;
    for (const char c : element) segment += c == kStar ? 'x' : c;
    path = join_path(path, segment);
  }
  return path;
}

// As `no_wall` has it: enforced, in usd, tokens or calls, over more than a moment.
bool bounds(const WallRule& wall) {
  const bool unit = wall.unit == kUsd || wall.unit == kTokens || wall.unit == kCalls;
  const WindowKind over = wall.window.kind;
  const bool window = over == WindowKind::run || over == WindowKind::lifetime ||
                      over == WindowKind::day || over == WindowKind::week ||
                      over == WindowKind::month;
  return unit && window && wall.on_exceed != OnExceed::warn;
}

bool loopback(std::string_view base_url) {
  const std::string_view host = host_of(base_url);
  return host == "localhost" || host.starts_with("127.") || host == "::1";
}

bool Warnings::bounded(std::string_view path) const {
  for (std::string_view at = path; !at.empty(); at = parent_path(at)) {
    const AccountRules rules = policy_.account(at);
    if (rules.unlimited || std::ranges::any_of(rules.budgets, bounds)) return true;
    if (at == path && rules.role &&
        std::ranges::any_of(policy_.run_rule(*rules.role).budgets, bounds)) {
      return true;
    }
  }
  return false;
}

void Warnings::documents() {
  for (const Document& document : policy_.documents().all()) {
    for (const AccountEntry& entry : document.accounts.entries()) account(entry);
    roles(document);
  }
}

void Warnings::account(const AccountEntry& entry) {
  if (!entry.role || bounded(example_of(entry))) return;
  found_.add(entry.mark,
             fmt::format("no budget bounds the accounts {}: their runs are refused (no_wall) "
                         "unless they bring one; expected a budget in usd, tokens or calls here, "
                         "in the role or above",
                         quoted(entry.key)));
}

void Warnings::roles(const Document& document) {
  const auto& all = document.roles.all();
  std::vector<bool> used(all.size(), false);
  for (const AccountEntry& entry : document.accounts.entries()) {
    std::optional<std::size_t> role;
    if (entry.role) role = entry.role->index;
    for (; role && !used[*role]; role = all[*role].extends) used[*role] = true;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!used[i]) {
      found_.add(all[i].mark, fmt::format("no account has the role {}", quoted(all[i].name)));
    }
    const auto chain = document.roles.chain(RoleId{i});
    const bool allows = std::ranges::any_of(
        chain, [](const RuleSet* rules) { return !rules->allow.patterns().empty(); });
    if (!allows) {
      found_.add(all[i].mark, fmt::format("the role {} allows nothing, so all its accounts ask for "
                                          "is denied",
                                          quoted(all[i].name)));
    }
    if (!all[i].run.env.empty()) {
      found_.add(all[i].mark,
                 fmt::format("the `env` of the role {} is told to its runs, but no sandbox of this "
                             "version enforces it",
                             quoted(all[i].name)));
    }
    for (const Pattern& pattern : all[i].rules.allow.patterns()) {
      if (pattern.segments.size() < 2 || pattern.segments[0] != "llm") continue;
      const std::string& name = pattern.segments[1];
      if (!is_literal(name) || policy_.provider(name) != nullptr) continue;
      found_.add(all[i].mark,
                 fmt::format("the role {} allows {}, but there is no provider {}",
                             quoted(all[i].name), quoted(pattern.written), quoted(name)));
    }
  }
}

void Warnings::limits() {
  std::size_t allow_rules = 0;
  for (const Document& document : policy_.documents().all()) {
    for (const Role& role : document.roles.all()) {
      allow_rules += role.rules.allow.patterns().size();
    }
  }
  if (allow_rules * policy_.limits().size() > kComparisonsMax) return;
  for (std::size_t i = 0; i < policy_.limits().size(); ++i) {
    const LimitRule& limit = policy_.limits()[i];
    const Mark mark = policy_.limit_patterns().mark(i);
    const auto& patterns = policy_.limit_patterns().patterns(i);
    const bool allowed = std::ranges::any_of(
        patterns, [&](const Pattern& pattern) { return policy_.documents().any_allows(pattern); });
    if (allow_rules > 0 && !allowed) {
      found_.add(mark,
                 fmt::format("the limit {} can match nothing: no role allows an operation of {}",
                             quoted(limit.wall.name), quoted(limit.match)));
    }
    if (limit.per == Per::account && !policy_.account(limit.account).known) {
      found_.add(mark, fmt::format("the limit {} counts for the account {}, which is not listed",
                                   quoted(limit.wall.name), quoted(limit.account)));
    }
  }
}

void Warnings::providers() {
  for (const Provider& provider : policy_.providers()) {
    const bool near = loopback(provider.base_url);
    const bool keyed = provider.key.kind != KeySource::Kind::none;
    if (keyed && !near && provider.base_url.starts_with("http:")) {
      found_.add({}, fmt::format("the key of {} leaves this machine unencrypted; expected https",
                                 quoted(provider.name)));
    }
    if (!keyed && !near) {
      found_.add({}, fmt::format("the provider {} has no key", quoted(provider.name)));
    }
    const bool priced =
        std::ranges::any_of(policy_.prices().entries(), [&](const PriceEntry& entry) {
          return entry.pattern.segments[0] == "llm" && entry.pattern.segments[1] == provider.name;
        });
    if (!provider.free && !priced && provider.catalog.empty()) {
      found_.add({}, fmt::format("no model of {} has a price, so its calls are refused (unpriced)",
                                 quoted(provider.name)));
    }
  }
}

void Warnings::prices() {
  for (const PriceEntry& entry : policy_.prices().entries()) {
    if (entry.pattern.segments[0] != "llm") continue;
    const std::string& name = entry.pattern.segments[1];
    const Rates& rates = entry.price.rates;
    if (entry.price.max_output_tokens == 0 && rates.dearest_output() > 0) {
      found_.add(entry.mark, fmt::format("the price of {} states no `max_output`: a call that "
                                         "states no cap of its own is refused (unbounded)",
                                         quoted(entry.key)));
    }
    if (policy_.provider(name) != nullptr) continue;
    found_.add(entry.mark,
               fmt::format("the price of {} is for the provider {}, which is not declared",
                           quoted(entry.key), quoted(name)));
  }
}

}  // namespace

CheckReport check_policy(std::string_view text, std::string_view name) {
  CheckReport report;
  Problems problems(name);
  const CompiledPolicy policy(text, problems, UnitTable{});
  if (!problems.empty()) {
    report.problems = problems.lines();
    return report;
  }
  report.valid = true;
  report.sha256_hex = policy.sha256_hex();
  report.summary = summarise(policy);
  Problems warnings(name);
  warnings.find_files(text);
  Warnings(policy, warnings).collect();
  report.warnings = warnings.lines();
  return report;
}

std::string CheckReport::text(std::string_view name) const {
  if (!valid) {
    return fmt::format("{}: refused\n{}\n", name, fmt::join(problems, "\n"));
  }
  std::string out = fmt::format("{}: valid, sha256 {}\n{}", name, sha256_hex, summary);
  for (const std::string& warning : warnings) out += "warning: " + warning + "\n";
  return out;
}

}  // namespace ringfence
