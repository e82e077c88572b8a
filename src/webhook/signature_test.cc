// SPDX-License-Identifier: Apache-2.0
#include "webhook/signature.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringfence::webhook {
namespace {

// The example that the reference libraries of Standard Webhooks test with.
constexpr std::string_view kText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kOther = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka";
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::string_view kBody = R"({"test": 2432232314})";
constexpr Time kSent = Time{} + Duration::seconds(1614265330);
constexpr std::string_view kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

std::vector<Secret> secrets(std::initializer_list<std::string_view> texts) {
  std::vector<Secret> out;
  for (const std::string_view text : texts) out.push_back(Secret::parse(text).value());
  return out;
}

TEST(WebhookSecret, IsAPrefixAndBase64OfEnoughBytes) {
  EXPECT_TRUE(Secret::parse(kText));
  EXPECT_TRUE(Secret::parse(kOther));
  const std::string many(84, 'A');  // 63 bytes
  EXPECT_TRUE(Secret::parse("whsec_" + many));
  EXPECT_TRUE(Secret::parse("whsec_" + many + "AA=="));
  for (const std::string& bad : std::vector<std::string>{
           "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La",
           "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!",
           "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw====",
           "whsec_" + many + "AAA=", "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}) {
    const auto parsed = Secret::parse(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
    EXPECT_EQ(parsed.error().text().find("MfKQ"), std::string::npos);
  }
}

TEST(WebhookSignature, IsTheReferenceLibraries) {
  EXPECT_EQ(sign({kId, kSent, kBody}, secrets({kText})), kSignature);
  EXPECT_EQ(timestamp_of(kSent + Duration::millis(999)), "1614265330");
}

TEST(WebhookSignature, IsOneForEachSecret) {
  const std::string both = sign({kId, kSent, kBody}, secrets({kOther, kText}));
  EXPECT_EQ(both, sign({kId, kSent, kBody}, secrets({kOther})) + " " + std::string(kSignature));
  for (const std::string_view known : {kText, kOther}) {
    EXPECT_TRUE(verify({kId, "1614265330", both}, kBody, secrets({known}), kSent));
  }
}

TEST(WebhookSignature, IsVerifiedWithAllThatItCovers) {
  const std::string good(kSignature);
  const struct {
    std::string_view id, timestamp, signatures, body;
    std::int64_t seconds_later;
    std::optional<ErrorCode> error;
  } rows[] = {
      {kId, "1614265330", good, kBody, 0, std::nullopt},
      {kId, "1614265330", good, kBody, 300, std::nullopt},
      {kId, "1614265330", good, kBody, -300, std::nullopt},
      {kId, "1614265330", good, kBody, 301, ErrorCode::timeout},
      {kId, "1614265330", good, kBody, -301, ErrorCode::timeout},
      {kId, "1614265331", good, kBody, 0, ErrorCode::forbidden},
      {"msg_other", "1614265330", good, kBody, 0, ErrorCode::forbidden},
      {kId, "1614265330", good, R"({"test": 2432232315})", 0, ErrorCode::forbidden},
      {kId, "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF=", kBody, 0,
       ErrorCode::forbidden},
      {kId, "1614265330", "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", kBody, 0,
       ErrorCode::forbidden},
      {kId, "1614265330", "", kBody, 0, ErrorCode::forbidden},
      {kId, "1614265330", "v1,", kBody, 0, ErrorCode::forbidden},
      {kId, "", good, kBody, 0, ErrorCode::invalid},
      {kId, "1614265330.5", good, kBody, 0, ErrorCode::invalid},
      {kId, "-1614265330", good, kBody, 0, ErrorCode::invalid},
      {kId, "99999999999999999999", good, kBody, 0, ErrorCode::invalid},
      {kId, "9223372036854775807", good, kBody, 0, ErrorCode::invalid},
      {"", "1614265330", good, kBody, 0, ErrorCode::invalid},
      {"msg.1", "1614265330", good, kBody, 0, ErrorCode::invalid},
  };
  for (const auto& row : rows) {
    const auto verified = verify({row.id, row.timestamp, row.signatures}, row.body,
                                 secrets({kText}), kSent + Duration::seconds(row.seconds_later));
    EXPECT_EQ(verified.has_value(), !row.error) << row.timestamp << " " << row.signatures;
    if (!verified && row.error) {
      EXPECT_EQ(verified.error().code, *row.error) << row.timestamp;
    }
  }
}

TEST(WebhookSignature, OfAnotherSecretOrNoneIsRefused) {
  EXPECT_FALSE(verify({kId, "1614265330", kSignature}, kBody, secrets({kOther}), kSent));
  EXPECT_FALSE(verify({kId, "1614265330", kSignature}, kBody, secrets({}), kSent));
  EXPECT_TRUE(verify({kId, "1614265330", kSignature}, kBody, secrets({kOther, kText}), kSent));
}

TEST(WebhookSignature, OnlyTheFirstOfManyAreLookedAt) {
  std::string many;
  for (std::size_t i = 0; i < kSignaturesMax; ++i) many += "v1,AAAA ";
  EXPECT_FALSE(
      verify({kId, "1614265330", many + std::string(kSignature)}, kBody, secrets({kText}), kSent));
  many.erase(0, 8);
  EXPECT_TRUE(
      verify({kId, "1614265330", many + std::string(kSignature)}, kBody, secrets({kText}), kSent));
}

}  // namespace
}  // namespace ringfence::webhook
