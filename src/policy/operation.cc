// SPDX-License-Identifier: Apache-2.0
#include "policy/operation.h"

#include "policy/operation_text.h"

namespace ringfence {

Result<Operation> Operation::parse(std::string_view text) {
  auto segments = split_operation(text, TextKind::operation);
  if (!segments) return std::unexpected(segments.error());
  Operation operation;
  operation.text_ = join_operation(*segments);
  // Escaping may have made it longer than what was given.
  if (operation.text_.size() > kOperationTextMax) {
    return invalid("expected at most 1024 bytes in canonical form");
  }
  operation.segments_ = std::move(*segments);
  return operation;
}

}  // namespace ringfence
