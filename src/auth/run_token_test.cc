// SPDX-License-Identifier: Apache-2.0
#include "auth/run_token.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/json.h"

namespace ringfence::auth {
namespace {

constexpr Time kIssued{1'800'000'000'000'000};
constexpr Time kExpires = kIssued + Duration::hours(2);

RunSigner make_signer(std::string installation = "inst_aaaaaaaaaaaaaaaa") {
  return {RunKey::generate(), std::move(installation)};
}

RunClaims sample_claims() {
  RunClaims claims;
  claims.account = "acme/research/r_abc";
  claims.run = "r_abc";
  claims.issued = kIssued;
  claims.expires = kExpires;
  claims.scopes = {"hold", "delegate"};
  return claims;
}

// A token whose header and payload are given as JSON text, signed with the signer's own key.
std::string forge(const RunSigner& signer, std::string_view header, std::string_view payload) {
  const std::string part = to_base64url(header) + "." + to_base64url(payload);
  return part + "." + to_base64url(signer.key()->sign(part));
}

struct Decoded {
  std::string header, payload;
};
Decoded decode(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  return {*from_base64url(token.substr(0, first)),
          *from_base64url(token.substr(first + 1, second - first - 1))};
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(RunToken, ComesBackAsItWasSigned) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer);
  RunClaims claims = sample_claims();
  claims.depth = 2;
  claims.parent_hash = sha256("the parent's token");
  const std::string token = signer.sign(claims);
  const auto verified = verifier.verify(token, kIssued);
  ASSERT_TRUE(verified) << verified.error().text();
  claims.installation = signer.installation();
  claims.jti = verified->claims->jti;
  EXPECT_FALSE(claims.jti.empty());
  EXPECT_EQ(*verified->claims, claims);
  EXPECT_EQ(verified->token_hash, sha256(token));
  EXPECT_FALSE(verified->expired);
  EXPECT_LE(token.size(), kRunTokenMax);
}

TEST(RunToken, HeaderIsThatOfAnAccessToken) {
  const RunSigner signer = make_signer();
  const Decoded parts = decode(signer.sign(sample_claims()));
  EXPECT_EQ(parts.header, R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + signer.key()->id() + "\"}");
}

TEST(RunToken, ExpiryIsCheckedOnEveryUse) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer);
  const std::string token = signer.sign(sample_claims());
  EXPECT_FALSE(verifier.verify(token, Time{kExpires.us - 1})->expired);
  EXPECT_TRUE(verifier.verify(token, kExpires)->expired);
  EXPECT_FALSE(verifier.verify(token, kIssued)->expired);
  EXPECT_EQ(verifier.signatures_checked(), 1U);
}

TEST(RunToken, ExpiryIsNeverLaterThanTheRunsEnd) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer);
  RunClaims claims = sample_claims();
  claims.expires = kExpires + Duration::millis(999);
  EXPECT_EQ(verifier.verify(signer.sign(claims), kIssued)->claims->expires, kExpires);
}

TEST(RunToken, OtherAlgorithmsAreRefused) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer);
  const Decoded good = decode(signer.sign(sample_claims()));
  for (const char* alg : {"none", "None", "", "HS256", "RS256", "ES256", "Ed25519", "eddsa"}) {
    const std::string header = replaced(good.header, "EdDSA", alg);
    const std::string part = to_base64url(header) + "." + to_base64url(good.payload);
    EXPECT_FALSE(verifier.verify(part + ".", kIssued)) << alg;
    EXPECT_FALSE(verifier.verify(forge(signer, header, good.payload), kIssued)) << alg;
  }
  EXPECT_EQ(verifier.signatures_checked(), 0U) << "refused before any signature is looked at";
}

// The classic confusion: the public key, which is no secret, used as the secret of an HMAC.
TEST(RunToken, AnHmacWithThePublicKeyIsRefused) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer);
  const Decoded good = decode(signer.sign(sample_claims()));
  const std::string part =
      to_base64url(replaced(good.header, "EdDSA", "HS256")) + "." + to_base64url(good.payload);
  const std::string secret = signer.key()->public_bytes();
  std::string mac(32, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(part.data()), part.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  EXPECT_FALSE(verifier.verify(part + "." + to_base64url(mac), kIssued));
  EXPECT_FALSE(verifier.verify(part + "." + to_base64url(mac + mac), kIssued));
}

TEST(RunToken, HeaderExtrasAreRefused) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer);
  const Decoded good = decode(signer.sign(sample_claims()));
  const std::string open = good.header.substr(0, good.header.size() - 1);
  const std::string kid = "\"kid\":\"" + signer.key()->id() + "\"";
  const std::string headers[] = {
      open + R"(,"jwk":{"kty":"OKP","crv":"Ed25519","x":"AAAA"}})",
      open + R"(,"jku":"https://example.org/keys"})",
      open + R"(,"x5c":[]})",
      open + R"(,"crit":["exp"]})",
      open + R"(,"alg":"EdDSA"})",
      replaced(good.header, "at+jwt", "JWT"),
      replaced(good.header, "\"typ\":\"at+jwt\",", ""),
      replaced(good.header, "," + kid, ""),
      replaced(good.header, kid, "\"kid\":\"00000000000000000000000000000000\""),
      replaced(good.header, kid, "\"kid\":1"),
      "[]",
      "null",
      "",
  };
  for (const std::string& header : headers) {
    EXPECT_FALSE(verifier.verify(forge(signer, header, good.payload), kIssued)) << header;
  }
  EXPECT_EQ(verifier.signatures_checked(), 0U);
  EXPECT_TRUE(verifier.verify(forge(signer, good.header, good.payload), kIssued));
}

