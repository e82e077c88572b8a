// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_responses_meter.h"

#include <algorithm>

#include "base/checked.h"
#include "gateway/llm/member_table.h"
#include "gateway/llm/openai_responses_answers.h"

namespace ringfence::llm {
namespace {

// The strings in an event, an item or a part that may be output: all but names and what only
// repeats or pads.
std::int64_t text_in(JsonSlice value) {
  return string_bytes(
      value, {"type", "id", "item_id", "call_id", "response_id", "container_id", "role", "status",
              "phase", "obfuscation", "logprobs", "encrypted_content"});
}

std::int64_t certain(const std::optional<JsonSlice>& value) {
  return value && value->is(JsonKind::string) ? static_cast<std::int64_t>(decoded_size(*value)) : 0;
}

// What of a finished item was surely generated.
std::int64_t certain_in(JsonSlice item) {
  if (!item.is(JsonKind::object)) return 0;
  const auto type = find_last(item, "type");
  if (!type) return 0;
  if (string_is(*type, "function_call")) return certain(find_last(item, "arguments"));
  if (string_is(*type, "custom_tool_call")) return certain(find_last(item, "input"));
  if (!string_is(*type, "message")) return 0;
  const auto content = find_last(item, "content");
  if (!content || !content->is(JsonKind::array)) return 0;
  std::int64_t bytes = 0;
  for (JsonElements parts(*content); parts.next();) {
    if (parts.value().is(JsonKind::object)) bytes += certain(find_last(parts.value(), "text"));
  }
  return bytes;
}

Usage by_number(const ResponseItems& told, const ResponseItems& repeated,
                const std::optional<JsonSlice>& tool_usage) {
  Usage usage;
  for (const Dimension d :
       {Dimension::web_search, Dimension::file_search, Dimension::code_session}) {
    usage.set(d, std::max(told.of(d), repeated.of(d)));
  }
  // What the provider bills of its searches, where it says so.
  if (!tool_usage || !tool_usage->is(JsonKind::object)) return usage;
  const auto searches = find_only(*tool_usage, "web_search");
  if (!searches || !searches->is(JsonKind::object)) return usage;
  const auto number = find_only(*searches, "num_requests");
  const auto count = number ? number->integer() : std::nullopt;
  if (count && *count >= 0) usage.set(Dimension::web_search, *count);
  return usage;
}

}  // namespace

void read_response(JsonSlice response, const ResponseItems& items, Seen& seen,
                   std::vector<std::string>& object_ids) {
  std::optional<JsonSlice> usage, tool_usage;
  ResponseItems repeated;
  std::int64_t text = 0;
  std::int64_t surely = 0;
  for (JsonMembers members(response); members.next();) {
    const JsonSlice value = members.value();
    if (members.key_is("id") || members.key_is("conversation")) keep_object_id(value, object_ids);
    if (members.key_is("error") && !value.is(JsonKind::null)) seen.error = true;
    if (members.key_is("service_tier") && value.is(JsonKind::string)) {
      seen.service_tier = decode_string(value);
    }
    if (members.key_is("usage") && !value.is(JsonKind::null)) usage = value;
    if (members.key_is("tool_usage")) tool_usage = value;
    if (!members.key_is("output") || !value.is(JsonKind::array)) continue;
    for (JsonElements output(value); output.next();) {
      const JsonSlice item = output.value();
      text += text_in(item);
      surely += certain_in(item);
      if (!item.is(JsonKind::object)) continue;
      repeated.add(item, seen);
      keep_object_id(item, object_ids);
      if (const auto container = find_last(item, "container_id")) {
        keep_object_id(*container, object_ids);
      }
    }
  }
  seen.text_bytes_max = std::max(seen.text_bytes_max, text);
  seen.text_bytes_min = std::max(seen.text_bytes_min, surely);
  if (usage) read_responses_usage(*usage, by_number(items, repeated, tool_usage), seen);
}

void ResponsesBodyMeter::read(JsonSlice root, Seen& seen) {
  read_response(root, ResponseItems(), seen, object_ids_);
}

// ---- streams

struct ResponsesStreamMeter::Event {
  std::optional<JsonSlice> type, response, item, part, delta;
  std::size_t index = 0;
};

std::int64_t ResponsesStreamMeter::Told::most() const {
  return std::max(begun + std::max({deltas, texts, parts}), whole);
}

void ResponsesStreamMeter::feed(std::string_view bytes, std::string& out) {
  for (SseEvents::Piece piece; events_.next(bytes, piece);) {
    take(piece);
    out.append(piece.raw);
  }
}

void ResponsesStreamMeter::end(std::string& out) {
  const std::string_view rest = events_.rest();
  if (rest.find_first_not_of("\r\n") != std::string_view::npos) seen_.damaged = true;
  out.append(rest);
}

Seen ResponsesStreamMeter::seen_at_cut() const {
  Seen seen = seen_;
  seen.text_bytes_max += static_cast<std::int64_t>(events_.rest().size());
  return seen;
}

void ResponsesStreamMeter::take(const SseEvents::Piece& piece) {
  if (!piece.overlong && (!piece.has_data || piece.data == "[DONE]")) return;
  if (piece.overlong || !check_json(piece.data) || !json_root(piece.data).is(JsonKind::object)) {
    seen_.damaged = true;
    const std::string_view unread = piece.overlong ? piece.raw : piece.data;
    told_bytes_ += static_cast<std::int64_t>(unread.size());
    seen_.text_bytes_max = std::max(seen_.text_bytes_max, told_bytes_);
    return;
  }
  take_event(json_root(piece.data));
}

void ResponsesStreamMeter::take_event(JsonSlice root) {
  Event event;
  for (JsonMembers members(root); members.next();) {
    const JsonSlice value = members.value();
    if (members.key_is("type")) event.type = value;
    if (members.key_is("response")) event.response = value;
    if (members.key_is("item")) event.item = value;
    if (members.key_is("part")) event.part = value;
    if (members.key_is("delta")) event.delta = value;
    if (members.key_is("error") && !value.is(JsonKind::null)) seen_.error = true;
    if (members.key_is("output_index")) {
      // What has no index of its own is told beside the last that may have one.
      const auto index = value.integer();
      const bool fits =
          index && *index >= 0 && *index < static_cast<std::int64_t>(kResponseItemsMax);
      event.index = fits ? static_cast<std::size_t>(*index) : kResponseItemsMax;
    }
    if (members.key_is("sequence_number")) {
      if (const auto number = value.integer()) {
        next_number_ = std::max(next_number_, saturating_add(*number, 1));
      }
    }
  }
  if (event.response && event.response->is(JsonKind::object)) return take_response(event);
  const std::string type =
      event.type && event.type->is(JsonKind::string) ? decode_string(*event.type) : std::string();
  if (type == "error") {
    seen_.error = true;
  } else {
    take_text(event, type, root);
  }
}

void ResponsesStreamMeter::take_response(const Event& event) {
  const JsonSlice response = *event.response;
  read_response(response, items_, seen_, object_ids_);
  if (const auto id = find_last(response, "id"); id && id->is(JsonKind::string)) {
    response_id_ = decode_string(*id);
  }
  if (const auto model = find_last(response, "model"); model && model->is(JsonKind::string)) {
    model_ = decode_string(*model);
  }
  if (event.type && one_of(*event.type, {"response.completed", "response.incomplete",
                                         "response.failed", "response.cancelled"})) {
    seen_.finished = true;
  }
}

void ResponsesStreamMeter::take_text(const Event& event, std::string_view type, JsonSlice root) {
  if (type.find("reasoning") != std::string_view::npos) seen_.hidden_output = true;
  if (event.item && event.item->is(JsonKind::object)) {
    const bool done = type == "response.output_item.done";
    add(event, done ? &Told::whole : &Told::begun, text_in(*event.item));
    if (done) {
      items_.add(*event.item, seen_);
      keep_object_id(*event.item, object_ids_);
    } else {
      // Reasoning shows itself when it begins.
      ResponseItems().add(*event.item, seen_);
    }
    if (const auto container = find_last(*event.item, "container_id")) {
      keep_object_id(*container, object_ids_);
    }
  } else if (event.part) {
    const bool done = type.ends_with(".done");
    add(event, done ? &Told::parts : &Told::begun, text_in(*event.part));
  } else if (event.delta) {
    add(event, &Told::deltas, text_in(*event.delta));
    if (event.delta->is(JsonKind::string) &&
        (type == "response.output_text.delta" || type == "response.refusal.delta" ||
         type == "response.function_call_arguments.delta" ||
         type == "response.custom_tool_call_input.delta")) {
      certain_bytes_ += static_cast<std::int64_t>(decoded_size(*event.delta));
      seen_.text_bytes_min = std::max(seen_.text_bytes_min, certain_bytes_);
    }
  } else {
    add(event, type.ends_with(".done") ? &Told::texts : &Told::deltas, text_in(root));
  }
}

void ResponsesStreamMeter::add(const Event& event, std::int64_t Told::* telling,
                               std::int64_t bytes) {
  if (told_.size() <= event.index) told_.resize(event.index + 1);
  Told& told = told_[event.index];
  const std::int64_t before = told.most();
  told.*telling += bytes;
  told_bytes_ += told.most() - before;
  seen_.text_bytes_max = std::max(seen_.text_bytes_max, told_bytes_);
}

std::optional<std::string> ResponsesStreamMeter::error_event(std::string_view code,
                                                             std::string_view sentence,
                                                             const std::string& decision_id) const {
  return responses_error_event(
      code, sentence, decision_id,
      {.response_id = response_id_, .model = model_, .number = next_number_});
}

}  // namespace ringfence::llm
