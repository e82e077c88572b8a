// SPDX-License-Identifier: Apache-2.0
// What an auditor finds in a folder that the exporter made, or that somebody made look like it.
#include "evidence/exported.h"

#include <gmock/gmock.h>

#include "audit/cosignature.h"
#include "base/file.h"
#include "evidence/exporter.h"
#include "notary/key.h"
#include "notary/record_test_support.h"

namespace ringfence::evidence {
namespace {

using notary::TestRecord;
using ::testing::HasSubstr;
using ::testing::Not;

class ExportedTest : public ::testing::Test {
 protected:
  ExportedTest()
      : witness_("w.example", Ed25519PrivateKey::from_seed(std::string(32, 'w')).value()) {}

  void sign(int events) {
    record_.append(events);
    record_.sign();
  }
  void cosign() {
    auto signing = notary::Signing::open(record_.dir());
    ASSERT_TRUE(signing) << signing.error().text();
    const std::string text = audit::parse_note(record_.note())->text;
    const auto row = (*signing)->add_cosignatures(text, {witness_.cosign(text, Time{})});
    ASSERT_TRUE(row && *row);
    ASSERT_TRUE((*signing)->set_witnessed((*row)->tree.size));
  }
  void make() {
    const auto made = export_record({record_.dir(), folder_, "1.0", {}});
    ASSERT_TRUE(made) << made.error().text();
  }

  Trust trust(std::int64_t witnesses = 1) const {
    const auto key = notary::Key::open(record_.dir());
    Trust trust = *Trust::of(
        {audit::format_vkey(key->vkey(TestRecord::kOrigin)), audit::format_vkey(witness_.vkey())});
    trust.ask_for_witnesses(witnesses);
    return trust;
  }
  Verification verified(const Trust& trust = Trust()) const {
    const auto found = verify_exported(folder_, trust, {});
    EXPECT_TRUE(found) << found.error().text();
    return found.value_or(Verification());
  }
  std::string file(const std::string& name) const {
    return *read_file(folder_ + "/" + name, 1 << 20);
  }

  TestRecord record_;
  const audit::Cosigner witness_;
  const std::string folder_ = record_.beside("evidence");
};

// Its keeper can sign anything.
TEST_F(ExportedTest, ItsLogsSignatureAnchorsNothing) {
  sign(8);
  make();
  EXPECT_TRUE(verified().holds()) << verified().problem;
  const Verification found = verified(trust());
  EXPECT_TRUE(found.holds()) << found.problem;
  EXPECT_EQ(found.events, 8U);
  EXPECT_EQ(found.agreed.size(), 1U);
  EXPECT_EQ(found.anchored_at(), 0U);
}

TEST_F(ExportedTest, WhatWasCosignedAnchorsIt) {
  sign(5);
  cosign();
  sign(3);
  make();
  const Verification found = verified(trust());
  EXPECT_TRUE(found.holds()) << found.problem;
  EXPECT_EQ(found.events, 8U);
  EXPECT_EQ(found.anchored_at(), 5U);
  EXPECT_EQ(verified(trust(2)).anchored_at(), 0U);
  EXPECT_EQ(verified().anchored_at(), 0U);
  EXPECT_THAT(file("proofs/5.tlog-proof"), HasSubstr("w.example"));
  EXPECT_THAT(file("proofs/6.tlog-proof"), Not(HasSubstr("w.example")));
}

TEST_F(ExportedTest, TheNewestMayBeTheOneThatWasCosigned) {
  sign(5);
  cosign();
  make();
  EXPECT_EQ(verified(trust()).anchored_at(), 5U);
  EXPECT_FALSE(read_file(folder_ + "/witnessed.checkpoint", 1 << 20));
}

}  // namespace
}  // namespace ringfence::evidence
