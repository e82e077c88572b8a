// SPDX-License-Identifier: Apache-2.0
#include "import/agent_control_plane.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "import/litellm_models.h"

namespace ringfence::imports {
namespace {

constexpr int kMoneyDigits = 9;
constexpr std::size_t kModelListsMax = 60;  // each is a document of its own

struct Field {
  std::string_view theirs, ours;
};
// The narrowest first: it is the one that a budget counts for.
constexpr std::array<Field, 3> kFields = {
    {{"user_id", "user"}, {"team_id", "team"}, {"org_id", "org"}}};

struct Whom {
  std::string per = "account";  // of the root: everyone
  std::string condition;        // "{user: \"alice\"}"; empty: everyone
  std::string name = "all";
};

class Reader {
 public:
  Reader(Problems& problems, Draft& draft) : problems_(problems), draft_(draft) {}

  void read(YamlNode root);

 private:
  Whom whom_of(YamlNode identity);
  void config(YamlNode node);
  void caps(YamlNode node, const Whom& whom);
  void models(YamlNode list, const Whom& whom);
  void governance(YamlNode node);

  Problems& problems_;
  Draft& draft_;
  Names names_;
  std::size_t model_lists_ = 0;
};

Whom Reader::whom_of(YamlNode identity) {
  Whom whom;
  std::string fields, name;
  for (const Field& field : kFields) {
    std::string value = text_of(identity, field.theirs);
    if (value.empty()) value = text_of(identity, field.ours);
    if (value.empty()) continue;
    if (fields.empty()) whom.per = field.ours;
    fields += fmt::format("{}{}: {}", fields.empty() ? "" : ", ", field.ours, yaml_string(value));
    name += fmt::format("{}{}", name.empty() ? "" : ".", names_.name(value, value));
  }
  if (fields.empty()) return whom;
  whom.condition = "{" + fields + "}";
  whom.name = name;
  return whom;
}

void Reader::caps(YamlNode node, const Whom& whom) {
  const std::string period = text_of(node, "period");
  static const std::array<std::pair<std::string_view, std::string_view>, 4> kPeriods = {
      {{"daily", "day"}, {"weekly", "week"}, {"monthly", "month"}, {"unlimited", "lifetime"}}};
  const auto* window =
      std::ranges::find(kPeriods, period, &std::pair<std::string_view, std::string_view>::first);
  std::string units;
  if (const YamlNode tokens = member(node, "max_tokens")) {
    const auto count = plain_decimal(tokens.is_scalar() ? tokens.text() : "");
    if (!count || count->find('.') != std::string::npos) {
      problems_.add(tokens.mark(),
                    "found " + tokens.found() + "; expected a whole number of tokens");
      return;
    }
    units += ", tokens: " + *count;
  }
  if (const YamlNode cost = member(node, "max_cost_usd")) {
    const auto decimal = plain_decimal(cost.is_scalar() ? cost.text() : "");
    if (!decimal) {
      problems_.add(cost.mark(), "found " + cost.found() + "; expected an amount of 0 or more");
      return;
    }
    const auto [usd, lost] = cut(*decimal, kMoneyDigits);
    if (lost) draft_.left_out(cost, "max_cost_usd", "cut to a nano-dollar");
    units += fmt::format(", usd: \"{}\"", usd);
  }
  if (units.empty()) return;
  if (window == kPeriods.end()) {
    problems_.add(node.mark(),
                  fmt::format("found the period {}; expected daily, weekly, monthly or "
                              "unlimited",
                              quoted(period)));
    return;
  }
  std::string rest = "match: \"llm:*\", per: " + whom.per;
  if (whom.per == "account") rest += ", account: /";
  if (!whom.condition.empty()) rest += ", for: " + whom.condition;
  draft_.limit(fmt::format("{}-{}", whom.name, period),
               fmt::format("{}{}, window: {}", rest, units, window->second));
}

// A list of models forbids all others to whom it is about. Each is a document of its own: an
// operation has to pass all of them, as every matching configuration has to be passed there.
void Reader::models(YamlNode list, const Whom& whom) {
  if (!list) return;
  if (!list.is_sequence()) {
    problems_.add(list.mark(), "found " + list.found() + "; expected a list of models");
    return;
  }
  if (++model_lists_ > kModelListsMax) {
    problems_.add(list.mark(), fmt::format("found more than {} lists of models; expected fewer: "
                                           "each becomes a document",
                                           kModelListsMax));
    return;
  }
  std::string allow = "\"*\"";
  for (YamlNode model = list.first(); model; model = model.next()) {
    if (model.is_scalar()) allow += ", " + yaml_string(model_pattern(model.text()));
  }
  const std::string about = whom.condition.empty() ? "" : ", for: " + whom.condition;
  draft_.further(
      fmt::format("# Models of {}: what the list names, and nothing else.\n"
                  "version: 1\ndeny: [{{match: \"llm:*\"{}}}]\nallow: [{}]\n",
                  whom.name, about, allow));
}

void Reader::config(YamlNode node) {
  if (!node.is_map() || (!member(node, "identity") && !member(node, "period"))) {
    problems_.add(node.mark(), fmt::format("found {}; expected a configuration with identity and "
                                           "period",
                                           node.found()));
    return;
  }
  const Whom whom = whom_of(member(node, "identity"));
  caps(node, whom);
  models(member(node, "allowed_models"), whom);
  constexpr std::array<std::string_view, 6> kKnown = {
      "id", "identity", "period", "max_tokens", "max_cost_usd", "allowed_models"};
  for (YamlNode name = node.first(); name; name = name.next().next()) {
    if (std::ranges::find(kKnown, name.text()) != kKnown.end() || !member(node, name.text()))
      continue;
    draft_.left_out(name, name.text(), "nothing here says the same");
  }
}

void Reader::governance(YamlNode node) {
  for (YamlNode name = node && node.is_map() ? node.first() : YamlNode(); name;
       name = name.next().next()) {
    if (name.text() != "identity_overrides") {
      if (name.next().is_map() && name.next().size() > 0) {
        draft_.left_out(name, name.text(),
                        "tiers are of actions there; write the models of each role as `allow`");
      }
      continue;
    }
    for (YamlNode user = name.next().is_map() ? name.next().first() : YamlNode(); user;
         user = user.next().next()) {
      Whom whom{"user", fmt::format("{{user: {}}}", yaml_string(user.text())),
                names_.name(user.text(), user.text())};
      models(user.next(), whom);
    }
  }
}

void Reader::read(YamlNode root) {
  YamlNode configs = root.is_sequence() ? root : member(root, "token_budgets");
  if (!configs) configs = member(root, "token_budget_configs");
  const YamlNode rules = member(root, "model_governance");
  if ((!configs || !configs.is_sequence()) && !rules) {
    problems_.add(root.mark(), fmt::format("found {}; expected a list of token budgets, or a map "
                                           "with `token_budgets`",
                                           root.found()));
    return;
  }
  draft_.comment("Imported from agent-control-plane. Check it with `ringfence policy check`.");
  draft_.comment("Who a request is for comes from its run's credential, never from the request.");
  const std::string role = draft_.role_allowing({"llm:*"}, "agent");
  draft_.give_role("agents/**", role);
  for (YamlNode node = configs ? configs.first() : YamlNode(); node; node = node.next())
    config(node);
  governance(rules);
  for (YamlNode name = root.is_map() ? root.first() : YamlNode(); name; name = name.next().next()) {
    constexpr std::array<std::string_view, 3> kKnown = {"token_budgets", "token_budget_configs",
                                                        "model_governance"};
    if (std::ranges::find(kKnown, name.text()) != kKnown.end()) continue;
    draft_.left_out(name, name.text(), "this section is not carried");
  }
}

}  // namespace

void read_agent_control_plane(Problems& problems, YamlNode root, Draft& draft) {
  Reader(problems, draft).read(root);
}

}  // namespace ringfence::imports
