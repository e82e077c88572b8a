// SPDX-License-Identifier: Apache-2.0
// SchemaEvaluator: one instance held against compiled rules, within a number of steps.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "schema/rules.h"
#include "schema/schema.h"

namespace ringfence {

class SchemaEvaluator {
 public:
  SchemaEvaluator(std::span<const SchemaRules> nodes, std::uint64_t& steps_left)
      : nodes_(nodes), steps_left_(steps_left) {}

  Validation run(const Json& instance);

 private:
  // `via`: the keyword that led here, which is what fails when the schema is `false`.
  bool check(SchemaId id, const Json& value, std::string_view via);
  // The same, for what may fail without the whole failing.
  bool probe(SchemaId id, const Json& value);
  // The same, one level further down.
  bool check_member(SchemaId id, const Json::Member& member, bool named, std::string_view via);

  bool holds(const TypeRule& rule, const Json& value);
  bool holds(const EqualsRule& rule, const Json& value);
  bool holds(const NumberRule& rule, const Json& value);
  bool holds(const CountRule& rule, const Json& value);
  bool holds(const PatternRule& rule, const Json& value);
  bool holds(const UniqueRule& rule, const Json& value);
  bool holds(const ContainsRule& rule, const Json& value);
  bool holds(const ItemsRule& rule, const Json& value);
  bool holds(const MembersRule& rule, const Json& value);
  bool holds(const NamesRule& rule, const Json& value);
  bool holds(const RequiredRule& rule, const Json& value);
  bool holds(const DependentRequiredRule& rule, const Json& value);
  bool holds(const DependentSchemaRule& rule, const Json& value);
  bool holds(const CombinedRule& rule, const Json& value);
  bool holds(const NotRule& rule, const Json& value);
  bool holds(const IfRule& rule, const Json& value);
  bool holds(const ReferenceRule& rule, const Json& value);

  // False when there are not so many left; nothing is valid from then on.
  bool spend(std::uint64_t steps);
  bool give_up();
  bool matches(const SchemaPattern& pattern, std::string_view text);
  bool has_member(const Json::Object& members, std::string_view name);
  // Notes the first failure that nothing can make good, and is false.
  bool fail(std::string_view keyword);
  bool fail_at(std::string_view name, std::string_view keyword);

  std::span<const SchemaRules> nodes_;
  std::uint64_t& steps_left_;
  std::size_t depth_ = 0;
  std::size_t probing_ = 0;
  bool gave_up_ = false;
  std::string path_;
  Validation result_;
};

}  // namespace ringfence
