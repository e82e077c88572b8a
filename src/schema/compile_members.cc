// SPDX-License-Identifier: Apache-2.0
// Keywords about what is inside a value: the items of arrays, the members of objects.
#include <fmt/format.h>

#include <algorithm>

#include "base/quoted.h"
#include "schema/compiler_at.h"

namespace ringfence {

void SchemaCompiler::read_arrays(Subschema& of) {
  const Json* unique = of.json.find("uniqueItems");
  if (is(unique, unique != nullptr && unique->boolean() != nullptr, "uniqueItems",
         "true or false") &&
      *unique->boolean()) {
    of.rules.emplace_back(UniqueRule{});
  }
  ItemsRule items{children(of, "prefixItems", false), child(of, "items", false)};
  if (!items.prefix.empty() || items.rest) of.rules.emplace_back(std::move(items));

  const auto contained = child(of, "contains", false);
  const auto least = count(of, "minContains");
  const auto most = count(of, "maxContains");
  const auto items_most = count(of, "maxItems");
  if (!contained && (least || most)) {
    problem_at(least ? "minContains" : "maxContains",
               "found it without `contains`, so that it says nothing; expected `contains`", true);
  }
  if (!contained) return;
  const ContainsRule rule{*contained, least.value_or(1), most.value_or(UINT64_MAX)};
  if (rule.least > rule.most || (items_most && rule.least > *items_most)) {
    problem_at("contains",
               "found fewer items allowed than it must contain; expected a smaller "
               "`minContains`");
  }
  of.rules.emplace_back(rule);
}

void SchemaCompiler::read_members(Subschema& of) {
  MembersRule rule;
  const Json* named = of.json.find("properties");
  if (is(named, named != nullptr && named->object() != nullptr, "properties",
         "a map of schemas by name")) {
    at("properties", [&] {
      for (const Json::Member& member : *named->object()) {
        at(member.first, [&] { rule.named.push_back({member.first, compile(member.second)}); });
      }
    });
    std::ranges::sort(rule.named, {}, &MembersRule::Named::name);
  }
  const Json* matching = of.json.find("patternProperties");
  if (is(matching, matching != nullptr && matching->object() != nullptr, "patternProperties",
         "a map of schemas by pattern")) {
    at("patternProperties", [&] {
      for (const Json::Member& member : *matching->object()) {
        at(member.first, [&] {
          auto compiled = pattern(member.first);
          const SchemaId id = compile(member.second);
          if (compiled) rule.matching.push_back({std::move(*compiled), id});
        });
      }
    });
  }
  rule.rest = child(of, "additionalProperties", false);
  if (const auto names = child(of, "propertyNames", false)) {
    of.rules.emplace_back(NamesRule{*names});
  }

  const auto forbidden = [&](std::string_view name) {
    const auto known = std::ranges::find(rule.named, name, &MembersRule::Named::name);
    if (known != rule.named.end()) return nodes[known->schema].never;
    const bool matched =
        std::ranges::any_of(rule.matching, [&](const auto& m) { return m.pattern.matches(name); });
    return !matched && rule.rest && nodes[*rule.rest].never;
  };
  for (const SchemaRule& other : of.rules) {
    const auto* required = std::get_if<RequiredRule>(&other);
    if (required == nullptr) continue;
    for (const std::string& name : required->names) {
      if (!forbidden(name)) continue;
      problem_at("required", fmt::format("found {}, which `properties` or `additionalProperties: "
                                         "false` forbids; expected it under `properties`",
                                         quoted(name)));
    }
  }
  if (!rule.named.empty() || !rule.matching.empty() || rule.rest) {
    of.rules.emplace_back(std::move(rule));
  }
}

// A list of different names, in their order; empty when it is none (reported).
std::vector<std::string> SchemaCompiler::names(const Json& list) {
  std::vector<std::string> names;
  const Json::Array* items = list.array();
  if (items == nullptr || items->size() > kSchemaNamesMax) {
    problem(
        fmt::format("{}; expected a list of at most {} names", found_json(list), kSchemaNamesMax));
    return names;
  }
  for (const Json& item : *items) {
    if (item.string() == nullptr) {
      problem(found_json(item) + "; expected a name (quote what looks like a number)");
      return {};
    }
    names.push_back(*item.string());
  }
  std::ranges::sort(names);
  if (const auto twice = std::ranges::adjacent_find(names); twice != names.end()) {
    problem(fmt::format("found {} twice; expected each name once", quoted(*twice)));
  }
  return names;
}

void SchemaCompiler::read_required(Subschema& of) {
  const Json* list = of.json.find("required");
  if (list == nullptr) return;
  RequiredRule rule;
  at("required", [&] { rule.names = names(*list); });
  const auto most = count(of, "maxProperties");
  if (most && rule.names.size() > *most) {
    problem_at("required", "found more names than `maxProperties` allows; expected fewer");
  }
  if (!rule.names.empty()) of.rules.emplace_back(std::move(rule));
}

void SchemaCompiler::read_dependent(Subschema& of) {
  const Json* required = of.json.find("dependentRequired");
  if (is(required, required != nullptr && required->object() != nullptr, "dependentRequired",
         "a map of lists of names")) {
    at("dependentRequired", [&] {
      for (const Json::Member& member : *required->object()) {
        at(member.first, [&] {
          of.rules.emplace_back(DependentRequiredRule{member.first, names(member.second)});
        });
      }
    });
  }
  const Json* schemas = of.json.find("dependentSchemas");
  if (is(schemas, schemas != nullptr && schemas->object() != nullptr, "dependentSchemas",
         "a map of schemas by name")) {
    at("dependentSchemas", [&] {
      for (const Json::Member& member : *schemas->object()) {
        at(member.first, [&] {
          const SchemaId id = compile(member.second);
          in_place_[of.id].push_back(id);
          of.rules.emplace_back(DependentSchemaRule{member.first, id});
        });
      }
    });
  }
}

}  // namespace ringfence
