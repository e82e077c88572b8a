// SPDX-License-Identifier: Apache-2.0
#include "import/litellm.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/path.h"
#include "import/litellm_models.h"

namespace ringfence::imports {
namespace {

constexpr int kMoneyDigits = 9;
constexpr int kRollingDaysMax = 366;

// "30d" as a window; empty: not understood. LiteLLM resets whole days, weeks and months at their
// calendar's beginning.
std::string window_of(std::string_view duration) {
  static const std::map<std::string_view, std::string_view> kCalendar = {
      {"60s", "minute"},  {"1m", "minute"},    {"60m", "hour"},    {"1h", "hour"},
      {"hourly", "hour"}, {"24h", "day"},      {"1d", "day"},      {"daily", "day"},
      {"7d", "week"},     {"1w", "week"},      {"weekly", "week"}, {"30d", "month"},
      {"1mo", "month"},   {"monthly", "month"}};
  if (const auto known = kCalendar.find(duration); known != kCalendar.end()) {
    return std::string(known->second);
  }
  const std::size_t unit = duration.find_first_not_of("0123456789");
  if (unit == 0 || unit == std::string_view::npos || unit > 6) return {};
  long count = 0;
  for (const char c : duration.substr(0, unit)) count = count * 10 + (c - '0');
  static const std::map<std::string_view, long> kSeconds = {
      {"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}, {"w", 604'800}, {"mo", 2'592'000}};
  const auto each = kSeconds.find(duration.substr(unit));
  if (each == kSeconds.end() || count <= 0) return {};
  const long seconds = count * each->second;
  if (seconds > kRollingDaysMax * 86'400L) return {};
  return fmt::format("{{rolling: {}s}}", seconds);
}

class Reader {
 public:
  Reader(Problems& problems, Draft& draft) : problems_(problems), draft_(draft) {}

  void read(YamlNode root);

 private:
  struct Holder {  // a team, user or organization
    std::string path;
    std::vector<std::string> models;
  };

  void settings(YamlNode root);
  void budget(const std::string& path, YamlNode node, std::string_view amount_key,
              std::string_view duration_key);
  void rates(const std::string& path, YamlNode node);
  void model_budgets(const std::string& path, YamlNode node);
  void rest(YamlNode node, const std::vector<std::string_view>& carried);
  void holder(YamlNode node, std::string_view id_key, std::string_view alias_key,
              const std::string& above, std::map<std::string, Holder>& into, Names& names);
  void key(YamlNode node);
  YamlNode with_table(YamlNode node, std::string_view field) const;

  Problems& problems_;
  Draft& draft_;
  LitellmModels models_;
  Names orgs_names_, teams_names_, users_names_, keys_names_;
  std::map<std::string, Holder> orgs_, teams_, users_;
};

// Budgets may stand in a table of their own that a key refers to.
YamlNode Reader::with_table(YamlNode node, std::string_view field) const {
  if (const YamlNode own = member(node, field)) return own;
  return member(member(node, "litellm_budget_table"), field);
}

void Reader::budget(const std::string& path, YamlNode node, std::string_view amount_key,
                    std::string_view duration_key) {
  const YamlNode amount = with_table(node, amount_key);
  if (!amount) return;
  const auto decimal = plain_decimal(amount.is_scalar() ? amount.text() : "");
  if (!decimal) {
    problems_.add(amount.mark(), fmt::format("found {} as {}; expected an amount of 0 or more",
                                             amount.found(), amount_key));
    return;
  }
  const auto [usd, lost] = cut(*decimal, kMoneyDigits);
  if (lost) draft_.left_out(amount, amount_key, "cut to a nano-dollar");
  const YamlNode duration = with_table(node, duration_key);
  std::string window = "lifetime";  // without a duration it never resets
  if (duration) {
    const std::string found = window_of(duration.is_scalar() ? duration.text() : "");
    if (found.empty()) {
      draft_.left_out(duration, duration_key,
                      "no window has this length; carried as one that never resets");
    } else {
      window = found;
    }
    if (found.starts_with('{')) {
      draft_.left_out(duration, duration_key,
                      "carried as a rolling window: it has no moment of reset");
    }
  }
  Cap cap{"usd", usd, window};
  if (const YamlNode soft = with_table(node, "soft_budget"); soft && amount_key == "max_budget") {
    if (const auto alert = plain_decimal(soft.is_scalar() ? soft.text() : "")) {
      cap.expected = cut(*alert, kMoneyDigits).first;
    }
  }
  draft_.budget(path, std::move(cap));
}

void Reader::rates(const std::string& path, YamlNode node) {
  for (const auto& [theirs, ours] :
       {std::pair<std::string_view, std::string_view>("rpm_limit", "calls"),
        {"tpm_limit", "tokens"},
        {"max_parallel_requests", "concurrent"}}) {
    const YamlNode most = with_table(node, theirs);
    if (!most || !most.is_scalar()) continue;
    const auto count = plain_decimal(most.text());
    if (!count || count->find('.') != std::string::npos) {
      problems_.add(most.mark(),
                    fmt::format("found {} as {}; expected a whole number", most.found(), theirs));
      continue;
    }
    const std::string_view over = ours == "concurrent" ? "" : ", window: minute";
    const std::string_view name = ours == "concurrent" ? "parallel" : theirs.substr(0, 3);
    draft_.limit(fmt::format("{}-{}", name, path),
                 fmt::format("match: \"llm:*\", per: account, account: {}, {}: {}{}",
                             yaml_string(path), ours, *count, over));
  }
}

void Reader::model_budgets(const std::string& path, YamlNode node) {
  const YamlNode map = with_table(node, "model_max_budget");
  if (!map || !map.is_map()) return;
  for (YamlNode name = map.first(); name; name = name.next().next()) {
    const YamlNode value = name.next();
    const bool plain = value.is_scalar();
    const YamlNode amount = plain                           ? value
                            : member(value, "budget_limit") ? member(value, "budget_limit")
                                                            : member(value, "max_budget");
    const auto decimal = plain_decimal(amount && amount.is_scalar() ? amount.text() : "");
    if (!decimal) {
      draft_.left_out(name, fmt::format("model_max_budget of {}", quoted(name.text())),
                      "without an amount");
      continue;
    }
    const auto [usd, lost] = cut(*decimal, kMoneyDigits);
    if (lost) draft_.left_out(amount, "model_max_budget", "cut to a nano-dollar");
    std::string duration = text_of(value, "time_period");
    if (duration.empty()) duration = text_of(value, "budget_duration");
    std::string window = duration.empty() ? "lifetime" : window_of(duration);
    if (window.empty()) {
      draft_.left_out(name, "the period of a model's budget",
                      "no window has this length; carried as one that never resets");
      window = "lifetime";
    }
    for (const std::string& pattern : models_.patterns(name.text())) {
      draft_.limit("model-" + path,
                   fmt::format("match: {}, per: account, account: {}, usd: \"{}\", "
                               "window: {}",
                               yaml_string(pattern), yaml_string(path), usd, window));
    }
  }
}

// Everything that says something and is not carried is named.
void Reader::rest(YamlNode node, const std::vector<std::string_view>& carried) {
  static const std::vector<std::string_view> kSilent = {"token",
                                                        "key",
                                                        "key_name",
                                                        "key_alias",
                                                        "user_id",
                                                        "user_alias",
                                                        "user_email",
                                                        "team_id",
                                                        "team_alias",
                                                        "organization_id",
                                                        "organization_alias",
                                                        "created_at",
                                                        "updated_at",
                                                        "created_by",
                                                        "updated_by",
                                                        "last_active",
                                                        "budget_reset_at",
                                                        "metadata",
                                                        "budget_id",
                                                        "litellm_budget_table",
                                                        "max_budget",
                                                        "soft_budget",
                                                        "budget_duration",
                                                        "models",
                                                        "rpm_limit",
                                                        "tpm_limit",
                                                        "max_parallel_requests",
                                                        "model_max_budget",
                                                        "blocked",
                                                        "user_role",
                                                        "members",
                                                        "admins",
                                                        "members_with_roles",
                                                        "sso_user_id"};
  for (YamlNode name = node.first(); name; name = name.next().next()) {
    const YamlNode value = name.next();
    if (!member(node, name.text())) continue;  // null
    if (!value.is_scalar() && value.size() == 0) continue;
    const auto in = [&](const auto& list) {
      return std::ranges::find(list, name.text()) != std::end(list);
    };
    if (in(kSilent) || in(carried)) continue;
    if (value.is_scalar() && (value.text().empty() || value.text() == "false")) continue;
    if (name.text() == "spend") {
      const auto spent = plain_decimal(value.is_scalar() ? value.text() : "");
      if (spent && *spent != "0") {
        draft_.left_out(name, "spend", "counters start at zero; what was spent stays there");
      }
      continue;
    }
    draft_.left_out(name, name.text(), "nothing here says the same");
  }
}

void Reader::holder(YamlNode node, std::string_view id_key, std::string_view alias_key,
                    const std::string& above, std::map<std::string, Holder>& into, Names& names) {
  if (!node.is_map()) {
    problems_.add(node.mark(),
                  fmt::format("found {}; expected an object with {}", node.found(), id_key));
    return;
  }
  const std::string id = text_of(node, id_key);
  const std::string alias = text_of(node, alias_key);
  Holder made;
  made.path = join_path(above, names.name(id, alias.empty() ? id : alias));
  made.models = models_.allowed(member(node, "models"));
  draft_.account(made.path);
  budget(made.path, node, "max_budget", "budget_duration");
  rates(made.path, node);
  model_budgets(made.path, node);
  rest(node, {});
  if (text_of(node, "blocked") == "true") made.models.clear();
  into[id] = std::move(made);
}

void Reader::key(YamlNode node) {
  if (!node.is_map()) {
    problems_.add(node.mark(), fmt::format("found {}; expected a key's object", node.found()));
    return;
  }
  const std::string token = text_of(node, "token");
  std::string alias = text_of(node, "key_alias");
  if (alias.empty()) alias = text_of(node, "key_name");
  if (alias.empty()) alias = "key";
  // A team's key is under the team alone: its owner's own budget does not apply to it.
  const auto team = teams_.find(text_of(node, "team_id"));
  const auto user = users_.find(text_of(node, "user_id"));
  const Holder* above = team != teams_.end()   ? &team->second
                        : user != users_.end() ? &user->second
                                               : nullptr;
  const std::string parent = above != nullptr ? above->path : "keys";
  const std::string identity = parent + "\n" + (token.empty() ? alias : token);
  std::string segment = keys_names_.name(identity, alias);
  const std::string path = join_path(parent, segment);
  std::vector<std::string> allowed = models_.allowed(member(node, "models"));
  if (above != nullptr) allowed = both_allow(allowed, above->models);
  if (text_of(node, "blocked") == "true") allowed.clear();
  budget(path, node, "max_budget", "budget_duration");
  draft_.give_role(path, draft_.role_allowing(allowed, allowed.empty() ? "blocked" : "models"));
  rates(path, node);
  model_budgets(path, node);
  rest(node, {});
}

void Reader::settings(YamlNode root) {
  const YamlNode settings = member(root, "litellm_settings");
  budget("/", settings, "max_budget", "budget_duration");
  if (member(settings, "max_internal_user_budget")) {
    budget("users/*", settings, "max_internal_user_budget", "internal_user_budget_duration");
  }
  if (const YamlNode defaults = member(settings, "default_internal_user_params")) {
    budget("users/*", defaults, "max_budget", "budget_duration");
  }
  const YamlNode general = member(root, "general_settings");
  if (const YamlNode most = member(general, "global_max_parallel_requests")) {
    draft_.limit(
        "parallel",
        fmt::format("match: \"llm:*\", per: account, account: /, concurrent: {}", most.text()));
  }
  constexpr std::array<std::string_view, 8> kSettings = {"max_budget",
                                                         "budget_duration",
                                                         "max_internal_user_budget",
                                                         "internal_user_budget_duration",
                                                         "default_internal_user_params",
                                                         "global_max_parallel_requests",
                                                         "database_url",
                                                         "soft_budget"};
  for (const YamlNode section : {settings, general}) {
    for (YamlNode name = section && section.is_map() ? section.first() : YamlNode(); name;
         name = name.next().next()) {
      if (std::ranges::find(kSettings, name.text()) != kSettings.end()) continue;
      draft_.left_out(name, name.text(),
                      name.text() == "master_key"
                          ? "a key is never written down; and none passes the walls here"
                          : "nothing here says the same");
    }
  }
  const YamlNode router = member(root, "router_settings");
  const YamlNode providers = member(router, "provider_budget_config");
  for (YamlNode name = providers && providers.is_map() ? providers.first() : YamlNode(); name;
       name = name.next().next()) {
    const auto amount = plain_decimal(text_of(name.next(), "budget_limit"));
    const std::string window = window_of(text_of(name.next(), "time_period"));
    if (!amount || window.empty()) {
      draft_.left_out(name, "the budget of a provider", "without an amount or a known period");
      continue;
    }
    draft_.limit(fmt::format("provider-{}", name.text()),
                 fmt::format("match: {}, per: account, account: /, usd: \"{}\", window: {}",
                             yaml_string(fmt::format("llm:{}/*", name.text())),
                             cut(*amount, kMoneyDigits).first, window));
  }
  for (YamlNode name = router && router.is_map() ? router.first() : YamlNode(); name;
       name = name.next().next()) {
    if (name.text() == "provider_budget_config") continue;
    draft_.left_out(name, name.text(), "routing is not a matter of policy here");
  }
}

void Reader::read(YamlNode root) {
  static const std::vector<std::string_view> kSections = {
      "model_list", "litellm_settings", "general_settings", "router_settings", "keys", "teams",
      "users",      "organizations"};
  const bool ours = root.is_map() && std::ranges::any_of(kSections, [&](std::string_view section) {
                      return static_cast<bool>(member(root, section));
                    });
  if (!ours) {
    problems_.add(root.mark(), fmt::format("found {}; expected a map with one of {}", root.found(),
                                           fmt::join(kSections, ", ")));
    return;
  }
  draft_.comment("Imported from LiteLLM. Check it with `ringfence policy check`.");
  draft_.account("/");
  models_.read(member(root, "model_list"), draft_);
  settings(root);
  const auto each = [&](std::string_view section, auto&& f) {
    const YamlNode list = member(root, section);
    for (YamlNode item = list && list.is_sequence() ? list.first() : YamlNode(); item;
         item = item.next()) {
      f(item);
    }
  };
  each("organizations", [&](YamlNode node) {
    holder(node, "organization_id", "organization_alias", "orgs", orgs_, orgs_names_);
  });
  each("teams", [&](YamlNode node) {
    const auto org = orgs_.find(text_of(node, "organization_id"));
    holder(node, "team_id", "team_alias", org != orgs_.end() ? org->second.path : "teams", teams_,
           teams_names_);
  });
  each("users", [&](YamlNode node) {
    holder(node, "user_id", "user_alias", "users", users_, users_names_);
  });
  each("keys", [&](YamlNode node) { key(node); });
  for (YamlNode name = root.first(); name; name = name.next().next()) {
    if (std::ranges::find(kSections, name.text()) != kSections.end()) continue;
    draft_.left_out(name, name.text(), "this section is not carried");
  }
}

}  // namespace

void read_litellm(Problems& problems, YamlNode root, Draft& draft) {
  Reader(problems, draft).read(root);
}

}  // namespace ringfence::imports
