// SPDX-License-Identifier: Apache-2.0
#include "whatif/explanation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"

namespace ringfence {
namespace {

std::string bounds_of(const LoopRule& loop) {
  std::string bounds;
  if (loop.same) bounds = fmt::format("the same {} times", *loop.same);
  if (loop.refused) {
    bounds += fmt::format("{}refused {} times", bounds.empty() ? "" : ", ", *loop.refused);
  }
  return bounds + " per " + to_string(loop.window);
}

class Explainer {
 public:
  Explainer(const Prospect& prospect, const ProspectQuestion& question, const RulePlaces& places)
      : prospect_(prospect), question_(question), places_(places) {}

  Explanation explain() {
    out_.account = question_.account;
    out_.operation = question_.hold.operation;
    account();
    if (prospect_.operations) {
      gate("operation", false, prospect_.operations->sentence);
      change("ask for it in another way; no rule can allow what cannot be read");
    }
    stops();
    role();
    for (const auto& [operation, verdict] : prospect_.verdicts) rule(operation, verdict);
    arguments();
    if (!prospect_.guards.empty()) {
      gate("guards", true, fmt::format("asked first: {}", fmt::join(prospect_.guards, ", ")));
    }
    for (const LoopRule& loop : prospect_.loops) {
      gate("loops", true, fmt::format("{} is counted: {}", loop.match, bounds_of(loop)));
    }
    if (!prospect_.asks.empty()) {
      gate("ask", true,
           fmt::format("a person has to agree first, by {}", fmt::join(prospect_.asks, ", ")));
    }
    budgets();
    walls();
    out_.allowed = std::ranges::all_of(out_.gates, &ExplainedGate::open);
    return std::move(out_);
  }

 private:
  void gate(std::string name, bool open, std::string because, std::string place = {}) {
    out_.gates.push_back({std::move(name), open, std::move(because), std::move(place)});
  }
  std::string place_of(const Verdict& verdict, std::string_view list) const {
    return places_.rule(prospect_.role_name, list, verdict.rule, verdict.document);
  }
  void change(std::string sentence) {
    const bool said = std::ranges::find(out_.changes, sentence) != out_.changes.end();
    if (!said) out_.changes.push_back(std::move(sentence));
  }

  void account() {
    gate("account", prospect_.known,
         prospect_.known ? "the policy knows it" : "no entry of the policy matches it");
    if (!prospect_.known) change(fmt::format("add `{}:` to accounts", question_.account));
  }

  void stops() {
    if (prospect_.clock_stopped) {
      gate("clock", false, "it stepped forward");
      change("`ringfence resume clock`");
    }
    for (const HaltView& halt : prospect_.halts) {
      gate("halt", false, fmt::format("{}: {}", halt.id, halt.reason));
      change(fmt::format("`ringfence resume {}`", halt.id));
    }
    for (const auto& [account, pause] : prospect_.pauses) {
      gate("pause", false, fmt::format("{} is paused ({})", account, pause.cause));
      change(fmt::format("`ringfence resume {}`, or a raise of what paused it", account));
    }
  }

  void role() {
    if (!prospect_.role) {
      gate("role", false, "no entry gives this account a role");
      change(fmt::format("give {} a role in accounts", question_.account));
      return;
    }
    gate("role", true, fmt::format("{}, of {}", prospect_.role_name, prospect_.role_from));
    for (const std::string& field : prospect_.missing) {
      gate("identity", false, "a rule requires a credential that says its " + field);
      change(fmt::format("start the run on behalf of a {}", field));
    }
  }

  void rule(const std::string& operation, const Verdict& verdict) {
    const std::string& document = verdict.document;
    const std::string in = document.empty() ? "" : " in " + document;
    const std::string role =
        "the role " + (document.empty() ? prospect_.role_name : "of " + question_.account) + in;
    switch (verdict.gate) {
      case Gate::danger:
        gate(
            "danger", false,
            fmt::format("{} is dangerous ({}) and no rule{} opts in", operation, verdict.rule, in));
        change(fmt::format("add `danger: [\"danger:{}\"]` to {}", verdict.rule, role));
        return;
      case Gate::deny:
        gate("deny", false, fmt::format("{} is denied by {}{}", operation, verdict.rule, in),
             place_of(verdict, "deny"));
        change(fmt::format("take `{}` out of deny ({}), or allow a proper part of it", verdict.rule,
                           place_of(verdict, "deny")));
        return;
      case Gate::allow:
        if (!verdict.allowed) {
          gate("allow", false, fmt::format("no rule{} allows {}", in, operation));
          change(fmt::format("add `allow: [\"{}\"]` to {}", operation, role));
        } else if (verdict.rule.empty()) {
          gate("allow", true, fmt::format("nothing{} is against {}", in, operation));
        } else {
          gate("allow", true, fmt::format("{} is allowed by {}{}", operation, verdict.rule, in),
               place_of(verdict, "allow"));
        }
        return;
      case Gate::role:
        gate("role", false, "the document gives this account no role" + in);
        change(fmt::format("give {} a role{}", question_.account, in));
        return;
      case Gate::unreadable:
        gate("allow", false, fmt::format("too many rules match {} to be sure", operation));
        change("write fewer rules with wildcards");
        return;
    }
  }

