// SPDX-License-Identifier: Apache-2.0
#include "schema/schema.h"

#include "schema/compiler.h"
#include "schema/evaluator.h"

namespace ringfence {

std::expected<Schema, std::vector<SchemaProblem>> Schema::compile(const Json& schema) {
  SchemaCompiler compiler;
  compiler.compile_root(schema);
  if (!compiler.problems.empty()) return std::unexpected(std::move(compiler.problems));
  Schema compiled;
  compiled.nodes_ = std::move(compiler.nodes);
  for (const SchemaRule& rule : compiled.nodes_.front().rules) {
    const auto* members = std::get_if<MembersRule>(&rule);
    if (members == nullptr) continue;
    for (const auto& named : members->named) compiled.properties_.push_back(named.name);
  }
  return compiled;
}

Validation Schema::validate(const Json& instance) const {
  std::uint64_t steps_left = kSchemaStepsMax;
  return validate(instance, steps_left);
}

Validation Schema::validate(const Json& instance, std::uint64_t& steps_left) const {
  return SchemaEvaluator(nodes_, steps_left).run(instance);
}

}  // namespace ringfence
