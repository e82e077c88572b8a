// SPDX-License-Identifier: Apache-2.0
// Places in a schema while it is compiled.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "schema/compiler.h"
#include "schema/pointer.h"

namespace ringfence {

// "found …" for a sentence: texts and numbers as written, else the kind.
std::string found_json(const Json& value);

// f() with the place one step further in.
template <class F>
void SchemaCompiler::at(std::string_view step, F&& f) {
  const std::size_t size = pointer_.size();
  append_pointer_step(pointer_, step);
  std::forward<F>(f)();
  pointer_.resize(size);
}

}  // namespace ringfence
