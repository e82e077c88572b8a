// SPDX-License-Identifier: Apache-2.0
#include "auth/credential.h"

#include <gtest/gtest.h>

namespace ringfence::auth {
namespace {

using http::Headers;

constexpr Time kNow{1'800'000'000'000'000};

class Credentials : public ::testing::Test {
 protected:
  std::string run_token() const {
    RunClaims claims;
    claims.account = "acme/r_abc";
    claims.run = "r_abc";
    claims.issued = kNow;
    claims.expires = kNow + Duration::hours(1);
    return signer_.sign(claims);
  }

  RunSigner signer_{RunKey::generate(), "inst_aaaaaaaaaaaaaaaa"};
  std::string operator_token_ = make_operator_token();
  Authenticator authenticator_{RunVerifier(signer_),
                               std::make_shared<const Operators>(operator_token_)};
};

TEST_F(Credentials, NoneIsNobody) {
  const auto caller = authenticator_.identify(Headers{{"accept", "*/*"}}, kNow);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->kind, Caller::Kind::none);
}

TEST_F(Credentials, ARunIsKnownWhereverItsClientPutsTheKey) {
  const std::string token = run_token();
  const Headers places[] = {
      {{"authorization", "Bearer " + token}},
      {{"Authorization", "bearer  " + token}},
      {{"x-api-key", token}},
      {{"X-Goog-Api-Key", token}},
      {{"proxy-authorization", "Bearer " + token}},
      {{"authorization", "Bearer " + token}, {"x-api-key", token}},
  };
  for (const Headers& headers : places) {
    const auto caller = authenticator_.identify(headers, kNow);
    ASSERT_TRUE(caller) << caller.error().text();
    EXPECT_TRUE(caller->is_run());
    EXPECT_EQ(caller->actor, "run:r_abc");
    EXPECT_EQ(caller->claims->account, "acme/r_abc");
    EXPECT_EQ(caller->token_hash, sha256(token));
    EXPECT_FALSE(caller->expired);
  }
}

TEST_F(Credentials, InAHeaderOfOurOwnItAloneDecides) {
  const std::string token = run_token();
  const auto caller = authenticator_.identify(
      Headers{{"authorization", "Bearer sk-the-clients-own"}, {"x-ringfence-credential", token}},
      kNow);
  ASSERT_TRUE(caller) << caller.error().text();
  EXPECT_TRUE(caller->is_run());
  for (const Headers& headers :
       {Headers{{"x-ringfence-credential", "other"}, {"authorization", "Bearer " + token}},
        Headers{{"x-ringfence-credential", ""}, {"authorization", "Bearer " + token}},
        Headers{{"x-ringfence-credential", token}, {"x-ringfence-credential", "other"}},
        Headers{{"x-ringfence-credential", operator_token_}}}) {
    EXPECT_FALSE(authenticator_.identify(headers, kNow));
  }
}

TEST_F(Credentials, AProxyTakesBasic) {
  EXPECT_EQ((*find_credential(Headers{{"proxy-authorization", "Basic cnVuOmFiYw=="}}))->token,
            "abc");
  EXPECT_EQ((*find_credential(Headers{{"proxy-authorization", "basic cnVuOmE6Yg=="}}))->token,
            "a:b");
  for (const char* bad : {"Basic", "Basic ", "Basic !!!!", "Basic cnVu", "Basic cnVuOg=="}) {
    EXPECT_FALSE(find_credential(Headers{{"proxy-authorization", bad}})) << bad;
  }
  EXPECT_FALSE(find_credential(Headers{{"authorization", "Basic cnVuOmFiYw=="}}));
}

TEST_F(Credentials, TwoDifferentOnesAreRefused) {
  const auto refused = authenticator_.identify(
      Headers{{"authorization", "Bearer " + run_token()}, {"x-api-key", run_token()}}, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_EQ(refused.error().where, "x-api-key");
  const auto twice = authenticator_.identify(
      Headers{{"authorization", "Bearer a"}, {"authorization", "Bearer b"}}, kNow);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::invalid);
}

TEST_F(Credentials, FormsWeDoNotTakeAreRefused) {
  for (const char* value : {"", "Bearer", "Bearer ", "Digest abc", "Token abc", "abc"}) {
    EXPECT_FALSE(authenticator_.identify(Headers{{"authorization", value}}, kNow)) << value;
  }
}

TEST_F(Credentials, AnOperatorIsKnownOnlyAsBearer) {
  const auto caller =
      authenticator_.identify(Headers{{"authorization", "Bearer " + operator_token_}}, kNow);
  ASSERT_TRUE(caller) << caller.error().text();
  EXPECT_TRUE(caller->is_operator());
  EXPECT_EQ(caller->actor, "operator");
  const auto as_key = authenticator_.identify(Headers{{"x-api-key", operator_token_}}, kNow);
  ASSERT_FALSE(as_key);
  EXPECT_EQ(as_key.error().code, ErrorCode::forbidden);
  EXPECT_FALSE(
      authenticator_.identify(Headers{{"authorization", "Bearer " + make_operator_token()}}, kNow));
}

TEST_F(Credentials, StrangersAreRefusedWithoutQuotingThem) {
  for (const char* token : {"sk-live-123456", "eyJhbGciOiJub25lIn0.e30.", "rf_op_"}) {
    const auto refused =
        authenticator_.identify(Headers{{"authorization", std::string("Bearer ") + token}}, kNow);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
    EXPECT_EQ(refused.error().text().find(token), std::string::npos);
  }
}

TEST_F(Credentials, AnExpiredRunIsStillRecognised) {
  const auto caller =
      authenticator_.identify(Headers{{"x-api-key", run_token()}}, kNow + Duration::hours(1));
  ASSERT_TRUE(caller);
  EXPECT_TRUE(caller->is_run());
  EXPECT_TRUE(caller->expired);
}

}  // namespace
}  // namespace ringfence::auth
