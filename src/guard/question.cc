// SPDX-License-Identifier: Apache-2.0
#include "guard/question.h"

#include "engine/demand.h"

namespace ringfence::guard {
namespace {

constexpr int kVersion = 1;

// The request's own stand before those of its run.
Json labels_json(const PlaceHold& hold, const GuardScene& scene) {
  Json labels = Json::Object{};
  for (const auto* list : {&hold.labels, &scene.labels}) {
    for (const auto& [name, value] : *list) {
      if (labels.find(name) == nullptr) labels.set(name, value);
    }
  }
  return labels;
}

Json identity_json(const Identity& identity) {
  Json json = Json::Object{};
  const auto add = [&json](std::string_view name, const std::string& value) {
    if (!value.empty()) json.set(name, value);
  };
  add("user", identity.user);
  add("team", identity.team);
  add("org", identity.org);
  add("session", identity.session);
  return json;
}

}  // namespace

Json need_json(const PlaceHold& hold, const UnitTable& units) {
  const std::int64_t wanted = hold.output ? hold.output->wanted_tokens : 0;
  // What nothing bounds is refused later; its fixed part is told.
  const Amounts need = wanted < 0 ? hold.need : Demand(hold.need, hold.output).amounts_at(wanted);
  Json json = Json::Object{};
  need.for_each([&](Unit unit, std::int64_t amount) {
    if (unit.index < units.size()) json.set(units.name(unit), format_amount(unit, amount));
  });
  return json;
}

std::string question_text(const GuardRule& rule, const Scene& scene, const PlaceHold& hold,
                          const Json& args) {
  Json operations = Json::Array{};
  for (const std::string& operation : scene.of.operations) operations.push(operation);
  Json json;
  json.set("version", kVersion).set("guard", rule.name);
  json.set("operation", scene.of.operations.front()).set("operations", std::move(operations));
  json.set("account", scene.of.account).set("run", hold.run_id);
  json.set("identity", identity_json(scene.of.identity));
  json.set("labels", labels_json(hold, scene.of));
  json.set("need", scene.need).set("args", args);
  return json.text();
}

}  // namespace ringfence::guard
