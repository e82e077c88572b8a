// SPDX-License-Identifier: Apache-2.0
// What a schema is compiled to: nodes, each a list of rules, that refer to each other by number.
//
// Contract: plain data, made by SchemaCompiler and read by SchemaEvaluator. Every `keyword` is one
// of the vocabulary's own literals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schema/exact_number.h"
#include "schema/schema_pattern.h"

namespace ringfence {

using SchemaId = std::uint32_t;

// The types of JSON Schema as bits; a number without a fraction is `integer`, and both.
using JsonTypes = std::uint8_t;
inline constexpr JsonTypes kNullType = 1;
inline constexpr JsonTypes kBooleanType = 2;
inline constexpr JsonTypes kIntegerType = 4;
inline constexpr JsonTypes kFractionType = 8;
inline constexpr JsonTypes kNumberType = kIntegerType | kFractionType;
inline constexpr JsonTypes kStringType = 16;
inline constexpr JsonTypes kArrayType = 32;
inline constexpr JsonTypes kObjectType = 64;
inline constexpr JsonTypes kAllTypes = 127;

struct TypeRule {
  JsonTypes types = kAllTypes;
};
struct EqualsRule {  // enum, const
  std::string_view keyword;
  std::vector<std::string> values;  // canonical, sorted
  std::size_t longest = 0;
};
struct NumberRule {  // maximum, exclusiveMaximum, minimum, exclusiveMinimum, multipleOf
  std::string_view keyword;
  ExactNumber bound;
};
struct CountRule {  // maxLength, minLength, maxItems, minItems, maxProperties, minProperties
  std::string_view keyword;
  std::uint64_t bound = 0;
};
struct PatternRule {
  SchemaPattern pattern;
};
struct UniqueRule {};
struct ContainsRule {
  SchemaId schema = 0;
  std::uint64_t least = 1;
  std::uint64_t most = UINT64_MAX;
};
struct ItemsRule {
  std::vector<SchemaId> prefix;
  std::optional<SchemaId> rest;
};
struct MembersRule {
  struct Named {
    std::string name;
    SchemaId schema;
  };
  struct Matching {
    SchemaPattern pattern;
    SchemaId schema;
  };
  std::vector<Named> named;  // sorted
  std::vector<Matching> matching;
  std::optional<SchemaId> rest;
};
struct NamesRule {
  SchemaId schema = 0;
};
struct RequiredRule {
  std::vector<std::string> names;  // sorted
};
struct DependentRequiredRule {
  std::string name;
  std::vector<std::string> required;
};
struct DependentSchemaRule {
  std::string name;
  SchemaId schema = 0;
};
struct CombinedRule {
  enum class How : std::uint8_t { all, any, one } how = How::all;
  std::string_view keyword;
  std::vector<SchemaId> schemas;
};
struct NotRule {
  SchemaId schema = 0;
};
struct IfRule {
  SchemaId test = 0;
  std::optional<SchemaId> then_schema;
  std::optional<SchemaId> else_schema;
};
struct ReferenceRule {
  SchemaId target = 0;
};

using SchemaRule =
    std::variant<TypeRule, EqualsRule, NumberRule, CountRule, PatternRule, UniqueRule, ContainsRule,
                 ItemsRule, MembersRule, NamesRule, RequiredRule, DependentRequiredRule,
                 DependentSchemaRule, CombinedRule, NotRule, IfRule, ReferenceRule>;

struct SchemaRules {
  bool never = false;  // the schema `false`
  std::vector<SchemaRule> rules;
};

}  // namespace ringfence
