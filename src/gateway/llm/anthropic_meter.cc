// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/anthropic_meter.h"

#include <algorithm>

#include "gateway/llm/member_table.h"

namespace ringfence::llm {
namespace {

bool is_object(const std::optional<JsonSlice>& value) {
  return value && value->is(JsonKind::object);
}

std::int64_t size_of(JsonSlice string) { return static_cast<std::int64_t>(decoded_size(string)); }

// Names of things, and no text.
bool is_label(const JsonMembers& members) {
  return members.key_is("type") || members.key_is("id") || members.key_is("tool_use_id") ||
         members.key_is("signature");
}

// What is shown of these is a summary, or nothing.
bool is_hidden(JsonSlice type) {
  return one_of(type, {"thinking", "redacted_thinking", "compaction", "thinking_delta",
                       "signature_delta", "compaction_delta"});
}

}  // namespace

void AnthropicReading::count(JsonSlice value) {
  if (value.is(JsonKind::string)) {
    seen.text_bytes_max += size_of(value);
  } else if (value.is(JsonKind::array)) {
    for (JsonElements elements(value); elements.next();) count(elements.value());
  } else if (value.is(JsonKind::object)) {
    for (JsonMembers members(value); members.next();) {
      if (members.key_is("input") && members.value().is(JsonKind::object)) {
        // A call's arguments were generated as JSON: its names and brackets too.
        seen.text_bytes_max += static_cast<std::int64_t>(members.value().text.size());
      } else if (members.key_is("file_id")) {
        keep(members.value());
      } else if (!is_label(members)) {
        count(members.value());
      }
    }
  }
}

void AnthropicReading::keep(JsonSlice id) {
  if (!id.is(JsonKind::string) || object_ids.size() == kAnthropicIdsMax) return;
  std::string text = decode_string(id);
  if (std::ranges::find(object_ids, text) == object_ids.end()) {
    object_ids.push_back(std::move(text));
  }
}

void AnthropicReading::container(JsonSlice container) {
  if (!container.is(JsonKind::object)) return;
  if (const auto id = find_last(container, "id")) keep(*id);
  totals_.saw_container(seen);
}

void AnthropicReading::block(JsonSlice block) {
  if (!block.is(JsonKind::object)) return;
  count(block);
  const auto type = find_last(block, "type");
  if (!type) return;
  seen.hidden_output = seen.hidden_output || is_hidden(*type);
  const auto text = string_is(*type, "text") ? find_last(block, "text") : std::nullopt;
  if (text && text->is(JsonKind::string)) seen.text_bytes_min += size_of(*text);
}

void AnthropicReading::delta(JsonSlice delta) {
  if (!delta.is(JsonKind::object)) return;
  count(delta);
  const auto type = find_last(delta, "type");
  if (!type) return;
  seen.hidden_output = seen.hidden_output || is_hidden(*type);
  std::string_view generated;
  if (string_is(*type, "text_delta")) generated = "text";
  if (string_is(*type, "input_json_delta")) generated = "partial_json";
  if (generated.empty()) return;
  const auto text = find_last(delta, generated);
  if (text && text->is(JsonKind::string)) seen.text_bytes_min += size_of(*text);
}

void AnthropicReading::message(JsonSlice message) {
  for (JsonMembers members(message); members.next();) {
    const JsonSlice value = members.value();
    if (members.key_is("content") && value.is(JsonKind::array)) {
      for (JsonElements elements(value); elements.next();) block(elements.value());
    } else if (members.key_is("usage") && !value.is(JsonKind::null)) {
      usage(value);
    } else if (members.key_is("container")) {
      container(value);
    } else if (members.key_is("error") && !value.is(JsonKind::null)) {
      seen.error = true;
    }
  }
}

void AnthropicBodyMeter::read(JsonSlice root, Seen& seen) {
  reading_.message(root);
  seen = reading_.seen;
}

void AnthropicStreamMeter::feed(std::string_view bytes, std::string& out) {
  for (SseEvents::Piece piece; events_.next(bytes, piece);) {
    take(piece);
    out.append(piece.raw);
  }
}

void AnthropicStreamMeter::end(std::string& out) {
  const std::string_view rest = events_.rest();
  if (rest.find_first_not_of("\r\n") != std::string_view::npos) reading_.seen.damaged = true;
  out.append(rest);
}

Seen AnthropicStreamMeter::seen_at_cut() const {
  Seen seen = reading_.seen;
  seen.text_bytes_max += static_cast<std::int64_t>(events_.rest().size());
  return seen;
}

void AnthropicStreamMeter::take(const SseEvents::Piece& piece) {
  if (!piece.overlong && !piece.has_data) return;
  if (!piece.overlong && check_json(piece.data)) return event(json_root(piece.data));
  reading_.seen.damaged = true;
  reading_.seen.text_bytes_max +=
      static_cast<std::int64_t>(piece.overlong ? piece.raw.size() : piece.data.size());
}

void AnthropicStreamMeter::event(JsonSlice root) {
  Seen& seen = reading_.seen;
  const auto type = root.is(JsonKind::object) ? find_last(root, "type") : std::nullopt;
  if (!type) {
    seen.damaged = true;
    seen.text_bytes_max += static_cast<std::int64_t>(root.text.size());
    return;
  }
  if (string_is(*type, "message_start")) {
    if (const auto message = find_last(root, "message"); is_object(message)) {
      reading_.message(*message);
    }
  } else if (string_is(*type, "content_block_start")) {
    if (const auto block = find_last(root, "content_block")) reading_.block(*block);
  } else if (string_is(*type, "content_block_delta")) {
    if (const auto delta = find_last(root, "delta")) reading_.delta(*delta);
  } else if (string_is(*type, "message_delta")) {
    const auto usage = find_last(root, "usage");
    if (usage && !usage->is(JsonKind::null)) {
      reading_.usage(*usage);
      usage_final_ = true;
    }
    const auto delta = find_last(root, "delta");
    const auto container = is_object(delta) ? find_last(*delta, "container") : std::nullopt;
    if (container) reading_.container(*container);
  } else if (string_is(*type, "message_stop")) {
    seen.finished = true;
    if (!usage_final_ && seen.usage_state == UsageState::stated) {
      seen.usage_state = UsageState::missing;
    }
  } else if (string_is(*type, "error")) {
    seen.error = true;
  }
}

}  // namespace ringfence::llm
