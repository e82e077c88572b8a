// SPDX-License-Identifier: Apache-2.0
#include "audit/vkey.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace ringfence::audit {
namespace {

using std::string_literals::operator""s;

constexpr const char* kC2spVkey =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

TEST(Vkey, TheExampleOfC2sp) {
  const auto vkey = parse_vkey(kC2spVkey);
  ASSERT_TRUE(vkey.has_value());
  EXPECT_EQ(vkey->name, "example.com/foo");
  EXPECT_EQ(vkey->id, 0x530d903aU);
  EXPECT_EQ(vkey->type, KeyType::ed25519);
  EXPECT_EQ(vkey->key.size(), 32U);
  EXPECT_EQ(make_vkey("example.com/foo", KeyType::ed25519, vkey->key), *vkey);
  EXPECT_EQ(format_vkey(*vkey), kC2spVkey);
}

TEST(Vkey, NameTypeAndKeyMakeTheId) {
  const std::string key(32, 'k');
  const auto id = make_vkey("a", KeyType::ed25519, key).id;
  EXPECT_NE(make_vkey("b", KeyType::ed25519, key).id, id);
  EXPECT_NE(make_vkey("a", KeyType::ed25519_cosignature, key).id, id);
  EXPECT_NE(make_vkey("a", KeyType::ed25519, std::string(32, 'l')).id, id);
}

TEST(Vkey, OneSpelling) {
  const std::string good = kC2spVkey;
  for (const std::string& text :
       {""s,
        "+"s,
        "++"s,
        "example.com/foo"s,
        "example.com/foo+530d903a"s,
        "example.com/foo+530d903a+"s,
        "example.com/foo+530d903a+AQ=="s,  // a type without a key
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"s,
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"s,
        "example.com/foo+30d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"s,
        "example.com/foo+0530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"s,
        "example.com/foo+0x0d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"s,
        "example.com/foo+-30d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"s,
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"s,  // not its id
        "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"s,
        good + "=",
        good + " ",
        " " + good,
        good + "\n",
        std::string(kVkeyBytesMax, 'a') + good}) {
    EXPECT_FALSE(parse_vkey(text)) << text;
  }
}

TEST(Vkey, AnUnknownTypeIsKept) {
  const std::string key = "\x02" + std::string(91, 'k');  // ECDSA, whose id is made otherwise
  const std::string text = "sum.example+0badcafe+" + to_base64(key);
  const auto vkey = parse_vkey(text);
  ASSERT_TRUE(vkey.has_value());
  EXPECT_EQ(vkey->id, 0x0badcafeU);
  EXPECT_EQ(format_vkey(*vkey), text);
}

TEST(Vkey, Length) {
  const std::string start = "sum.example.co+0badcafe+";
  EXPECT_TRUE(parse_vkey(start + to_base64("\x02k")));
  const std::size_t longest = (kVkeyBytesMax - start.size()) / 4 * 3;  // bytes of base64
  const std::string text = start + to_base64("\x02" + std::string(longest - 1, 'k'));
  EXPECT_EQ(text.size(), kVkeyBytesMax);
  EXPECT_TRUE(parse_vkey(text));
  EXPECT_FALSE(parse_vkey(start + to_base64("\x02" + std::string(longest, 'k'))));
}

TEST(KeyName, Characters) {
  EXPECT_TRUE(valid_key_name("example.com/log"));
  EXPECT_TRUE(valid_key_name("größe"));
  EXPECT_TRUE(valid_key_name("\xE2\x80\x8B"));  // U+200B is no space
  EXPECT_TRUE(valid_key_name(std::string(255, 'a')));
  EXPECT_FALSE(valid_key_name(std::string(256, 'a')));
  EXPECT_FALSE(valid_key_name(""));
  for (const char* inside : {"+",
                             " ",
                             "\n",
                             "\t",
                             "\v",
                             "\f",
                             "\r",
                             "\x01",
                             "\x1f",
                             "\x80",
                             "\xC2\x85",
                             "\xC2\xA0",
                             "\xE1\x9A\x80",
                             "\xE2\x80\x80",
                             "\xE2\x80\x85",
                             "\xE2\x80\x8A",
                             "\xE2\x80\xA8",
                             "\xE2\x80\xA9",
                             "\xE2\x80\xAF",
                             "\xE2\x81\x9F",
                             "\xE3\x80\x80"}) {
    EXPECT_FALSE(valid_key_name("a"s + inside + "b")) << to_hex(sha256(inside));
  }
  EXPECT_FALSE(valid_key_name("a\0b"s));
}

}  // namespace
}  // namespace ringfence::audit
