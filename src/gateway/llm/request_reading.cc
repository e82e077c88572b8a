// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/request_reading.h"

namespace ringfence::llm {

Splice::Range range_in(std::string_view body, JsonSlice value) {
  const std::size_t begin = value.offset_in(body);
  return {begin, begin + value.text.size()};
}

Result<std::string> read_model(JsonSlice value, const std::string& where) {
  if (!value.is(JsonKind::string)) return invalid("a string was expected", where);
  std::string model = decode_string(value);
  if (model.empty()) return invalid("a model must be named", where);
  if (model.size() > kModelNameMax) return invalid("this name is too long", where);
  return model;
}

Result<std::optional<std::int64_t>> read_output_cap(JsonSlice value, const std::string& where) {
  if (value.is(JsonKind::null)) return std::nullopt;
  const auto tokens = value.integer();
  if (!tokens || *tokens < 1 || *tokens > kOutputCapMax) {
    return invalid("a positive integer was expected", where);
  }
  return *tokens;
}

}  // namespace ringfence::llm
