// SPDX-License-Identifier: Apache-2.0
// The closed vocabulary: which keywords of JSON Schema 2020-12 are known, and of which types each
// speaks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schema/rules.h"

namespace ringfence {

struct SchemaKeyword {
  std::string_view name;
  JsonTypes types = 0;  // says something only of these; 0: of all, or it is an annotation
};

// Null when there is none.
const SchemaKeyword* find_keyword(std::string_view name);
// What to say of a keyword that is not in the vocabulary.
std::string unknown_keyword(std::string_view name);

std::optional<JsonTypes> type_named(std::string_view name);
// "string", "number or integer": what `type` must list for that keyword.
std::string_view types_text(JsonTypes types);

}  // namespace ringfence
