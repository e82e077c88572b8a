// SPDX-License-Identifier: Apache-2.0
#include "policy/args.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/yaml_json.h"
#include "schema/pointer.h"

namespace ringfence {
namespace {

constexpr std::size_t kNameMax = 256;

bool is_empty(const Json& value) {
  return value.is_null() || (value.string() != nullptr && value.string()->empty()) ||
         (value.array() != nullptr && value.array()->empty()) ||
         (value.object() != nullptr && value.object()->empty());
}

// A `type` that no map of arguments has.
bool excludes_objects(const Json& schema) {
  const Json* type = schema.find("type");
  if (type == nullptr) return false;
  if (type->array() == nullptr) return *type != Json("object");
  return std::ranges::find(*type->array(), Json("object")) == type->array()->end();
}

std::optional<Schema> read_schema(Problems& problems, YamlNode node) {
  const auto placed = to_json(problems, node);
  if (!placed) return std::nullopt;
  if (placed->value.object() == nullptr || placed->value.object()->empty()) {
    problems.add(node.mark(), fmt::format("found {}; expected a schema that says something of the "
                                          "arguments: {{type: object, …}}",
                                          node.is_map() ? "an empty map" : node.found()));
    return std::nullopt;
  }
  if (excludes_objects(placed->value)) {
    problems.add(placed->mark("/type", false),
                 "found a type other than object; expected `type: object`: arguments are a map");
    return std::nullopt;
  }
  auto schema = Schema::compile(placed->value);
  if (schema) return std::move(*schema);
  for (const SchemaProblem& problem : schema.error()) {
    problems.add(placed->mark(problem.pointer, problem.at_name), problem.sentence);
  }
  return std::nullopt;
}

std::vector<std::string> read_control(Problems& problems, YamlNode node) {
  std::vector<std::string> names;
  for_each_item(problems, node, "a list of arguments such as [bcc, cc]", [&](YamlNode item) {
    const auto name = read_text(problems, item, "the name of an argument");
    if (!name) return;
    if (name->size() > kNameMax || names.size() == kControlMax) {
      problems.add(item.mark(), fmt::format("found {}; expected at most {} names of at most {} "
                                            "bytes",
                                            quoted(*name), kControlMax, kNameMax));
    } else if (std::ranges::find(names, *name) != names.end()) {
      problems.add(item.mark(), "found " + quoted(*name) + " again; expected it once");
    } else {
      names.emplace_back(*name);
    }
  });
  return names;
}

std::string argument_path(std::string_view name) {
  std::string path;
  append_pointer_step(path, name);
  return path;
}

}  // namespace

void ArgRules::read_rule(Problems& problems, YamlNode map, const PatternReader& patterns) {
  if (!check_map(problems, map, "an argument rule", {.known = {"match", "schema", "control"}})) {
    return;
  }
  const YamlNode match = require(problems, map, "match", "a pattern such as \"tool:mail/send\"");
  const YamlNode schema = value_at(map, "schema");
  const YamlNode control = value_at(map, "control");
  if (!schema && !control) {
    problems.add(map.mark(), "found neither `schema` nor `control`; expected one of them");
  }
  Rule rule;
  if (schema) rule.schema = read_schema(problems, schema);
  if (control) rule.empty = read_control(problems, control);
  if (!match) return;
  const std::vector<Pattern> matching = patterns.read(match, PatternUse::match);
  if (rule.schema) {
    std::erase_if(rule.empty, [&](const std::string& name) {
      return std::ranges::binary_search(rule.schema->properties(), name);
    });
  }
  rule.match = written(match);
  for (const Pattern& pattern : matching) {
    index_.add(pattern, static_cast<std::uint32_t>(rules_.size()));
  }
  rules_.push_back(std::move(rule));
}

void ArgRules::read(Problems& problems, YamlNode section, const PatternReader& patterns) {
  for_each_item(problems, section, "a list of argument rules", [&](YamlNode item) {
    if (rules_.size() < kArgRulesMax) return read_rule(problems, item, patterns);
    problems.add(item.mark(),
                 fmt::format("found more than {} argument rules; expected fewer", kArgRulesMax));
  });
}

bool ArgRules::any(const Operation& operation) const {
  if (index_.empty()) return false;
  std::vector<std::uint32_t> matching;
  index_.match(operation.segments(), matching);
  return !matching.empty();
}

std::optional<ArgsMismatch> ArgRules::check(const Operation& operation, const Json* args) const {
  if (index_.empty()) return std::nullopt;
  std::vector<std::uint32_t> matching;
  index_.match(operation.segments(), matching);
  const Json none{Json::Object{}};
  const Json& given = args == nullptr ? none : *args;
  std::uint64_t steps_left = kSchemaStepsMax;
  for (const std::uint32_t index : matching) {
    const Rule& rule = rules_[index];
    if (given.object() == nullptr) return ArgsMismatch{rule.match, "", "type"};
    for (const Json::Member& member : *given.object()) {
      if (steps_left < rule.empty.size()) return ArgsMismatch{rule.match, "", "work"};
      steps_left -= rule.empty.size();
      const bool controls = std::ranges::find(rule.empty, member.first) != rule.empty.end();
      if (controls && !is_empty(member.second)) {
        return ArgsMismatch{rule.match, argument_path(member.first), "control"};
      }
    }
    if (!rule.schema) continue;
    const Validation told = rule.schema->validate(given, steps_left);
    if (told.too_much_work) return ArgsMismatch{rule.match, "", "work"};
    if (!told.valid) return ArgsMismatch{rule.match, told.path, told.keyword};
  }
  return std::nullopt;
}

}  // namespace ringfence
