// SPDX-License-Identifier: Apache-2.0
// Whose signatures make a head one of others.
#include "evidence/held.h"

#include <gmock/gmock.h>

#include "audit/checkpoint.h"
#include "audit/cosignature.h"
#include "audit/note_ed25519.h"

namespace ringfence::evidence {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kLog = "log.example/now";
const audit::Checkpoint kCheckpoint{kLog, {1, audit::leaf_hash("an event")}};

Ed25519PrivateKey key(char seed) {
  return Ed25519PrivateKey::from_seed(std::string(32, seed)).value();
}
std::shared_ptr<audit::Ed25519Signer> log(const std::string& name, char seed) {
  return std::make_shared<audit::Ed25519Signer>(name, key(seed));
}

class HeldByNote : public ::testing::Test {
 protected:
  HeldByNote() { sign(*log(kLog, 'l')); }

  // Each also named to who verifies.
  void sign(const audit::Ed25519Signer& signer) {
    note_.signatures.push_back(
        audit::sign_note(note_.text, {std::make_shared<audit::Ed25519Signer>(signer)})
            .signatures.front());
    vkeys_.push_back(format_vkey(signer.vkey()));
  }
  void cosign(const std::string& name, char seed) {
    const audit::Cosigner witness(name, key(seed));
    note_.signatures.push_back(witness.cosign(note_.text, Time{}));
    vkeys_.push_back(format_vkey(witness.vkey()));
  }

  HeldHead held(std::int64_t witnesses = 1) const {
    Trust trust = *Trust::of(vkeys_);
    trust.ask_for_witnesses(witnesses);
    const auto found = held_by_note(format_note(note_), trust, "it", false);
    EXPECT_TRUE(found) << found.error().text();
    return *found;
  }

  audit::Note note_{format_checkpoint(kCheckpoint), {}};
  std::vector<std::string> vkeys_;
};

TEST_F(HeldByNote, ItsLogAloneIsNobodyElse) {
  EXPECT_FALSE(held().elsewhere);
  EXPECT_EQ(held().source, "it");
}

TEST_F(HeldByNote, AWitnessIsSomebodyElse) {
  cosign("w.example", 'w');
  EXPECT_TRUE(held().elsewhere);
  EXPECT_EQ(held().source, "it, witnessed by w.example");
  EXPECT_FALSE(held(2).elsewhere);
  cosign("v.example", 'v');
  EXPECT_TRUE(held(2).elsewhere);
}

TEST_F(HeldByNote, AnotherLogsKeyIsNoWitness) {
  sign(*log("log.example/before", 'b'));
  EXPECT_FALSE(held().elsewhere);
  EXPECT_THAT(held().source, Not(HasSubstr("witnessed")));
}

TEST_F(HeldByNote, AWitnessOfTwoNamesCountsOnce) {
  cosign("w.example", 'w');
  cosign("w.example.org", 'w');
  EXPECT_TRUE(held(1).elsewhere);
  EXPECT_FALSE(held(2).elsewhere);
}

TEST_F(HeldByNote, ALogThatCosignsItselfIsNoWitness) {
  cosign("w.example", 'l');
  EXPECT_FALSE(held().elsewhere);
}

TEST_F(HeldByNote, AWitnessMayHaveItsLogsName) {
  cosign(kLog, 'w');
  EXPECT_TRUE(held().elsewhere);
}

}  // namespace
}  // namespace ringfence::evidence
