// SPDX-License-Identifier: Apache-2.0
#include "schema/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/nearest.h"
#include "base/quoted.h"

namespace ringfence {
namespace {

constexpr auto kKeywords = std::to_array<SchemaKeyword>({
    {"type"},
    {"enum"},
    {"const"},
    {"multipleOf", kNumberType},
    {"maximum", kNumberType},
    {"exclusiveMaximum", kNumberType},
    {"minimum", kNumberType},
    {"exclusiveMinimum", kNumberType},
    {"maxLength", kStringType},
    {"minLength", kStringType},
    {"pattern", kStringType},
    {"maxItems", kArrayType},
    {"minItems", kArrayType},
    {"uniqueItems", kArrayType},
    {"contains", kArrayType},
    {"minContains", kArrayType},
    {"maxContains", kArrayType},
    {"items", kArrayType},
    {"prefixItems", kArrayType},
    {"properties", kObjectType},
    {"patternProperties", kObjectType},
    {"additionalProperties", kObjectType},
    {"propertyNames", kObjectType},
    {"required", kObjectType},
    {"dependentRequired", kObjectType},
    {"dependentSchemas", kObjectType},
    {"minProperties", kObjectType},
    {"maxProperties", kObjectType},
    {"allOf"},
    {"anyOf"},
    {"oneOf"},
    {"not"},
    {"if"},
    {"then"},
    {"else"},
    {"$ref"},
    {"$defs"},
    {"$schema"},
    {"title"},
    {"description"},
    {"$comment"},
    {"examples"},
    {"default"},
    {"deprecated"},
    {"readOnly"},
    {"writeOnly"},
});

using Advice = std::pair<std::string_view, std::string_view>;
constexpr std::array kUnsupported{
    Advice{"format", "which 2020-12 does not check; expected `pattern`"},
    Advice{"unevaluatedProperties", "which is not supported; expected `additionalProperties`"},
    Advice{"unevaluatedItems", "which is not supported; expected `items`"},
    Advice{"additionalItems", "of older drafts; expected `items` after `prefixItems`"},
    Advice{"definitions", "of older drafts; expected `$defs`"},
    Advice{"dependencies", "of older drafts; expected `dependentRequired` or `dependentSchemas`"},
    Advice{"contentEncoding", "which nothing checks; expected `pattern`"},
    Advice{"contentMediaType", "which nothing checks; expected `pattern`"},
    Advice{"contentSchema", "which nothing checks; expected a schema of the value itself"},
    Advice{"$id", "which gives a schema another name; expected a schema without it"},
    Advice{"$anchor", "which is not supported; expected a name under `$defs`"},
    Advice{"$dynamicAnchor", "which is not supported; expected a name under `$defs`"},
    Advice{"$dynamicRef", "which is not supported; expected `$ref`"},
    Advice{"$vocabulary", "which is not supported; expected a schema without it"},
    Advice{"nullable", "of OpenAPI 3.0; expected `null` in the list of `type`"},
};

constexpr std::array<std::pair<std::string_view, JsonTypes>, 7> kTypes{{{"null", kNullType},
                                                                        {"boolean", kBooleanType},
                                                                        {"integer", kIntegerType},
                                                                        {"number", kNumberType},
                                                                        {"string", kStringType},
                                                                        {"array", kArrayType},
                                                                        {"object", kObjectType}}};

}  // namespace

const SchemaKeyword* find_keyword(std::string_view name) {
  const auto found = std::ranges::find(kKeywords, name, &SchemaKeyword::name);
  return found == kKeywords.end() ? nullptr : &*found;
}

std::string unknown_keyword(std::string_view name) {
  const auto known = std::ranges::find(kUnsupported, name, &Advice::first);
  if (known != kUnsupported.end()) return fmt::format("found `{}`, {}", name, known->second);
  std::vector<std::string_view> words;
  for (const SchemaKeyword& keyword : kKeywords) words.push_back(keyword.name);
  const std::string_view near = nearest(name, words);
  return fmt::format("unknown keyword {} in a schema; {}", quoted(name),
                     near.empty() ? "expected one of JSON Schema 2020-12 (docs/arguments.md)"
                                  : "did you mean " + quoted(near) + "?");
}

std::optional<JsonTypes> type_named(std::string_view name) {
  for (const auto& [text, types] : kTypes) {
    if (text == name) return types;
  }
  return std::nullopt;
}

std::string_view types_text(JsonTypes types) {
  switch (types) {
    case kStringType: return "string";
    case kArrayType: return "array";
    case kObjectType: return "object";
    default: return "number or integer";
  }
}

}  // namespace ringfence
