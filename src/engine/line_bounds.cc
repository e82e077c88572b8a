// SPDX-License-Identifier: Apache-2.0
#include "engine/line_bounds.h"

#include "base/json.h"

namespace ringfence {
namespace {

// A piece of escapes alone is cut shorter: six bytes stand for one.
constexpr std::size_t kPieceBytesMax = 60'000;

std::size_t json_bytes(std::string_view text) {
  std::string written;
  append_json_string(written, text);
  return written.size();
}

}  // namespace

std::size_t line_bytes(std::span<const std::string> texts) {
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += json_bytes(text) + 1;
  return bytes;
}

std::vector<std::string_view> policy_pieces(std::string_view document) {
  std::vector<std::string_view> pieces;
  do {
    std::string_view piece = clipped(document, kPolicyTextMax);
    while (json_bytes(piece) > kPieceBytesMax) piece = clipped(piece, piece.size() / 2);
    pieces.push_back(piece);
    document.remove_prefix(piece.size());
  } while (!document.empty());
  return pieces;
}

std::string_view clipped(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  std::size_t end = bytes_max;
  while (end > 0 && bytes_max - end < 3 && continues(text[end])) --end;
  return text.substr(0, continues(text[end]) ? bytes_max : end);
}

}  // namespace ringfence
