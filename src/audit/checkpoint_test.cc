// SPDX-License-Identifier: Apache-2.0
#include "audit/checkpoint.h"

#include <gtest/gtest.h>

#include "audit/cosignature.h"
#include "audit/note_ed25519.h"

namespace ringfence::audit {
namespace {

using std::string_literals::operator""s;

const std::string kRoot = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
const std::string kEmptyRoot = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

TEST(Checkpoint, BothWays) {
  const std::string text = "example.com/behind-the-sofa\n20852163\n" + kRoot + "\n";
  const auto checkpoint = parse_checkpoint(text);
  ASSERT_TRUE(checkpoint.has_value());
  EXPECT_EQ(checkpoint->origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint->head.size, 20'852'163U);
  EXPECT_EQ(to_hex(checkpoint->head.root),
            "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62");
  EXPECT_EQ(format_checkpoint(*checkpoint), text);
}

TEST(Checkpoint, OfNoEntriesHasTheEmptyRoot) {
  const auto checkpoint = parse_checkpoint("log\n0\n" + kEmptyRoot + "\n");
  ASSERT_TRUE(checkpoint.has_value());
  EXPECT_EQ(checkpoint->head, (TreeHead{0, empty_root()}));
  EXPECT_EQ(parse_checkpoint("log\n0\n" + kRoot + "\n").error().code, ErrorCode::unverifiable);
}

TEST(Checkpoint, ForeignOriginsAndExtensionsAreRead) {
  for (const char* origin : {"Moon Log", "a+b", "größe"}) {
    const auto checkpoint = parse_checkpoint(origin + "\n7\n"s + kRoot + "\n");
    ASSERT_TRUE(checkpoint.has_value());
    EXPECT_EQ(checkpoint->origin, origin);
  }
  const auto extended = parse_checkpoint("log\n7\n" + kRoot + "\n6086d1a9\nWaxing gibbous\n");
  ASSERT_TRUE(extended.has_value());
  EXPECT_EQ(format_checkpoint(*extended), "log\n7\n" + kRoot + "\n");
}

TEST(Checkpoint, OneSpelling) {
  const std::string root = kRoot + "\n";
  const std::string rows[] = {
      "",
      "log\n",
      "log\n7\n",
      "log\n7\n" + kRoot,
      "\n7\n" + root,
      "log\n\n" + root,
      "log\n07\n" + root,
      "log\n00\n" + root,
      "log\n+7\n" + root,
      "log\n-7\n" + root,
      "log\n 7\n" + root,
      "log\n7 \n" + root,
      "log\n0x7\n" + root,
      "log\nseven\n" + root,
      "log\n9223372036854775808\n" + root,
      "log\n3438945738945739845734895735\n" + root,
      "log\n7\n\n",
      "log\n7\n" + kRoot.substr(0, 43) + "\n",
      "log\n7\n" + kRoot + "=\n",
      "log\n7\nAA==\n",
      "log\n7\n" + kRoot.substr(0, 42) + "J=\n",  // bits behind the 32 bytes
      "log\n7\n" + root + "\n",
      "log\n7\n" + root + "extension\n\n",
      "log\n7\n" + root + "extension",
      "log\r\n7\n" + root,
      "l\tog\n7\n" + root,
      "l\xFFog\n7\n" + root,
      "l\0og\n7\n"s + root,
  };
  for (const std::string& text : rows) EXPECT_FALSE(parse_checkpoint(text)) << text;
  EXPECT_TRUE(parse_checkpoint("log\n9223372036854775807\n" + root));
}

std::shared_ptr<const NoteSigner> signer(const std::string& name, char seed) {
  return std::make_shared<Ed25519Signer>(
      name, Ed25519PrivateKey::from_seed(std::string(32, seed)).value());
}
std::shared_ptr<const NoteVerifier> verifier(const NoteSigner& of) {
  return ed25519_verifier(of.vkey()).value();
}

TEST(SignedCheckpoint, IsSignedByItsLog) {
  const auto log = signer("example.com/log", 'l');
  const auto other = signer("example.com/other", 'o');
  const Checkpoint checkpoint{"example.com/log", {1, leaf_hash("")}};
  const std::string both = format_note(sign_note(format_checkpoint(checkpoint), {log, other}));
  const auto opened = open_checkpoint(both, {verifier(*log), verifier(*other)});
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->checkpoint, checkpoint);
  EXPECT_EQ(opened->verified.size(), 2U);
  EXPECT_EQ(format_note(opened->note), both);

  // A key of another name speaks for no log but its own.
  EXPECT_EQ(open_checkpoint(both, {verifier(*other)}).error().code, ErrorCode::unverifiable);
  const std::string stranger = format_note(sign_note(format_checkpoint(checkpoint), {other}));
  EXPECT_FALSE(open_checkpoint(stranger, {verifier(*log), verifier(*other)}));

  std::string smaller = both;
  smaller.replace(smaller.find("\n1\n"), 3, "\n2\n");
  EXPECT_EQ(open_checkpoint(smaller, {verifier(*log)}).error().code, ErrorCode::unverifiable);
  EXPECT_EQ(open_checkpoint("text\n", {verifier(*log)}).error().code, ErrorCode::invalid);
  const std::string no_checkpoint = format_note(sign_note("example.com/log\n", {log}));
  EXPECT_EQ(open_checkpoint(no_checkpoint, {verifier(*log)}).error().code, ErrorCode::invalid);
}

// A witness may be called like a log that it is not.
TEST(SignedCheckpoint, IsNotSignedByAWitnessOfItsLogsName) {
  const Cosigner witness("example.com/log",
                         Ed25519PrivateKey::from_seed(std::string(32, 'w')).value());
  const std::string text = format_checkpoint({"example.com/log", {1, leaf_hash("")}});
  const NoteVerifiers verifiers{make_verifier(witness.vkey()).value()};
  const Note cosigned{text, {witness.cosign(text, Time{})}};
  ASSERT_TRUE(verify_note(cosigned, verifiers));
  EXPECT_EQ(open_checkpoint(format_note(cosigned), verifiers).error().code,
            ErrorCode::unverifiable);
}

}  // namespace
}  // namespace ringfence::audit
