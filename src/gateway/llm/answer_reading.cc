// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/answer_reading.h"

#include <algorithm>

namespace ringfence::llm {

void Counts::take(JsonSlice value, std::optional<std::int64_t>& into) {
  if (value.is(JsonKind::null)) return;
  const auto count = value.integer();
  if (!count || *count < 0 || into) {  // or stated twice
    nonsense_ = true;
  } else {
    into = *count;
  }
}

bool divide(Usage& usage, Dimension whole, std::int64_t total,
            std::initializer_list<std::pair<Dimension, std::optional<std::int64_t>>> parts) {
  std::int64_t rest = total;
  for (const auto& [dimension, count] : parts) {
    const std::int64_t part = count.value_or(0);
    if (part > rest) return false;
    rest -= part;
    usage.set(dimension, part);
  }
  usage.set(whole, rest);
  return true;
}

std::int64_t string_bytes(JsonSlice value, std::initializer_list<std::string_view> leave_out) {
  std::int64_t bytes = 0;
  if (value.is(JsonKind::string)) {
    bytes = static_cast<std::int64_t>(decoded_size(value));
  } else if (value.is(JsonKind::array)) {
    for (JsonElements elements(value); elements.next();) {
      bytes += string_bytes(elements.value(), leave_out);
    }
  } else if (value.is(JsonKind::object)) {
    for (JsonMembers members(value); members.next();) {
      const bool out =
          std::ranges::any_of(leave_out, [&](std::string_view n) { return members.key_is(n); });
      if (!out) bytes += string_bytes(members.value(), leave_out);
    }
  }
  return bytes;
}

void BodyMeter::feed(std::string_view bytes, std::string& out) {
  out.append(bytes);
  if (seen_.damaged || bytes.size() > kBytesMax - body_.size()) {
    seen_.damaged = true;
    body_ = {};
    return;
  }
  body_.append(bytes);
}

void BodyMeter::end(std::string&) {
  if (seen_.damaged || !check_json(body_)) {
    seen_.damaged = true;
    return;
  }
  const JsonSlice root = json_root(body_);
  if (root.is(JsonKind::object)) {
    read(root, seen_);
  } else {
    seen_.damaged = true;
  }
  seen_.finished = true;
}

Seen BodyMeter::seen_at_cut() const {
  Seen seen = seen_;
  seen.damaged = true;
  return seen;
}

}  // namespace ringfence::llm
