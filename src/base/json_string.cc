// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstring>

#include "base/json.h"
#include "base/json_run.h"
#include "base/utf8.h"

namespace ringfence {
namespace {

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

bool plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
}

}  // namespace

// Eight at a time: a word is plain when subtracting borrows from none of its bytes and none has its
// top bit.
std::size_t json_plain_run(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kTops = 0x8080808080808080;
  const auto below = [](std::uint64_t word, std::uint64_t limit) {
    return (word - kOnes * limit) & ~word & kTops;
  };
  std::size_t run = 0;
  for (; run + sizeof(std::uint64_t) <= text.size(); run += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + run, sizeof word);
    const std::uint64_t other = (word & kTops) | below(word, 0x20) | below(word ^ kOnes * '"', 1) |
                                below(word ^ kOnes * '\\', 1) | below(word ^ kOnes * 0x7f, 1);
    if (other != 0) break;
  }
  while (run < text.size() && plain(text[run])) ++run;
  return run;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t run = json_plain_run(text);
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      append_escaped(out, text[0]);
      text.remove_prefix(1);
      continue;
    }
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      out.append(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  out += '"';
}

}  // namespace ringfence
