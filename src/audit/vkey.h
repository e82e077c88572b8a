// SPDX-License-Identifier: Apache-2.0
// Vkey: the text form of a key that verifies signed notes (c2sp.org/signed-note).
//
//   vkey   = name "+" id "+" base64( type key )
//   name   = 1*255 bytes of UTF-8          no Unicode space, no control character, no "+"
//   id     = 8 lower-case hex digits       SHA-256( name 0x0A type key ), the first four bytes
//   type   = 1 byte                        the algorithm and what it signs
//
// Contract: values; pure. A vkey of a type that is not known here is read all the same: whoever
// configures one for others must be able to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringfence::audit {

inline constexpr std::size_t kKeyNameBytesMax = 255;
inline constexpr std::size_t kVkeyBytesMax = 4096;

// Of the types assigned by C2SP those that are known here; any other byte may stand in a Vkey.
enum class KeyType : std::uint8_t {
  ed25519 = 0x01,              // over the note's text
  ed25519_cosignature = 0x04,  // over a checkpoint, with the time (cosignature.h)
  ml_dsa_44_cosignature = 0x06,
};

// A witness's: a log's own key signs a text without saying when.
constexpr bool is_cosigner(KeyType type) {
  return type == KeyType::ed25519_cosignature || type == KeyType::ml_dsa_44_cosignature;
}

struct Vkey {
  std::string name;
  std::uint32_t id = 0;
  KeyType type = KeyType::ed25519;
  std::string key;  // raw bytes
  friend bool operator==(const Vkey&, const Vkey&) = default;
};

bool valid_key_name(std::string_view name);

// With its id. The name must be valid.
Vkey make_vkey(std::string_view name, KeyType type, std::string_view key);

std::string format_vkey(const Vkey& vkey);
// Errors: `invalid`; also where the id is not that of the key, for the types that fix it.
Result<Vkey> parse_vkey(std::string_view text);

}  // namespace ringfence::audit