TEST(RunToken, ClaimsAreStrict) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer);
  const Decoded good = decode(signer.sign(sample_claims()));
  const std::string open = good.payload.substr(0, good.payload.size() - 1);
  const std::string payloads[] = {
      replaced(good.payload, "ringfence", "elsewhere"),
      replaced(good.payload, "inst_a", "inst_b"),
      replaced(good.payload, "acme/research", "acme/../research"),
      replaced(good.payload, "acme/research", "acme//research"),
      replaced(good.payload, "\"sub\":\"acme", "\"sub\":\"/acme"),
      replaced(good.payload, "r_abc\",\"jti", "\",\"jti"),
      replaced(good.payload, "\"depth\":0", "\"depth\":-1"),
      replaced(good.payload, "\"depth\":0", "\"depth\":17"),
      replaced(good.payload, "\"depth\":0", "\"depth\":1"),  // without par_hash
      replaced(good.payload, "\"depth\":0", "\"depth\":\"0\""),
      replaced(good.payload, "\"exp\":1800007200", "\"exp\":1800007200.5"),
      replaced(good.payload, "\"exp\":1800007200", "\"exp\":18000072000000"),
      replaced(good.payload, "\"exp\":1800007200", "\"exp\":1e12"),
      replaced(good.payload, "\"exp\":1800007200,", ""),
      replaced(good.payload, "\"hold\"", "3"),
      replaced(good.payload, "[\"hold\",\"delegate\"]", "\"hold\""),
      open + R"(,"admin":true})",
      open + R"(,"exp":9999999999})",
      open + ",\"par_hash\":\"" + std::string(64, '0') + "\"}",  // at depth 0
      "{}",
      "[]",
  };
  for (const std::string& payload : payloads) {
    EXPECT_FALSE(verifier.verify(forge(signer, good.header, payload), kIssued)) << payload;
  }
  EXPECT_EQ(verifier.kept(), 0U);
}

TEST(RunToken, AnotherInstallationOrKeyIsRefused) {
  const RunSigner ours = make_signer();
  RunVerifier verifier(ours);
  const RunSigner same_key(ours.key(), "inst_bbbbbbbbbbbbbbbb");
  EXPECT_FALSE(verifier.verify(same_key.sign(sample_claims()), kIssued));
  EXPECT_FALSE(verifier.verify(make_signer().sign(sample_claims()), kIssued));
}

TEST(RunToken, EveryFlippedBitIsNoticed) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer);
  const std::string token = signer.sign(sample_claims());
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = token;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_FALSE(verifier.verify(changed, kIssued)) << "byte " << i << " bit " << bit;
    }
  }
  EXPECT_EQ(verifier.kept(), 0U);
}

TEST(RunToken, EveryTruncationAndExtensionIsNoticed) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer);
  const std::string token = signer.sign(sample_claims());
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_FALSE(verifier.verify(token.substr(0, size), kIssued)) << size;
  }
  for (const char* tail : {"A", "=", "==", ".", ".A", "\n", " "}) {
    EXPECT_FALSE(verifier.verify(token + tail, kIssued)) << tail;
  }
  EXPECT_FALSE(verifier.verify(" " + token, kIssued));
  EXPECT_FALSE(verifier.verify(std::string(kRunTokenMax + 1, 'A'), kIssued));
}

TEST(RunToken, OnlyOneSpellingOfTheSignature) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer);
  const std::string token = signer.sign(sample_claims());
  // 64 bytes leave 4 unused bits in the last character: each other filling decodes alike.
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int accepted = 0;
  for (const char last : kAlphabet) {
    if (verifier.verify(token.substr(0, token.size() - 1) + last, kIssued)) ++accepted;
  }
  EXPECT_EQ(accepted, 1);
}

TEST(RunToken, ErrorsNeverQuoteTheToken) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer);
  std::string token = signer.sign(sample_claims());
  token[token.size() - 10] = token[token.size() - 10] == 'A' ? 'B' : 'A';
  const auto refused = verifier.verify(token, kIssued);
  ASSERT_FALSE(refused);
  for (std::size_t at = 0; at + 16 <= token.size(); at += 8) {
    EXPECT_EQ(refused.error().text().find(token.substr(at, 16)), std::string::npos);
  }
}

TEST(RunVerifier, KeepsAtMostSoManyTheOldestOutFirst) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer.key(), signer.installation(), 2);
  std::string tokens[3];
  for (std::string& token : tokens) token = signer.sign(sample_claims());
  ASSERT_TRUE(verifier.verify(tokens[0], kIssued));
  ASSERT_TRUE(verifier.verify(tokens[1], kIssued));
  ASSERT_TRUE(verifier.verify(tokens[0], kIssued));  // now 1 is the least recently used
  ASSERT_TRUE(verifier.verify(tokens[2], kIssued));
  EXPECT_EQ(verifier.kept(), 2U);
  EXPECT_EQ(verifier.signatures_checked(), 3U);
  ASSERT_TRUE(verifier.verify(tokens[0], kIssued));
  EXPECT_EQ(verifier.signatures_checked(), 3U);
  ASSERT_TRUE(verifier.verify(tokens[1], kIssued));
  EXPECT_EQ(verifier.signatures_checked(), 4U);
}

TEST(RunVerifier, ARefusedTokenIsNotKept) {
  const RunSigner signer = make_signer();
  RunVerifier verifier(signer);
  std::string token = signer.sign(sample_claims());
  token[0] = token[0] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(verifier.verify(token, kIssued));
  EXPECT_EQ(verifier.kept(), 0U);
}

}  // namespace
}  // namespace ringfence::auth
