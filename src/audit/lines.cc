// SPDX-License-Identifier: Apache-2.0
#include "audit/lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.h"

namespace ringfence::audit {

std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.starts_with('0') && text != "0") return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || number > kTreeSizeMax) return std::nullopt;
  return number;
}

std::optional<Hash> parse_hash(std::string_view base64) {
  Hash hash;
  if (base64.size() != (hash.size() + 2) / 3 * 4) return std::nullopt;
  const auto bytes = from_base64(base64);
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

std::string format_hash(const Hash& hash) {
  return to_base64({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

Result<Proof> take_proof(std::string_view& rest, std::size_t count_max) {
  Proof proof;
  for (auto line = take_line(rest); line; line = take_line(rest)) {
    if (line->empty()) return proof;
    if (proof.size() == count_max) {
      return invalid(fmt::format("a proof has at most {} hashes", count_max));
    }
    const auto hash = parse_hash(*line);
    if (!hash) {
      return invalid(fmt::format("line {} of the proof is no hash in base64", proof.size() + 1));
    }
    proof.push_back(*hash);
  }
  return invalid("no empty line ends the proof");
}

bool plain_text(std::string_view text) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
  return std::none_of(text.begin(), text.end(), control) && valid_utf8(text);
}

}  // namespace ringfence::audit
