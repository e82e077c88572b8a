// SPDX-License-Identifier: Apache-2.0
// SchemaCompiler: a schema as JSON to rules, with every problem it has.
//
// Contract: goes on after a problem, so that one run reports up to kSchemaProblemsMax; with any,
// the rules are not to be used.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "schema/rules.h"
#include "schema/schema.h"

namespace ringfence {

class SchemaCompiler {
 public:
  void compile_root(const Json& schema);

  std::vector<SchemaRules> nodes;
  std::vector<SchemaProblem> problems;

 private:
  struct Pending {  // a reference, and where it was written
    SchemaId node;
    std::size_t rule;
    std::string name;
    std::string pointer;
  };
  // What one schema object says, while it is compiled.
  struct Subschema {
    const Json& json;
    SchemaId id;
    std::vector<SchemaRule> rules = {};
    JsonTypes types = kAllTypes;
  };

  SchemaId compile(const Json& schema);
  // The schema under a keyword of `of`; nullopt when absent. In place: it holds for the same value.
  std::optional<SchemaId> child(Subschema& of, std::string_view keyword, bool in_place);
  std::vector<SchemaId> children(Subschema& of, std::string_view keyword, bool in_place);
  template <class F>
  void at(std::string_view step, F&& f);
  void problem(std::string sentence, bool at_name = false);
  void problem_at(std::string_view step, std::string sentence, bool at_name = false);
  bool is(const Json* value, bool ok, std::string_view step, std::string_view expected);

  void check_keywords(Subschema& of);
  void read_type(Subschema& of);
  void read_equals(Subschema& of);
  void read_numbers(Subschema& of);
  void read_counts(Subschema& of);
  void read_pattern(Subschema& of);
  void read_arrays(Subschema& of);
  void read_members(Subschema& of);
  void read_required(Subschema& of);
  void read_dependent(Subschema& of);
  void read_combined(Subschema& of);
  void read_if(Subschema& of);
  void read_reference(Subschema& of);
  void read_annotations(const Subschema& of);

  std::optional<ExactNumber> number(const Subschema& of, std::string_view keyword);
  std::optional<std::uint64_t> count(const Subschema& of, std::string_view keyword);
  std::optional<SchemaPattern> pattern(std::string_view text);
  std::vector<std::string> names(const Json& list);

  void resolve();
  void find_circles();
  bool circle_from(SchemaId id, std::vector<char>& colours);

  std::vector<std::vector<SchemaId>> in_place_;  // by node: what holds for the same value
  std::vector<std::string> pointers_;            // by node
  std::vector<Pending> pending_;
  std::vector<std::pair<std::string, SchemaId>> definitions_;
  std::string pointer_;
  std::size_t depth_ = 0;
  std::size_t patterns_ = 0;
};

}  // namespace ringfence
