// SPDX-License-Identifier: Apache-2.0
// The walk through a schema: subschemas, references, circles. What each keyword says is read in
// compile_values.cc and compile_members.cc.
#include "schema/compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/quoted.h"
#include "schema/compiler_at.h"
#include "schema/vocabulary.h"

namespace ringfence {
namespace {

constexpr std::string_view kDefinitions = "#/$defs/";

// A JSON pointer's step as the name it stands for; nullopt when it is none.
std::optional<std::string> unescaped(std::string_view step) {
  std::string name;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] == '/' || step[i] == '%') return std::nullopt;
    if (step[i] != '~') {
      name += step[i];
      continue;
    }
    if (++i == step.size() || (step[i] != '0' && step[i] != '1')) return std::nullopt;
    name += step[i] == '0' ? '~' : '/';
  }
  return name;
}

}  // namespace

std::string found_json(const Json& value) {
  if (value.string() != nullptr) return "found " + quoted(*value.string());
  if (value.number() != nullptr || value.boolean() != nullptr) {
    return "found " + quoted(value.text());
  }
  return "found " + std::string(value.kind());
}

void SchemaCompiler::problem(std::string sentence, bool at_name) {
  if (problems.size() < kSchemaProblemsMax) {
    problems.push_back({pointer_, at_name, std::move(sentence)});
  }
}

void SchemaCompiler::problem_at(std::string_view step, std::string sentence, bool at_name) {
  at(step, [&] { problem(std::move(sentence), at_name); });
}

// Reports `value`, which stands at `step`, unless it is absent or `ok`.
bool SchemaCompiler::is(const Json* value, bool ok, std::string_view step,
                        std::string_view expected) {
  if (value != nullptr && !ok) {
    problem_at(step, fmt::format("{}; expected {}", found_json(*value), expected));
  }
  return value != nullptr && ok;
}

SchemaId SchemaCompiler::compile(const Json& schema) {
  if (nodes.size() == kSubschemasMax || depth_ == kSchemaDepthMax) {
    problem(depth_ == kSchemaDepthMax
                ? fmt::format("found schemas nested more than {} levels deep; expected fewer: use "
                              "$defs and $ref",
                              kSchemaDepthMax)
                : fmt::format("found more than {} schemas in one; expected fewer", kSubschemasMax));
    return 0;
  }
  const auto id = static_cast<SchemaId>(nodes.size());
  nodes.emplace_back();
  in_place_.emplace_back();
  pointers_.push_back(pointer_);
  if (const bool* always = schema.boolean()) {
    nodes[id].never = !*always;
    return id;
  }
  if (schema.object() == nullptr) {
    problem(found_json(schema) + "; expected a schema: a map of keywords, true or false");
    return id;
  }
  ++depth_;
  Subschema of{schema, id};
  check_keywords(of);
  read_type(of);
  read_equals(of);
  read_numbers(of);
  read_counts(of);
  read_pattern(of);
  read_required(of);
  read_members(of);
  read_dependent(of);
  read_arrays(of);
  read_reference(of);
  read_combined(of);
  read_if(of);
  read_annotations(of);
  nodes[id].rules = std::move(of.rules);
  --depth_;
  return id;
}

void SchemaCompiler::check_keywords(Subschema& of) {
  for (const Json::Member& member : *of.json.object()) {
    const SchemaKeyword* keyword = find_keyword(member.first);
    if (keyword == nullptr) {
      problem_at(member.first, unknown_keyword(member.first), true);
    } else if ((keyword->name == "$defs" || keyword->name == "$schema") && of.id != 0) {
      problem_at(member.first,
                 fmt::format("found `{}` below the top; expected it at the top of the schema only",
                             keyword->name),
                 true);
    }
  }
}

std::optional<SchemaId> SchemaCompiler::child(Subschema& of, std::string_view keyword,
                                              bool in_place) {
  const Json* schema = of.json.find(keyword);
  if (schema == nullptr) return std::nullopt;
  SchemaId id = 0;
  at(keyword, [&] { id = compile(*schema); });
  if (in_place) in_place_[of.id].push_back(id);
  return id;
}

std::vector<SchemaId> SchemaCompiler::children(Subschema& of, std::string_view keyword,
                                               bool in_place) {
  std::vector<SchemaId> ids;
  const Json* list = of.json.find(keyword);
  const bool filled = list != nullptr && list->array() != nullptr && !list->array()->empty();
  if (!is(list, filled, keyword, "a list of one schema or more")) return ids;
  at(keyword, [&] {
    for (std::size_t i = 0; i < list->array()->size(); ++i) {
      at(std::to_string(i), [&] { ids.push_back(compile((*list->array())[i])); });
    }
  });
  if (in_place) in_place_[of.id].insert(in_place_[of.id].end(), ids.begin(), ids.end());
  return ids;
}

