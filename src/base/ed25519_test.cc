// SPDX-License-Identifier: Apache-2.0
#include "base/ed25519.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace ringfence {
namespace {

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

TEST(Ed25519, KnownAnswers) {  // RFC 8032 section 7.1, tests 1 and 2
  struct Row {
    const char* seed;
    const char* key;
    const char* message;
    const char* signature;
  };
  const Row rows[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf"
       "9"
       "b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f"
       "1"
       "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
  };
  for (const Row& row : rows) {
    const std::string message = bytes_of(row.message);
    const std::string signature = bytes_of(row.signature);
    const auto key = Ed25519PrivateKey::from_seed(bytes_of(row.seed));
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(key->public_key(), bytes_of(row.key));
    EXPECT_EQ(key->sign(message), signature);

    const auto verifier = Ed25519PublicKey::from_bytes(bytes_of(row.key));
    ASSERT_TRUE(verifier.has_value());
    EXPECT_TRUE(verifier->verify(message, signature));
    EXPECT_FALSE(verifier->verify(message + "x", signature));
    EXPECT_FALSE(verifier->verify(message, signature + "x"));
    EXPECT_FALSE(verifier->verify(message, signature.substr(1)));
    EXPECT_FALSE(verifier->verify(message, ""));
    for (std::size_t i = 0; i < signature.size(); ++i) {
      std::string changed = signature;
      changed[i] ^= 1;
      EXPECT_FALSE(verifier->verify(message, changed)) << i;
    }
  }
}

TEST(Ed25519, SizesAreFixed) {
  for (const std::size_t bytes : {0, 31, 33, 64}) {
    EXPECT_EQ(Ed25519PrivateKey::from_seed(std::string(bytes, 's')).error().code,
              ErrorCode::invalid);
    EXPECT_EQ(Ed25519PublicKey::from_bytes(std::string(bytes, 'k')).error().code,
              ErrorCode::invalid);
  }
}

}  // namespace
}  // namespace ringfence
