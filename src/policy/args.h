// SPDX-License-Identifier: Apache-2.0
// ArgRules: what the arguments of an operation must be like, as JSON Schema by pattern.
//
//   args:
//     - match: "tool:mail/send"
//       schema: {type: object, required: [to], properties: {to: {…}}}
//       control: [bcc, cc]
//
// Contract: immutable after `read`. Every rule that matches must hold, those of all documents. An
// argument that is left out is absent: only `required` forces it. A name under `control` that the
// schema has under its `properties` follows the schema; any other one must be absent or empty
// (null, "", [] or {}). The rules of one decision share kSchemaStepsMax steps; past them it does
// not hold.
// Limitations: names are compared as written; what a tool reads under another spelling is another
// argument, which `additionalProperties: false` keeps out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/pattern_index.h"
#include "policy/pattern_reader.h"
#include "policy/policy.h"
#include "schema/schema.h"

namespace ringfence {

inline constexpr std::size_t kArgRulesMax = 10'000;
inline constexpr std::size_t kControlMax = 64;

class ArgRules {
 public:
  void read(Problems& problems, YamlNode section, const PatternReader& patterns);

  std::optional<ArgsMismatch> check(const Operation& operation, const Json* args) const;
  bool any(const Operation& operation) const;
  bool empty() const { return rules_.empty(); }

 private:
  struct Rule {
    std::string match;
    std::optional<Schema> schema;
    std::vector<std::string> empty;  // the control arguments that the schema does not have
  };

  void read_rule(Problems& problems, YamlNode map, const PatternReader& patterns);

  std::vector<Rule> rules_;
  PatternIndex index_;
};

}  // namespace ringfence
