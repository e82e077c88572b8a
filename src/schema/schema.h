// SPDX-License-Identifier: Apache-2.0
// Schema: a JSON Schema 2020-12 over a closed vocabulary (docs/arguments.md), compiled once.
//
// Contract: immutable after `compile`, shared between threads. `compile` refuses what it does not
// enforce in full: unknown, misspelt and unsupported keywords, keywords that say nothing without a
// `type`, patterns that do not describe the whole text, references that lead outside or in circles,
// contradictions, and what passes the limits below. `validate` compares numbers as decimals and
// does at most kSchemaStepsMax steps; what takes more is not valid. It names the place and the
// keyword that failed, never a value, and no name that the schema does not have.
// Limitations: no unevaluatedProperties and unevaluatedItems, no format; $ref leads to # and
// #/$defs/NAME only.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "schema/rules.h"

namespace ringfence {

inline constexpr std::size_t kSubschemasMax = 2'000;
inline constexpr std::size_t kSchemaDepthMax = 16;
inline constexpr std::size_t kEnumMax = 1'000;
inline constexpr std::size_t kEnumBytesMax = std::size_t{64} << 10;
inline constexpr std::size_t kSchemaNamesMax = 1'000;  // in one `required`
inline constexpr std::size_t kSchemaPatternsMax = 100;
inline constexpr std::size_t kSchemaProblemsMax = 20;
// A step is a rule or a member looked at, or some bytes of a text: 5 ms at most, measured.
inline constexpr std::uint64_t kSchemaStepsMax = 50'000;

// What is wrong with a schema, and where.
struct SchemaProblem {
  std::string pointer;   // into the schema (RFC 6901)
  bool at_name = false;  // it is the member's name, not its value
  std::string sentence;  // "found …; expected …"
};

struct Validation {
  bool valid = false;
  bool too_much_work = false;  // then there is no path and no keyword
  std::string path;  // of the instance, as a JSON pointer; `*` for names not in the schema
  std::string keyword;
};

class Schema {
 public:
  static std::expected<Schema, std::vector<SchemaProblem>> compile(const Json& schema);

  Validation validate(const Json& instance) const;
  // The same within `steps_left`, which is lowered: for one decision by several schemas.
  Validation validate(const Json& instance, std::uint64_t& steps_left) const;
  // Names under the root's `properties`, sorted.
  const std::vector<std::string>& properties() const { return properties_; }

 private:
  std::vector<SchemaRules> nodes_;  // the root first
  std::vector<std::string> properties_;
};

}  // namespace ringfence
