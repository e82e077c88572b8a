// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

// For SHA256_CTX: each line of the record is hashed twice, and EVP's share of hashing 300 bytes is
// two fifths.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <memory>

#include "base/ensure.h"

namespace ringfence {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

int index_in(std::string_view alphabet, char c) {
  const std::size_t at = alphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// Regroups 8-bit bytes into `bits`-bit characters, the last one padded with zero bits.
std::string encode_bits(std::span<const std::uint8_t> bytes, unsigned bits,
                        std::string_view alphabet) {
  std::string text;
  std::uint32_t window = 0;
  unsigned have = 0;
  for (const std::uint8_t byte : bytes) {
    window = (window << 8) | byte;
    have += 8;
    while (have >= bits) {
      have -= bits;
      text += alphabet[(window >> have) & ((1U << bits) - 1)];
    }
  }
  if (have > 0) text += alphabet[(window << (bits - have)) & ((1U << bits) - 1)];
  return text;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Digest sha256(std::string_view bytes) { return sha256(bytes, {}); }

Digest sha256(std::string_view head, std::string_view tail) {
  SHA256_CTX context;
  Digest digest;
  const bool done = SHA256_Init(&context) == 1 &&
                    SHA256_Update(&context, head.data(), head.size()) == 1 &&
                    SHA256_Update(&context, tail.data(), tail.size()) == 1 &&
                    SHA256_Final(digest.data(), &context) == 1;
  RF_ENSURE(done, "SHA-256 is always possible");
  return digest;
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  RF_ENSURE(EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr) == 1,
            "SHA-256 is always possible");
}

void Sha256::add(std::string_view bytes) {
  RF_ENSURE(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1,
            "SHA-256 is always possible");
}

Digest Sha256::finish() {
  Digest digest;
  RF_ENSURE(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1,
            "SHA-256 is always possible");
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
  Digest digest;
  unsigned int size = digest.size();
  const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                          reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                          digest.data(), &size);
  RF_ENSURE(made != nullptr && size == digest.size(), "HMAC-SHA256 is always possible");
  return digest;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

std::optional<Digest> digest_from_hex(std::string_view hex) {
  Digest digest;
  if (hex.size() != digest.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = index_in(kHex, hex[2 * i]);
    const int low = index_in(kHex, hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

std::string to_base64(std::string_view bytes) {
  std::string text = to_base64url(bytes);
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  if (text.find_first_of("-_") != std::string_view::npos) return std::nullopt;
  std::string other(text);
  for (char& c : other) c = c == '+' ? '-' : c == '/' ? '_' : c;
  auto bytes = from_base64url(other);
  wipe(other);  // it may be a key
  return bytes;
}

std::string to_base64url(std::string_view bytes) {
  return encode_bits(as_bytes(bytes), 6, kBase64Url);
}

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  std::uint32_t window = 0;
  unsigned have = 0;
  for (const char c : text) {
    const int value = index_in(kBase64Url, c);
    if (value < 0) return std::nullopt;
    window = (window << 6) | static_cast<std::uint32_t>(value);
    have += 6;
    if (have >= 8) {
      have -= 8;
      bytes += static_cast<char>((window >> have) & 0xff);
    }
  }
  // Only one spelling per value: the bits left over must be zero.
  if ((window & ((1U << have) - 1)) != 0) return std::nullopt;
  return bytes;
}

std::string to_base32(std::span<const std::uint8_t> bytes) {
  return encode_bits(bytes, 5, kBase32);
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace ringfence