  void arguments() {
    if (!prospect_.arguments) return;
    gate("args", false, prospect_.arguments->sentence);
    change("ask with other arguments, or change that rule under args");
  }

  void budgets() {
    gate("budgets", prospect_.walled,
         prospect_.walled ? "a budget bounds this account's runs"
                          : "no budget in usd, tokens or calls bounds this account's runs");
    if (!prospect_.walled) change("add a budget, or say `unlimited: true`");
    if (!prospect_.need) return;
    gate("need", false, prospect_.need->sentence);
    change("state a need that can be bounded (--need), or give it a price");
  }

  void wall_change(const ProspectWall& wall) {
    const MeterView& meter = wall.meter;
    const std::int64_t least = saturating_add(saturating_add(meter.settled, meter.held), wall.need);
    change(
        fmt::format("raise {} of {}, {}/{}, to at least {}{}", meter.wall, meter.subject,
                    meter.unit_name, to_string(meter.window), format_amount(meter.unit, least),
                    meter.resets_at ? "; or wait until " + format_rfc3339(*meter.resets_at) : ""));
  }

  void walls() {
    std::size_t shut = 0;
    for (const ProspectWall& wall : prospect_.walls) {
      if (!wall.fits) {
        ++shut;
        wall_change(wall);
      }
      out_.walls.push_back({wall, wall.limit ? places_.limit(wall.meter.wall) : std::string()});
    }
    gate("walls", shut == 0,
         shut == 0 ? fmt::format("all {} have room", prospect_.walls.size())
                   : fmt::format("{} of {} have no room", shut, prospect_.walls.size()));
  }

  const Prospect& prospect_;
  const ProspectQuestion& question_;
  const RulePlaces& places_;
  Explanation out_;
};

Json json_of(const ExplainedWall& explained) {
  const MeterView& meter = explained.wall.meter;
  const auto amount = [&](std::int64_t value) { return format_amount(meter.unit, value); };
  const std::int64_t left = std::max<std::int64_t>(
      0, saturating_add(meter.cap, -saturating_add(meter.settled, meter.held)));
  Json json;
  json.set("wall", meter.wall).set("account", meter.subject).set("unit", meter.unit_name);
  json.set("window", to_string(meter.window)).set("cap", amount(meter.cap));
  json.set("settled", amount(meter.settled)).set("held", amount(meter.held));
  json.set("left", amount(left)).set("need", amount(explained.wall.need));
  json.set("fits", explained.wall.fits);
  if (meter.observe_only) json.set("observe_only", true);
  if (meter.resets_at) json.set("resets_at", format_rfc3339(*meter.resets_at));
  if (!explained.place.empty()) json.set("place", explained.place);
  return json;
}

}  // namespace

Explanation explain(const Prospect& prospect, const ProspectQuestion& question,
                    const RulePlaces& places) {
  return Explainer(prospect, question, places).explain();
}

Json json_of(const Explanation& explanation) {
  Json gates(Json::Array{});
  for (const ExplainedGate& gate : explanation.gates) {
    Json json;
    json.set("gate", gate.name).set("open", gate.open).set("because", gate.because);
    if (!gate.place.empty()) json.set("place", gate.place);
    gates.push(std::move(json));
  }
  Json walls(Json::Array{});
  for (const ExplainedWall& wall : explanation.walls) walls.push(json_of(wall));
  Json changes(Json::Array{});
  for (const std::string& change : explanation.changes) changes.push(change);
  Json json;
  json.set("account", explanation.account).set("operation", explanation.operation);
  json.set("allowed", explanation.allowed).set("gates", std::move(gates));
  json.set("walls", std::move(walls)).set("changes", std::move(changes));
  return json;
}

}  // namespace ringfence
