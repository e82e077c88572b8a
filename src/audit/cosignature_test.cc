// SPDX-License-Identifier: Apache-2.0
#include "audit/cosignature.h"

#include <gtest/gtest.h>

#include "audit/checkpoint.h"
#include "audit/note_ed25519.h"

namespace ringfence::audit {
namespace {

constexpr const char* kText =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

Ed25519PrivateKey key(char seed) {
  return Ed25519PrivateKey::from_seed(std::string(32, seed)).value();
}
Time at(std::int64_t seconds) { return Time{} + Duration::seconds(seconds); }

TEST(Cosignature, SignsTheTimeBeforeTheCheckpoint) {
  const Cosigner witness("witness.example/w1", key('w'));
  const NoteSignature signature = witness.cosign(kText, at(1'679'315'147));
  ASSERT_EQ(signature.bytes.size(), 72U);
  EXPECT_EQ(to_hex(std::span(reinterpret_cast<const std::uint8_t*>(signature.bytes.data()), 8)),
            "00000000641850cb");
  const auto plain = Ed25519PublicKey::from_bytes(witness.vkey().key).value();
  EXPECT_TRUE(plain.verify(std::string("cosignature/v1\ntime 1679315147\n") + kText,
                           std::string_view(signature.bytes).substr(8)));
  EXPECT_EQ(cosignature_time(signature.bytes), at(1'679'315'147));
}

TEST(Cosignature, HoldsForItsTextAndTime) {
  const Cosigner witness("w", key('w'));
  const auto verifier = make_verifier(witness.vkey()).value();
  const NoteSignature signature = witness.cosign(kText, at(7) + Duration::millis(999));
  EXPECT_TRUE(verifier->verify(kText, signature.bytes));
  EXPECT_EQ(cosignature_time(signature.bytes), at(7));
  EXPECT_FALSE(verifier->verify(std::string(kText) + "extension\n", signature.bytes));
  for (std::size_t i = 0; i < signature.bytes.size(); ++i) {
    std::string changed = signature.bytes;
    changed[i] ^= 1;
    EXPECT_FALSE(verifier->verify(kText, changed)) << i;
  }
  EXPECT_FALSE(verifier->verify(kText, signature.bytes + '\0'));
  EXPECT_FALSE(verifier->verify(kText, std::string_view(signature.bytes).substr(8)));
  EXPECT_FALSE(verifier->verify(kText, ""));
}

TEST(Cosignature, TimesHave63Bits) {
  const std::string rest(64, 's');
  EXPECT_EQ(cosignature_time(std::string(8, '\0') + rest), Time{});
  EXPECT_EQ(cosignature_time("\x7F" + std::string(7, '\xFF') + rest), Time::max());
  EXPECT_EQ(cosignature_time(std::string(8, '\xFF') + rest), std::nullopt);
  EXPECT_EQ(cosignature_time(rest), std::nullopt);
  EXPECT_DEATH(Cosigner("w", key('w')).cosign(kText, at(-1)), "1970");

  // A key that signs for such a time all the same is not believed.
  const auto verifier = make_verifier(Cosigner("w", key('w')).vkey()).value();
  const std::string message = std::string("cosignature/v1\ntime 18446744073709551615\n") + kText;
  EXPECT_FALSE(verifier->verify(kText, std::string(8, '\xFF') + key('w').sign(message)));
}

TEST(Cosignature, IsNoSignatureOfTheLogNorTheOtherWayRound) {
  const Ed25519PrivateKey one = key('k');
  const Ed25519Signer log("k", one);
  const Cosigner witness("k", one);
  EXPECT_NE(log.vkey().id, witness.vkey().id);
  const auto log_verifier = make_verifier(log.vkey()).value();
  const auto witness_verifier = make_verifier(witness.vkey()).value();
  const std::string cosigned = witness.cosign(kText, at(7)).bytes;
  EXPECT_FALSE(log_verifier->verify(kText, cosigned));
  EXPECT_FALSE(log_verifier->verify(kText, std::string_view(cosigned).substr(8)));
  EXPECT_FALSE(witness_verifier->verify(kText, std::string(8, '\0') + log.sign(kText)));
}

TEST(Cosignature, StandsBesideTheLogs) {
  const auto log = std::make_shared<Ed25519Signer>("example.com/behind-the-sofa", key('l'));
  const Cosigner witness("witness.example/w1", key('w'));
  Note note = sign_note(kText, {log});
  note.signatures.push_back(witness.cosign(kText, at(7)));
  const NoteVerifiers both{make_verifier(log->vkey()).value(),
                           make_verifier(witness.vkey()).value()};
  const auto opened = open_checkpoint(format_note(note), both);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->verified, note.signatures);
}

TEST(MakeVerifier, KnowsItsTypes) {
  const std::string bytes = key('k').public_key();
  EXPECT_TRUE(make_verifier(make_vkey("k", KeyType::ed25519, bytes)));
  EXPECT_TRUE(make_verifier(make_vkey("k", KeyType::ed25519_cosignature, bytes)));
  for (const Vkey& vkey : {make_vkey("k", KeyType::ml_dsa_44_cosignature, bytes),
                           make_vkey("k", static_cast<KeyType>(2), bytes),
                           make_vkey("k", KeyType::ed25519_cosignature, bytes + "k")}) {
    EXPECT_EQ(make_verifier(vkey).error().code, ErrorCode::invalid);
  }
}

}  // namespace
}  // namespace ringfence::audit
