// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini_meter.h"

#include "gateway/llm/answer_reading.h"
#include "gateway/llm/gemini_usage.h"

namespace ringfence::llm {
namespace {

constexpr std::size_t kSearchesMax = 1'024;

bool is_filled(JsonSlice value) {
  return !value.is(JsonKind::null) && value.text != "\"\"" && value.text != "false";
}

// At most: a call's arguments may be numbers alone, which are generated too.
std::int64_t bytes_max(JsonSlice value) {
  return value.is(JsonKind::string) ? string_bytes(value, {})
                                    : static_cast<std::int64_t>(value.text.size());
}

}  // namespace

void GeminiAnswer::take(JsonSlice response) {
  if (!response.is(JsonKind::object)) return damage();
  for (JsonMembers members(response); members.next();) {
    const JsonSlice value = members.value();
    if (value.is(JsonKind::null)) continue;
    if (members.key_is("usageMetadata")) read_gemini_usage(value, seen_);
    if (members.key_is("error")) seen_.error = true;
    if (members.key_is("candidates") && value.is(JsonKind::array)) {
      for (JsonElements elements(value); elements.next();) take_candidate(elements.value());
    }
    if (members.key_is("promptFeedback") && value.is(JsonKind::object)) {
      const auto reason = find_last(value, "blockReason");
      complete_ = complete_ || (reason && is_filled(*reason));
    }
  }
  if (seen_.usage_state == UsageState::stated && !searches_.empty()) {
    Usage usage = seen_.usage;
    const auto searches = static_cast<std::int64_t>(searches_.size());
    seen_.state(usage.set(Dimension::web_search, search_by_prompt_ ? 1 : searches));
  }
}

void GeminiAnswer::take_candidate(JsonSlice candidate) {
  if (!candidate.is(JsonKind::object)) return damage();
  for (JsonMembers members(candidate); members.next();) {
    const JsonSlice value = members.value();
    if (members.key_is("finishReason") && is_filled(value)) complete_ = true;
    if (!value.is(JsonKind::object)) continue;
    if (members.key_is("groundingMetadata")) take_grounding(value);
    if (!members.key_is("content")) continue;
    const auto parts = find_last(value, "parts");
    if (!parts || !parts->is(JsonKind::array)) continue;
    for (JsonElements elements(*parts); elements.next();) take_part(elements.value());
  }
}

void GeminiAnswer::take_part(JsonSlice part) {
  if (!part.is(JsonKind::object)) return damage();
  std::int64_t certain = 0;
  bool thought = false;
  for (JsonMembers members(part); members.next();) {
    const JsonSlice value = members.value();
    if (members.key_is("thought") && value.is_true()) thought = true;
    if (members.key_is("thoughtSignature")) {
      // A token of what was thought, not of what was said.
      seen_.hidden_output = seen_.hidden_output || is_filled(value);
      continue;
    }
    if (!value.is(JsonKind::string) && !value.is(JsonKind::object)) continue;
    seen_.text_bytes_max += bytes_max(value);
    if (members.key_is("text") || members.key_is("functionCall") ||
        members.key_is("executableCode")) {
      certain += string_bytes(value, {});
    }
  }
  if (thought) {
    seen_.hidden_output = true;  // shown as a summary: not a count of what was billed
  } else {
    seen_.text_bytes_min += certain;
  }
}

void GeminiAnswer::take_grounding(JsonSlice metadata) {
  for (JsonMembers members(metadata); members.next();) {
    const JsonSlice value = members.value();
    if (!value.is(JsonKind::array)) continue;
    const bool searches =
        members.key_is("webSearchQueries") || members.key_is("imageSearchQueries");
    for (JsonElements elements(value); elements.next();) {
      const JsonSlice one = elements.value();
      if (searches && one.is(JsonKind::string) && is_filled(one)) {
        if (searches_.size() < kSearchesMax) searches_.insert(decode_string(one));
      } else if (members.key_is("groundingChunks") && one.is(JsonKind::object) &&
                 find_last(one, "maps")) {
        seen_.unknown_dimension = true;  // Google Maps has its own price
      }
    }
  }
}

// ---- a whole body

void GeminiBodyMeter::feed(std::string_view bytes, std::string& out) {
  out.append(bytes);
  if (seen().damaged || bytes.size() > BodyMeter::kBytesMax - body_.size()) {
    answer_.damage();
    body_ = {};
    return;
  }
  body_.append(bytes);
}

void GeminiBodyMeter::end(std::string&) {
  if (seen().damaged || !check_json(body_)) return answer_.damage();
  const JsonSlice root = json_root(body_);
  if (root.is(JsonKind::array)) {
    for (JsonElements elements(root); elements.next();) answer_.take(elements.value());
  } else {
    answer_.take(root);
  }
  answer_.finish();
}

Seen GeminiBodyMeter::seen_at_cut() const {
  Seen seen = answer_.seen();
  seen.damaged = true;
  return seen;
}

// ---- an event stream

void GeminiStreamMeter::feed(std::string_view bytes, std::string& out) {
  for (SseEvents::Piece piece; events_.next(bytes, piece);) {
    take(piece);
    out.append(piece.raw);
  }
}

void GeminiStreamMeter::take(const SseEvents::Piece& piece) {
  if (piece.overlong) {
    answer_.damage();
    return answer_.count_unread(piece.raw.size());
  }
  if (!piece.has_data) return;
  if (!check_json(piece.data)) {
    answer_.damage();
    return answer_.count_unread(piece.data.size());
  }
  answer_.take(json_root(piece.data));
}

void GeminiStreamMeter::end(std::string& out) {
  const std::string_view rest = events_.rest();
  if (rest.find_first_not_of("\r\n") != std::string_view::npos) answer_.damage();
  out.append(rest);
  if (answer_.complete()) answer_.finish();
}

Seen GeminiStreamMeter::seen_at_cut() const {
  Seen seen = answer_.seen();
  seen.text_bytes_max += static_cast<std::int64_t>(events_.rest().size());
  return seen;
}

}  // namespace ringfence::llm
