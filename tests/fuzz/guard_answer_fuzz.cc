// SPDX-License-Identifier: Apache-2.0
// A guard's answer: what is taken is small, valid UTF-8 without control bytes; what is not taken is
// not repeated in the error.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/ensure.h"
#include "base/utf8.h"
#include "guard/answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto said = guard::parse_answer(text);
  if (!said) {
    RF_ENSURE(said.error().message.size() < 64, "an error is one of our own few words");
    return 0;
  }
  RF_ENSURE(text.size() <= guard::kAnswerBytesMax, "what is too large is not read");
  RF_ENSURE(said->message.size() <= guard::kMessageBytesMax, "a message is short");
  RF_ENSURE(valid_utf8(said->message), "and text");
  RF_ENSURE(std::ranges::none_of(said->message,
                                 [](char c) {
                                   const auto byte = static_cast<unsigned char>(c);
                                   return byte < 0x20 || byte == 0x7f;
                                 }),
            "which a terminal shows as it is");
  return 0;
}
