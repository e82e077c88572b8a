// SPDX-License-Identifier: Apache-2.0
#include "base/quoted.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace ringfence {
namespace {

constexpr std::size_t kQuotedMax = 60;

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (length == 0 || byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

std::string quoted(std::string_view text) {
  if (text.size() <= kQuotedMax) return "`" + printable(text) + "`";
  std::size_t cut = kQuotedMax;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return "`" + printable(text.substr(0, cut)) + "…`";
}

}  // namespace ringfence
