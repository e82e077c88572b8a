// SPDX-License-Identifier: Apache-2.0
// Reads members of a request's JSON as providers do: null counts as absent, a wrong type is told.
//
// Contract: pure. A reader's functions return false once something was wrong; `refusal()` then says
// what, in the words of the wire that made the reader.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "wire.h"

namespace mock {

namespace dom = simdjson::dom;

// All text below `value`, member names left out: what a tokenizer would roughly see.
[[nodiscard]] std::int64_t text_below(dom::element value);
// The same of the members but `role`, of one message or of a list of them.
[[nodiscard]] std::int64_t text_of_messages(dom::element value);
// Bytes of the JSON itself, without spaces: how tools are shown to a model.
[[nodiscard]] std::int64_t json_bytes(dom::element value);

// The text of a member that is text, or "".
[[nodiscard]] std::string text_member(dom::element object, std::string_view name);

// The last of a duplicated member, as in most JSON readers.
[[nodiscard]] std::optional<dom::element> last_member(dom::object object, std::string_view name);

// The object that a body is; valid until this thread's next call.
[[nodiscard]] std::optional<dom::object> parse_object(std::string_view body);

class MemberReader {
 public:
  using WrongType = Refusal (*)(std::string_view name, std::string_view expected);

  explicit MemberReader(WrongType wrong_type) : wrong_type_(wrong_type) {}

  [[nodiscard]] bool string(std::string_view name, dom::element value, std::string& out);
  [[nodiscard]] bool flag(std::string_view name, dom::element value, bool& out);
  // At least `min`; null resets.
  [[nodiscard]] bool integer(std::string_view name, dom::element value, std::int64_t min,
                             std::optional<std::int64_t>& out);
  [[nodiscard]] bool fail(Refusal why);
  [[nodiscard]] bool fail_type(std::string_view name, std::string_view expected);
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 private:
  WrongType wrong_type_;
  Refusal refusal_;
};

}  // namespace mock
