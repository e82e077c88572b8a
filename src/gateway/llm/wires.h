// SPDX-License-Identifier: Apache-2.0
// Wires: all dialects of the gateway, and which of them a request is for.
//
// Contract: immutable. A path is served by one dialect at most.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "gateway/llm/dialect.h"

namespace ringfence::llm {

class Wires {
 public:
  Wires();
  // Null: no wire has such a call.
  const Dialect* find(std::string_view path) const;
  // The wire in whose shape a request is answered that is no call of any: told by its path and by
  // the header fields that only one wire's clients send.
  const Dialect& nearest(const WireRequest& head) const;

 private:
  std::vector<std::unique_ptr<const Dialect>> all_;
};

}  // namespace ringfence::llm