void SchemaCompiler::read_combined(Subschema& of) {
  using How = CombinedRule::How;
  constexpr std::array<std::pair<std::string_view, How>, 3> kinds{
      {{"allOf", How::all}, {"anyOf", How::any}, {"oneOf", How::one}}};
  for (const auto& [keyword, how] : kinds) {
    auto ids = children(of, keyword, true);
    if (!ids.empty()) of.rules.emplace_back(CombinedRule{how, keyword, std::move(ids)});
  }
  if (const auto id = child(of, "not", true)) of.rules.emplace_back(NotRule{*id});
}

void SchemaCompiler::read_if(Subschema& of) {
  const auto test = child(of, "if", true);
  const auto then_schema = child(of, "then", true);
  const auto else_schema = child(of, "else", true);
  if (!test && (then_schema || else_schema)) {
    problem_at(then_schema ? "then" : "else",
               "found it without `if`, so that it says nothing; expected `if`", true);
  } else if (test && !then_schema && !else_schema) {
    problem_at("if", "found it without `then` or `else`, so that it says nothing; expected one",
               true);
  } else if (test) {
    of.rules.emplace_back(IfRule{*test, then_schema, else_schema});
  }
}

void SchemaCompiler::read_reference(Subschema& of) {
  const Json* reference = of.json.find("$ref");
  if (!is(reference, reference != nullptr && reference->string() != nullptr, "$ref",
          "# or #/$defs/NAME")) {
    return;
  }
  const std::string_view text = *reference->string();
  std::optional<std::string> name;
  if (text.starts_with(kDefinitions)) name = unescaped(text.substr(kDefinitions.size()));
  if (text != "#" && !name) {
    problem_at("$ref", fmt::format("found the reference {}; expected # or #/$defs/NAME: nothing "
                                   "outside the schema is read",
                                   quoted(text)));
    return;
  }
  of.rules.emplace_back(ReferenceRule{});
  at("$ref", [&] {
    pending_.push_back({of.id, of.rules.size() - 1, name.value_or(std::string()), pointer_});
  });
}

void SchemaCompiler::resolve() {
  for (const Pending& reference : pending_) {
    SchemaId target = 0;
    if (!reference.name.empty()) {
      const auto found = std::ranges::find(definitions_, reference.name,
                                           &decltype(definitions_)::value_type::first);
      if (found == definitions_.end()) {
        pointer_ = reference.pointer;
        problem(fmt::format("found a reference to {}; expected a name under `$defs`",
                            quoted(reference.name)));
        continue;
      }
      target = found->second;
    }
    std::get<ReferenceRule>(nodes[reference.node].rules[reference.rule]).target = target;
    in_place_[reference.node].push_back(target);
  }
}

// Depth first; a node met again while it is still open closes a circle.
bool SchemaCompiler::circle_from(SchemaId id, std::vector<char>& colours) {
  constexpr char kOpen = 1;
  constexpr char kDone = 2;
  if (colours[id] != 0) return colours[id] == kOpen;
  colours[id] = kOpen;
  const bool circle =
      std::ranges::any_of(in_place_[id], [&](SchemaId next) { return circle_from(next, colours); });
  colours[id] = kDone;
  return circle;
}

void SchemaCompiler::find_circles() {
  std::vector<char> colours(nodes.size());
  for (SchemaId id = 0; id < nodes.size(); ++id) {
    if (!circle_from(id, colours)) continue;
    pointer_ = pointers_[id];
    problem("found references in a circle that never goes into the value; expected one that ends");
    return;
  }
}

void SchemaCompiler::compile_root(const Json& schema) {
  compile(schema);
  if (const Json* list = schema.find("$defs")) {
    if (is(list, list->object() != nullptr, "$defs", "a map of schemas")) {
      at("$defs", [&] {
        for (const Json::Member& member : *list->object()) {
          at(member.first, [&] {
            if (member.first.empty()) problem("found an empty name; expected text", true);
            definitions_.emplace_back(member.first, compile(member.second));
          });
        }
      });
    }
  }
  if (!problems.empty()) return;
  resolve();
  find_circles();
}

}  // namespace ringfence
