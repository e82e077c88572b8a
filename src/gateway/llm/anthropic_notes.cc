// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/anthropic_notes.h"

#include <algorithm>

#include "base/checked.h"

namespace ringfence::llm {

std::string AnthropicPath::text() const {
  std::string out = up_ != nullptr ? up_->text() : std::string();
  if (index_ != kNoIndex) return out + "[" + std::to_string(index_) + "]";
  if (!out.empty()) out += ".";
  return out.append(name_);
}

void AnthropicNotes::costs_unpriced(const AnthropicPath& path) {
  if (facts.unpriced.empty()) facts.unpriced = path.text();
}

void AnthropicNotes::is_unknown(const AnthropicPath& path) {
  if (facts.unknown.empty()) facts.unknown = path.text();
}

void AnthropicNotes::adds(Dimension dimension, std::int64_t most, const AnthropicPath& path) {
  const auto found = std::ranges::find(facts.extras, dimension, &Extra::dimension);
  if (found != facts.extras.end()) {
    found->most = saturating_add(found->most, most);
  } else {
    facts.extras.push_back({.dimension = dimension, .most = most, .path = path.text()});
  }
}

void AnthropicNotes::caches(JsonSlice cache_control, const AnthropicPath& path) {
  if (cache_control.is(JsonKind::null)) return;
  if (!cache_control.is(JsonKind::object)) return costs_unpriced(path);
  bool hour = false;
  for (JsonMembers members(cache_control); members.next();) {
    const JsonSlice value = members.value();
    if (members.key_is("type") && !string_is(value, "ephemeral")) costs_unpriced(path);
    if (!members.key_is("ttl") || value.is(JsonKind::null) || string_is(value, "5m")) continue;
    hour = hour || string_is(value, "1h");
    if (!string_is(value, "1h")) costs_unpriced(path);
  }
  adds(hour ? Dimension::cache_write_1h : Dimension::cache_write_5m, 0, path);
}

void AnthropicNotes::names(JsonSlice id) {
  if (id.is(JsonKind::string)) facts.object_ids.push_back(decode_string(id));
}

}  // namespace ringfence::llm
