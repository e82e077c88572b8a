// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace ringfence {
namespace {

using std::string_literals::operator""s;

std::span<const std::uint8_t> view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(Sha256, KnownAnswers) {  // FIPS 180-4 examples
  const std::pair<std::string, const char*> rows[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const auto& [text, hex] : rows) {
    EXPECT_EQ(to_hex(sha256(text)), hex);
    EXPECT_EQ(digest_from_hex(hex), sha256(text));
  }
}

TEST(Sha256, OfTwoPartsIsOfBothTogether) {
  const std::string text(200, 'a');
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(sha256(text.substr(0, cut), text.substr(cut)), sha256(text)) << cut;
  }
}

TEST(Hex, OneSpelling) {
  const std::string good(64, 'a');
  EXPECT_TRUE(digest_from_hex(good).has_value());
  EXPECT_EQ(digest_from_hex(good.substr(1)), std::nullopt);
  EXPECT_EQ(digest_from_hex(good + "a"), std::nullopt);
  EXPECT_EQ(digest_from_hex(""), std::nullopt);
  for (const char bad : {'A', 'g', ' ', '\0', '-', '\x80'}) {
    std::string text = good;
    text[63] = bad;
    EXPECT_EQ(digest_from_hex(text), std::nullopt);
  }
  EXPECT_EQ(to_hex(view("\x00\xff\x10"s)), "00ff10");
}

TEST(Base64, KnownAnswers) {  // RFC 4648 section 10
  const std::pair<std::string, const char*> rows[] = {
      {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
      {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xfb\xff", "+/8="},
  };
  for (const auto& [bytes, text] : rows) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, OneSpelling) {
  for (const char* text : {"Zg", "Zg=", "Zh==", "Zm9=", "=", "==", "===", "====", "Z===",
                           "Zg==Zg==", "-_8=", "Zm9v\n", " Zm9v", "Zm9v====", "Zm=v"}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

TEST(Base64Url, KnownAnswers) {  // RFC 4648 section 10, without padding
  const std::pair<std::string, const char*> rows[] = {
      {"", ""},
      {"f", "Zg"},
      {"fo", "Zm8"},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg"},
      {"fooba", "Zm9vYmE"},
      {"foobar", "Zm9vYmFy"},
      {"\xfb\xff", "-_8"},
      {"\0\0\0"s, "AAAA"},
  };
  for (const auto& [bytes, text] : rows) {
    EXPECT_EQ(to_base64url(bytes), text);
    EXPECT_EQ(from_base64url(text), bytes);
  }
}

TEST(Base64Url, OneSpelling) {
  for (const char* text : {"Zg=", "Zg==", "Zh", "Zm9", "Z", "Zm9vY", "Zm+v", "Zm/v", "Zm 9v",
                           "Zm9v\n", "\xC3\xA9zz"}) {
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
  }
  EXPECT_EQ(from_base64url("Zm\0v"s), std::nullopt);
  // Of the 64 * 64 texts of two characters exactly the 256 canonical ones decode.
  std::set<std::string> decoded;
  int accepted = 0;
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      if (const auto bytes =
              from_base64url(std::string{static_cast<char>(a), static_cast<char>(b)})) {
        decoded.insert(*bytes);
        ++accepted;
      }
    }
  }
  EXPECT_EQ(accepted, 256);
  EXPECT_EQ(decoded.size(), 256U);
}

TEST(Base32, KnownAnswers) {  // RFC 4648 section 10, lower case, without padding
  const std::pair<std::string, const char*> rows[] = {
      {"", ""},
      {"f", "my"},
      {"fo", "mzxq"},
      {"foo", "mzxw6"},
      {"foob", "mzxw6yq"},
      {"fooba", "mzxw6ytb"},
      {"foobar", "mzxw6ytboi"},
  };
  for (const auto& [bytes, text] : rows) EXPECT_EQ(to_base32(view(bytes)), text);
}

TEST(EqualConstantTime, Equality) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("secret", "secret"));
  EXPECT_FALSE(equal_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_constant_time("secret", "Xecret"));
  EXPECT_FALSE(equal_constant_time("secret", "secre"));
  EXPECT_FALSE(equal_constant_time("a\0b"s, "a\0c"s));
  EXPECT_FALSE(equal_constant_time("", "a"));
}

TEST(Wipe, LeavesNothing) {
  std::string secret(64, 's');
  const char* bytes = secret.data();
  wipe(secret);
  EXPECT_TRUE(secret.empty());
  // The buffer is still the string's own: its old content must be gone.
  ASSERT_EQ(bytes, secret.data());
  for (std::size_t i = 0; i < 64; ++i) ASSERT_EQ(bytes[i], '\0') << i;
  std::string none;
  wipe(none);
}

TEST(Random, BytesAndIds) {
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_EQ(random_bytes(33).size(), 33U);
  EXPECT_NE(random_bytes(16), random_bytes(16));
  std::set<std::string> ids;
  for (int i = 0; i < 1'000; ++i) {
    const std::string id = random_id("r_");
    ASSERT_EQ(id.size(), 18U);
    ASSERT_TRUE(id.starts_with("r_"));
    ASSERT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567", 2), std::string::npos);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1'000U);
}

}  // namespace
}  // namespace ringfence
