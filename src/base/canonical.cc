// SPDX-License-Identifier: Apache-2.0
#include "base/canonical.h"

#include <algorithm>

namespace ringfence {
namespace {

// UTF-16 order differs from that of UTF-8 bytes in one place: characters past U+FFFF (lead byte
// 0xF0 and up) are surrogates there, which sort before U+E000 to U+FFFF (lead bytes 0xEE, 0xEF).
int rank(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0xF0) return byte - 2;
  return byte >= 0xEE ? byte + 0x10 : byte;
}

bool before(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(a, b, {}, rank, rank);
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\t': out += "\\t"; return;
    case '\n': out += "\\n"; return;
    case '\f': out += "\\f"; return;
    case '\r': out += "\\r"; return;
    default: break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20) {
    out += c;
    return;
  }
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) append_escaped(out, c);
  out += '"';
}

}  // namespace

void append_canonical(std::string& out, const Json& value) {
  if (const std::string* text = value.string()) {
    append_string(out, *text);
  } else if (const Json::Array* elements = value.array()) {
    out += '[';
    for (std::size_t i = 0; i < elements->size(); ++i) {
      if (i > 0) out += ',';
      append_canonical(out, (*elements)[i]);
    }
    out += ']';
  } else if (const Json::Object* members = value.object()) {
    std::vector<const Json::Member*> sorted;
    for (const Json::Member& member : *members) sorted.push_back(&member);
    std::ranges::sort(sorted, before, &Json::Member::first);
    out += '{';
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (i > 0) out += ',';
      append_string(out, sorted[i]->first);
      out += ':';
      append_canonical(out, sorted[i]->second);
    }
    out += '}';
  } else {
    value.append_to(out);  // null, true, false, a number
  }
}

Digest canonical_digest(const Json& value) {
  std::string text;
  append_canonical(text, value);
  return sha256(text);
}

}  // namespace ringfence
