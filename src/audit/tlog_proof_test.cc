// SPDX-License-Identifier: Apache-2.0
#include "audit/tlog_proof.h"

#include <gtest/gtest.h>

#include "audit/lines.h"
#include "audit/note_ed25519.h"

namespace ringfence::audit {
namespace {

using std::string_literals::operator""s;

const std::string kStart = "c2sp.org/tlog-proof@v1\n";
const std::string kHash = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=";

TEST(TlogProof, BothWays) {
  const std::pair<TlogProof, std::string> rows[] = {
      {{.extra = {}, .index = 0, .inclusion = {}, .checkpoint = "note\n"},
       kStart + "index 0\n\nnote\n"},
      {{.extra = {}, .index = 73'894, .inclusion = {*parse_hash(kHash)}, .checkpoint = "a\n\nb\n"},
       kStart + "index 73894\n" + kHash + "\n\na\n\nb\n"},
      {{.extra = "\x01x", .index = 1, .inclusion = {}, .checkpoint = ""},
       kStart + "extra AXg=\nindex 1\n\n"},
  };
  for (const auto& [proof, text] : rows) {
    EXPECT_EQ(format_tlog_proof(proof), text);
    EXPECT_EQ(parse_tlog_proof(text).value(), proof);
  }
}

TEST(TlogProof, OneSpelling) {
  std::string many = kStart + "index 0\n";
  for (int i = 0; i < 64; ++i) many += kHash + "\n";
  for (const std::string& text : {""s,
                                  kStart,
                                  "c2sp.org/tlog-proof@v2\nindex 0\n\nnote\n"s,
                                  "index 0\n\nnote\n"s,
                                  " " + kStart + "index 0\n\nnote\n",
                                  kStart + "\nindex 0\n\nnote\n",
                                  kStart + "index 0",
                                  kStart + "index 0\n",
                                  kStart + "index 0\nnote\n",
                                  kStart + "index\n\nnote\n",
                                  kStart + "index 00\n\nnote\n",
                                  kStart + "index 0x\n\nnote\n",
                                  kStart + "index -1\n\nn\n",
                                  kStart + "index 9223372036854775808\n\nnote\n",
                                  kStart + "extra \nindex 0\n\nnote\n",
                                  kStart + "extra AX\nindex 0\n\nnote\n",
                                  kStart + "extra AXg=\n\nnote\n",
                                  kStart + "index 0\nextra AXg=\n\nnote\n",
                                  kStart + "extra AXg=\nextra AXg=\nindex 0\n\nnote\n",
                                  kStart + "index 0\n" + kHash.substr(1) + "\n\nnote\n",
                                  many + "\nnote\n"}) {
    EXPECT_FALSE(parse_tlog_proof(text)) << text;
  }
  const std::string extra(kTlogProofExtraBytesMax, 'A');
  EXPECT_TRUE(parse_tlog_proof(kStart + "extra " + extra + "\nindex 0\n\n"));
  EXPECT_EQ(parse_tlog_proof(kStart + "extra " + extra + "AAAA\nindex 0\n\n").error().code,
            ErrorCode::too_large);
  EXPECT_EQ(
      parse_tlog_proof(kStart + "index 0\n\n" + std::string(kTlogProofBytesMax, 'x')).error().code,
      ErrorCode::too_large);
  // The largest is read, and then found to be none.
  EXPECT_EQ(parse_tlog_proof(std::string(kTlogProofBytesMax, 'x')).error().code,
            ErrorCode::invalid);
}

TEST(TlogProof, HoldsForItsEntry) {
  const auto log = std::make_shared<Ed25519Signer>(
      "example.com/log", Ed25519PrivateKey::from_seed(std::string(32, 'l')).value());
  const NoteVerifiers known{ed25519_verifier(log->vkey()).value()};
  const Proof leaves{leaf_hash("a"), leaf_hash("b"), leaf_hash("c")};
  const HashAt at = [&](NodeId id) -> Result<Hash> {
    return root_of(std::span(leaves).subspan(id.index << id.level, std::size_t{1} << id.level));
  };
  const Checkpoint checkpoint{"example.com/log", {3, root_of(leaves)}};
  const TlogProof proof{.extra = {},
                        .index = 1,
                        .inclusion = inclusion_proof(1, 3, at).value(),
                        .checkpoint = format_note(sign_note(format_checkpoint(checkpoint), {log}))};

  const auto verified = verify_tlog_proof(proof, "b", known);
  ASSERT_TRUE(verified.has_value());
  EXPECT_EQ(verified->checkpoint, checkpoint);
  EXPECT_EQ(verify_tlog_proof(proof, "c", known).error().code, ErrorCode::unverifiable);
  EXPECT_EQ(verify_tlog_proof(proof, "b", {}).error().code, ErrorCode::unverifiable);
  TlogProof other = proof;
  other.index = 0;
  EXPECT_FALSE(verify_tlog_proof(other, "b", known));
  other = proof;
  other.index = 3;
  EXPECT_EQ(verify_tlog_proof(other, "b", known).error().code, ErrorCode::invalid);
  other = proof;
  other.checkpoint[20] ^= 1;
  EXPECT_FALSE(verify_tlog_proof(other, "b", known));
}

}  // namespace
}  // namespace ringfence::audit
