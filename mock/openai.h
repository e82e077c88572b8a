// SPDX-License-Identifier: Apache-2.0
// What all of OpenAI's wires share: errors, headers, and the words for what a model cannot do.
//
// Contract: pure.
#pragma once

#include "wire.h"

namespace mock {

[[nodiscard]] Refusal openai_wrong_type(std::string_view param, std::string_view expected);
[[nodiscard]] Refusal openai_not_json();
[[nodiscard]] Refusal openai_missing(std::string_view param);
// The error's object without the body around it.
[[nodiscard]] std::string openai_error_object(const Refusal& why);
// The tier that is billed for the tier asked for.
[[nodiscard]] std::string openai_tier(std::string_view asked);

class OpenAiWire : public Wire {
 public:
  [[nodiscard]] Refusal cap_too_large(std::int64_t cap, std::int64_t max) const override;
  [[nodiscard]] Refusal too_long(std::int64_t input, std::int64_t cap,
                                 std::int64_t context) const override;
  [[nodiscard]] std::string error(const Refusal& why) const override;
  [[nodiscard]] std::vector<Header> headers(std::uint64_t sequence) const override;

 protected:
  OpenAiWire(std::string_view cap_name, std::string_view input_name)
      : cap_name_(cap_name), input_name_(input_name) {}

 private:
  std::string_view cap_name_;
  std::string_view input_name_;
};

}  // namespace mock
