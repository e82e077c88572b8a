// SPDX-License-Identifier: Apache-2.0
#include "audit/vkey.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "audit/lines.h"
#include "base/bytes.h"
#include "base/ensure.h"

namespace ringfence::audit {
namespace {

// Characters of Unicode's White_Space above U+0020, in UTF-8; U+2000 to U+200A apart.
constexpr std::array<std::string_view, 7> kSpaces = {"\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80",
                                                     "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
                                                     "\xE2\x81\x9F"};
constexpr std::string_view kIdeographicSpace = "\xE3\x80\x80";

bool has_space(std::string_view text) {
  if (text.find(' ') != std::string_view::npos) return true;
  if (text.find(kIdeographicSpace) != std::string_view::npos) return true;
  for (char last = '\x80'; last <= '\x8A'; ++last) {
    if (text.find(std::string{'\xE2', '\x80', last}) != std::string_view::npos) return true;
  }
  return std::any_of(kSpaces.begin(), kSpaces.end(), [&](std::string_view space) {
    return text.find(space) != std::string_view::npos;
  });
}

bool fixes_id(KeyType type) {
  return type == KeyType::ed25519 || type == KeyType::ed25519_cosignature ||
         type == KeyType::ml_dsa_44_cosignature;
}

std::optional<std::uint32_t> parse_id(std::string_view hex) {
  std::uint32_t id = 0;
  const char* const end = hex.data() + hex.size();
  const auto [stop, error] = std::from_chars(hex.data(), end, id, 16);
  if (hex.size() != 8 || error != std::errc{} || stop != end) return std::nullopt;
  if (fmt::format("{:08x}", id) != hex) return std::nullopt;  // upper case
  return id;
}

}  // namespace

bool valid_key_name(std::string_view name) {
  return !name.empty() && name.size() <= kKeyNameBytesMax && plain_text(name) &&
         name.find_first_of("+\n") == std::string_view::npos && !has_space(name);
}

Vkey make_vkey(std::string_view name, KeyType type, std::string_view key) {
  RF_ENSURE(valid_key_name(name), "a key's name is checked where it comes from");
  std::string text(name);
  text += '\n';
  text += static_cast<char>(type);
  const Digest digest = sha256(text, key);
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) id = id << 8 | digest[i];
  return {.name = std::string(name), .id = id, .type = type, .key = std::string(key)};
}

std::string format_vkey(const Vkey& vkey) {
  return fmt::format("{}+{:08x}+{}", vkey.name, vkey.id,
                     to_base64(static_cast<char>(vkey.type) + vkey.key));
}

Result<Vkey> parse_vkey(std::string_view text) {
  constexpr const char* kExpected = "a verifier key is NAME+ID+KEY, ID 8 hex digits and KEY base64";
  if (text.size() > kVkeyBytesMax) return invalid("a verifier key is at most 4096 bytes");
  const std::size_t name_end = text.find('+');
  const std::size_t id_end = text.find('+', name_end + 1);
  if (name_end == std::string_view::npos || id_end == std::string_view::npos) {
    return invalid(kExpected);
  }
  const std::string_view name = text.substr(0, name_end);
  const auto id = parse_id(text.substr(name_end + 1, id_end - name_end - 1));
  const auto key = from_base64(text.substr(id_end + 1));
  if (!valid_key_name(name) || !id || !key || key->size() < 2) return invalid(kExpected);

  Vkey vkey = make_vkey(name, static_cast<KeyType>((*key)[0]), std::string_view(*key).substr(1));
  if (vkey.id != *id && fixes_id(vkey.type)) {
    return invalid("the verifier key's ID is not that of its name and key");
  }
  vkey.id = *id;
  return vkey;
}

}  // namespace ringfence::audit
