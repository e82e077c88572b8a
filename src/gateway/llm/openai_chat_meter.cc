// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_chat_meter.h"

#include <algorithm>

#include "base/checked.h"

namespace ringfence::llm {
namespace {

struct Details {
  std::optional<std::int64_t> cached, cache_write, audio, image, reasoning, video;
};

void read_details(JsonSlice object, Details& details, Counts& counts) {
  if (object.is(JsonKind::null)) return;
  if (!object.is(JsonKind::object)) return counts.refuse();
  for (JsonMembers members(object); members.next();) {
    const JsonSlice value = members.value();
    if (members.key_is("cached_tokens")) counts.take(value, details.cached);
    if (members.key_is("cache_write_tokens")) counts.take(value, details.cache_write);
    if (members.key_is("reasoning_tokens")) counts.take(value, details.reasoning);
    if (members.key_is("audio_tokens")) counts.take(value, details.audio);
    if (members.key_is("image_tokens")) counts.take(value, details.image);
    if (members.key_is("video_tokens")) counts.take(value, details.video);
  }
}

void count_certain(JsonSlice value, Seen& seen) {
  if (value.is(JsonKind::string)) {
    seen.text_bytes_min += static_cast<std::int64_t>(decoded_size(value));
  }
}

void count_tool_arguments(JsonSlice calls, Seen& seen) {
  if (!calls.is(JsonKind::array)) return;
  for (JsonElements elements(calls); elements.next();) {
    const auto function = find_last(elements.value(), "function");
    if (!function) continue;
    if (const auto arguments = find_last(*function, "arguments")) count_certain(*arguments, seen);
  }
}

bool is_reasoning_key(std::string_view raw) {
  return raw.find("reasoning") != std::string_view::npos ||
         raw.find("thinking") != std::string_view::npos;
}

bool holds_something(JsonSlice value) {
  return !value.is(JsonKind::null) && value.text != "\"\"" && value.text != "[]";
}

void read_generated(JsonSlice generated, Seen& seen) {
  if (!generated.is(JsonKind::object)) return;
  seen.text_bytes_max += string_bytes(generated, {"role", "type", "id"});
  for (JsonMembers members(generated); members.next();) {
    if (members.key_is("content")) count_certain(members.value(), seen);
    if (members.key_is("tool_calls")) count_tool_arguments(members.value(), seen);
    if (is_reasoning_key(members.key().raw_string()) && holds_something(members.value())) {
      seen.hidden_output = true;  // shown in part or as a summary: not a count of what was billed
    }
  }
}

void read_choices(JsonSlice choices, Seen& seen) {
  if (!choices.is(JsonKind::array)) return;
  for (JsonElements elements(choices); elements.next();) {
    if (const auto delta = find_last(elements.value(), "delta")) read_generated(*delta, seen);
    if (const auto message = find_last(elements.value(), "message")) read_generated(*message, seen);
  }
}

struct ChunkForm {
  bool has_usage = false;
  bool no_choices = false;
};

// Reads one checked chunk or body.
ChunkForm read_chunk(JsonSlice root, Seen& seen) {
  ChunkForm form;
  if (!root.is(JsonKind::object)) {
    seen.damaged = true;
    return form;
  }
  for (JsonMembers members(root); members.next();) {
    const JsonSlice value = members.value();
    if (members.key_is("choices")) {
      read_choices(value, seen);
      form.no_choices = value.is(JsonKind::array) && !JsonElements(value).next();
    } else if (members.key_is("usage") && !value.is(JsonKind::null)) {
      read_chat_usage(value, seen);
      form.has_usage = true;
    } else if (members.key_is("service_tier") && value.is(JsonKind::string)) {
      seen.service_tier = decode_string(value);
    } else if (members.key_is("error") && !value.is(JsonKind::null)) {
      seen.error = true;
    }
  }
  return form;
}

}  // namespace

void read_chat_usage(JsonSlice usage, Seen& seen) {
  Counts counts;
  std::optional<std::int64_t> prompt, completion, total;
  Details input, generated;
  if (!usage.is(JsonKind::object)) {
    counts.refuse();
  } else {
    for (JsonMembers members(usage); members.next();) {
      const JsonSlice value = members.value();
      if (members.key_is("prompt_tokens")) counts.take(value, prompt);
      if (members.key_is("completion_tokens")) counts.take(value, completion);
      if (members.key_is("total_tokens")) counts.take(value, total);
      if (members.key_is("prompt_tokens_details")) read_details(value, input, counts);
      if (members.key_is("completion_tokens_details")) read_details(value, generated, counts);
    }
  }
  const auto nonsense = [&] { seen.usage_state = UsageState::nonsense; };
  if (counts.nonsense() || !prompt || !completion) return nonsense();
  // Some providers keep reasoning outside of completion_tokens; then only the total has it.
  const std::int64_t beside_prompt = total.value_or(0) - *prompt;
  const std::int64_t reasoning = generated.reasoning.value_or(0);
  const std::int64_t output =
      std::max(reasoning > *completion ? saturating_add(*completion, reasoning) : *completion,
               beside_prompt);
  Usage counted;
  const bool whole = divide(counted, Dimension::input, *prompt,
                            {{Dimension::cached_input, input.cached},
                             {Dimension::cache_write_5m, input.cache_write},
                             {Dimension::audio_input, input.audio},
                             {Dimension::image_input, input.image}}) &&
                     divide(counted, Dimension::output, output,
                            {{Dimension::reasoning, generated.reasoning},
                             {Dimension::audio_output, generated.audio}});
  if (!whole) return nonsense();
  seen.state(counted);
  seen.unknown_dimension = seen.unknown_dimension || input.video.value_or(0) > 0;
  if (reasoning > 0) seen.hidden_output = true;
}

void ChatBodyMeter::read(JsonSlice root, Seen& seen) { read_chunk(root, seen); }

void ChatStreamMeter::feed(std::string_view bytes, std::string& out) {
  for (SseEvents::Piece piece; events_.next(bytes, piece);) {
    if (take(piece)) out.append(piece.raw);
  }
}

void ChatStreamMeter::end(std::string& out) {
  const std::string_view rest = events_.rest();
  if (rest.find_first_not_of("\r\n") != std::string_view::npos) seen_.damaged = true;
  out.append(rest);
}

Seen ChatStreamMeter::seen_at_cut() const {
  Seen seen = seen_;
  seen.text_bytes_max += static_cast<std::int64_t>(events_.rest().size());
  return seen;
}

bool ChatStreamMeter::take(const SseEvents::Piece& piece) {
  if (piece.overlong) {
    seen_.damaged = true;
    seen_.text_bytes_max += static_cast<std::int64_t>(piece.raw.size());
    return true;
  }
  if (!piece.has_data) return true;
  if (piece.data == "[DONE]") {
    seen_.finished = true;
    return true;
  }
  if (!check_json(piece.data)) {
    seen_.damaged = true;
    seen_.text_bytes_max += static_cast<std::int64_t>(piece.data.size());
    return true;
  }
  const ChunkForm form = read_chunk(json_root(piece.data), seen_);
  return usage_asked_ || !form.has_usage || !form.no_choices;
}

}  // namespace ringfence::llm
