// SPDX-License-Identifier: Apache-2.0
#include "guard/answer.h"

#include <optional>

#include "base/json.h"
#include "base/utf8.h"

namespace ringfence::guard {
namespace {

std::optional<GuardDecision> decision_of(const Json& value) {
  const std::string* word = value.string();
  if (word == nullptr) return std::nullopt;
  if (*word == "allow") return GuardDecision::allow;
  if (*word == "deny") return GuardDecision::deny;
  if (*word == "ask") return GuardDecision::ask;
  return std::nullopt;
}

// C0, DEL, and C1 (U+0080 to U+009F), which terminals obey as well.
std::string without_controls(std::string_view text) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::max<std::size_t>(1, utf8_sequence_length(text.substr(at)));
    const auto first = static_cast<unsigned char>(text[at]);
    const bool c1 = length == 2 && first == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (c1 || first < 0x20 || first == 0x7F) {
      clean += ' ';
    } else {
      clean += text.substr(at, length);
    }
    at += length;
  }
  return clean;
}

}  // namespace

Result<Said> parse_answer(std::string_view text) {
  if (text.size() > kAnswerBytesMax) return invalid("it answered too much");
  if (text.empty()) return invalid("it answered nothing");
  const auto json = Json::parse(text);
  if (!json || json->object() == nullptr) return invalid("its answer is not one JSON object");
  Said said;
  bool decided = false;
  for (const auto& [name, value] : *json->object()) {
    if (name == "decision") {
      const auto decision = decision_of(value);
      if (!decision) return invalid("its answer has an unknown decision");
      said.decision = *decision;
      decided = true;
    } else if (name == "message") {
      if (value.string() == nullptr) return invalid("its answer's message is no string");
      if (value.string()->size() > kMessageBytesMax) {
        return invalid("its answer's message is too long");
      }
      said.message = without_controls(*value.string());
    } else {
      return invalid("its answer has an unknown member");
    }
  }
  if (!decided) return invalid("its answer has no decision");
  return said;
}

}  // namespace ringfence::guard
