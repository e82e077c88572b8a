// SPDX-License-Identifier: Apache-2.0
// Text forms of bytes (hex, base64url, base32), SHA-256 and HMAC, and comparison in constant
// time.
//
// Contract: pure and thread-safe. base64 is RFC 4648 section 4 with its padding, base64url section
// 5 without; of both one spelling alone is read. base32 is the lower-case RFC 4648 alphabet without
// padding, so that it is valid in an account path.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace ringfence {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);
Digest hmac_sha256(std::string_view key, std::string_view bytes);  // RFC 2104
// Of both, one after the other.
Digest sha256(std::string_view head, std::string_view tail);

// SHA-256 of what comes in pieces; one thread.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  Digest finish();  // once, and nothing after it

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string to_hex(std::span<const std::uint8_t> bytes);
std::optional<Digest> digest_from_hex(std::string_view hex);

std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

std::string to_base32(std::span<const std::uint8_t> bytes);

// Time depends on the lengths alone.
bool equal_constant_time(std::string_view a, std::string_view b);

// Overwrites a secret in a way the optimiser keeps.
void wipe(std::string& secret);

}  // namespace ringfence
