// SPDX-License-Identifier: Apache-2.0
#include "audit/tlog_policy.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/cosignature.h"
#include "audit/note_ed25519.h"

namespace ringfence::audit {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr;

std::string public_key(char seed) {
  return Ed25519PrivateKey::from_seed(std::string(32, seed)).value().public_key();
}
Vkey log_key(char seed) {
  return make_vkey("log.example/"s + seed, KeyType::ed25519, public_key(seed));
}
Vkey witness_key(char seed) {
  return make_vkey("witness.example/"s + seed, KeyType::ed25519_cosignature, public_key(seed));
}
std::string log_line(char seed) { return fmt::format("log {}\n", format_vkey(log_key(seed))); }
std::string witness_line(std::string_view name, char seed) {
  return fmt::format("witness {} {}\n", name, format_vkey(witness_key(seed)));
}

// The example of the specification: two of X, and one of Y.
const std::string kExample =
    log_line('l') + "\n" + witness_line("X1", 'a') + witness_line("X2", 'b') +
    witness_line("X3", 'c') + "group X-witnesses 2 X1 X2 X3\n\n" + witness_line("Y1", 'd') +
    witness_line("Y2", 'e') + witness_line("Y3", 'f') + "group Y-witnesses any Y1 Y2 Y3\n\n" +
    "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n";

std::vector<NoteSignature> signed_by(std::string_view seeds) {
  std::vector<NoteSignature> signatures;
  for (const char seed : seeds) {
    const Vkey key = witness_key(seed);
    signatures.push_back({.name = key.name, .id = key.id, .bytes = {}});
  }
  return signatures;
}

TEST(TlogPolicy, TheExampleOfC2sp) {
  const auto policy = parse_tlog_policy(kExample);
  ASSERT_TRUE(policy.has_value()) << policy.error().text();
  EXPECT_EQ(policy->logs.size(), 1U);
  EXPECT_EQ(policy->witnesses.size(), 6U);
  ASSERT_EQ(policy->groups.size(), 3U);
  EXPECT_EQ(policy->groups[0].threshold, 2U);
  EXPECT_EQ(policy->groups[1].threshold, 1U);
  EXPECT_EQ(policy->groups[2].threshold, 2U);
  EXPECT_EQ(parse_tlog_policy(format_tlog_policy(*policy)).value(), *policy);
  EXPECT_EQ(verifiers_of(*policy).size(), 7U);

  for (const char* enough : {"abd", "acf", "bce", "abcdef"}) {
    EXPECT_TRUE(quorum_met(*policy, signed_by(enough))) << enough;
  }
  for (const char* few : {"", "a", "ab", "abc", "def", "ad", "adef", "abz"}) {
    EXPECT_FALSE(quorum_met(*policy, signed_by(few))) << few;
  }
  // The same witness twice is one.
  EXPECT_FALSE(quorum_met(*policy, signed_by("aad")));
}

TEST(TlogPolicy, BlanksCommentsAndUrls) {
  const auto policy = parse_tlog_policy(
      "# who\n  \t\n\t#"
      "and why \xFF\n  log\t" +
      format_vkey(log_key('l')) + "  https://log/  \n" + "witness w " +
      format_vkey(witness_key('w')) + " https://w/\nquorum  w \n");
  ASSERT_TRUE(policy.has_value()) << policy.error().text();
  EXPECT_EQ(policy->logs[0].url, "https://log/");
  EXPECT_EQ(policy->witnesses[0].url, "https://w/");
  EXPECT_TRUE(quorum_met(*policy, signed_by("w")));
  EXPECT_FALSE(quorum_met(*policy, signed_by("v")));
  EXPECT_EQ(parse_tlog_policy(format_tlog_policy(*policy)).value(), *policy);
}

TEST(TlogPolicy, WithoutWitnesses) {
  const auto policy = parse_tlog_policy("quorum none\n");
  ASSERT_TRUE(policy.has_value());
  EXPECT_TRUE(quorum_met(*policy, {}));
  EXPECT_EQ(format_tlog_policy(*policy), "quorum none\n");
}

TEST(TlogPolicy, Malformed) {
  const std::string a = witness_line("a", 'a');
  const std::string b = witness_line("b", 'b');
  const std::string end = "quorum none\n";
  const std::pair<std::string, const char*> rows[] = {
      {"", "no quorum"},
      {"quorum none", "not ended"},
      {"quorum none\nquorum none\n", "twice"},
      {"quorum\n", "quorum NAME"},
      {"quorum a b\n", "quorum NAME"},
      {"quorum a\n", "not named above"},
      {"quorum a\n" + a, "not named above"},
      {"Quorum none\n", "a line is"},
      {"quorum none # why\n", "quorum NAME"},
      {"log\n" + end, "log VKEY"},
      {"log x\n" + end, "verifier key"},
      {log_line('l') + log_line('l') + end, "two logs"},
      {"log " + format_vkey(log_key('l')) + " u v\n" + end, "log VKEY"},
      {"witness a\n" + end, "witness NAME"},
      {"witness a " + format_vkey(log_key('l')) + "\n" + end, "cosignatures"},
      {a + a + end, "two witnesses"},
      {a + witness_line("b", 'a') + end, "two witnesses"},
      {a + witness_line("a", 'b') + end, "two things"},
      {witness_line("none", 'a') + end, "no name"},
      {a + "group g all\n" + end, "a group is"},
      {a + "group g 0 a\n" + end, "needs 1 to 1"},
      {a + "group g 2 a\n" + end, "needs 1 to 1"},
      {a + "group g 01 a\n" + end, "needs 1 to 1"},
      {a + "group g most a\n" + end, "needs 1 to 1"},
      {a + "group g all a b\n" + b + end, "not named above"},
      {a + "group g all g\n" + end, "not named above"},
      {a + "group g all none\n" + end, "not named above"},
      {a + "group g 1 a a\n" + end, "member twice"},
      {a + b + "group g all a\ngroup h all a b\n" + end, "member twice"},
      {a + "group a all a\n" + end, "two things"},
      {a + "group none all a\n" + end, "no name"},
      {"quorum\vnone\n", "control"},
      {"quorum none\r\n", "control"},
      {"#\x7F\n" + end, "control"},
      {"#\0\n"s + end, "control"},
  };
  for (const auto& [text, why] : rows) {
    const auto policy = parse_tlog_policy(text);
    ASSERT_FALSE(policy.has_value()) << text;
    EXPECT_EQ(policy.error().code, ErrorCode::invalid);
    EXPECT_THAT(policy.error().text(), HasSubstr(why)) << text;
  }
  EXPECT_EQ(parse_tlog_policy(a + "\n" + a).error().where, "line 3");
}

TEST(TlogPolicy, Limits) {
  std::string text;
  for (std::size_t i = 0; i < kTlogPolicyEntriesMax; ++i) {
    const std::string key = public_key(static_cast<char>(i));
    const std::string name = fmt::format("w{}", i);
    text += fmt::format("log {}\n", format_vkey(make_vkey(name, KeyType::ed25519, key)));
    text += fmt::format("witness {} {}\n", name,
                        format_vkey(make_vkey(name, KeyType::ed25519_cosignature, key)));
    text += fmt::format("group g{} all {}\n", i, name);
  }
  const std::string end = "quorum none\n";
  EXPECT_TRUE(parse_tlog_policy(text + end));
  EXPECT_EQ(parse_tlog_policy(text + witness_line("more", 'z') + end).error().code,
            ErrorCode::too_large);
  EXPECT_EQ(parse_tlog_policy(text + log_line('z') + end).error().code, ErrorCode::too_large);
  EXPECT_EQ(parse_tlog_policy(text + "group more all g0\n" + end).error().code,
            ErrorCode::too_large);
  EXPECT_TRUE(parse_tlog_policy(std::string(kTlogPolicyBytesMax - end.size(), '\n') + end));
  EXPECT_EQ(parse_tlog_policy(std::string(kTlogPolicyBytesMax, '\n') + end).error().code,
            ErrorCode::too_large);
}

TEST(TlogPolicy, AKeyOfAnotherKindCanOnlyBeMissing) {
  const Vkey ml_dsa = make_vkey("w", KeyType::ml_dsa_44_cosignature, std::string(1312, 'k'));
  const auto policy = parse_tlog_policy("witness w " + format_vkey(ml_dsa) + "\nquorum w\n");
  ASSERT_TRUE(policy.has_value());
  EXPECT_TRUE(verifiers_of(*policy).empty());
  EXPECT_FALSE(quorum_met(*policy, {}));
}

TEST(TlogPolicy, ACheckpointOfATrustedLogWithItsQuorum) {
  const auto policy =
      parse_tlog_policy(log_line('l') + witness_line("w", 'w') + "quorum w\n").value();
  const auto key = [](char seed) {
    return Ed25519PrivateKey::from_seed(std::string(32, seed)).value();
  };
  const auto checked = [&](const std::string& origin, const NoteSigners& logs,
                           const std::vector<Cosigner>& witnesses) {
    Note note = sign_note(format_checkpoint({origin, {1, leaf_hash("")}}), logs);
    for (const Cosigner& witness : witnesses) {
      note.signatures.push_back(witness.cosign(note.text, Time{}));
    }
    const auto opened = open_checkpoint(format_note(note), verifiers_of(policy));
    return opened && check_policy(policy, *opened);
  };
  const auto log = std::make_shared<Ed25519Signer>("log.example/l", key('l'));
  const auto stranger = std::make_shared<Ed25519Signer>("log.example/m", key('m'));
  const Cosigner witness("witness.example/w", key('w'));
  const Cosigner other("witness.example/v", key('v'));
  EXPECT_TRUE(checked("log.example/l", {log}, {witness}));
  EXPECT_TRUE(checked("log.example/l", {stranger, log}, {other, witness}));
  EXPECT_FALSE(checked("log.example/l", {log}, {}));
  EXPECT_FALSE(checked("log.example/l", {log}, {other}));
  EXPECT_FALSE(checked("log.example/l", {stranger}, {witness}));
  EXPECT_FALSE(checked("log.example/m", {stranger}, {witness}));
  EXPECT_FALSE(checked("log.example/m", {log}, {witness}));
  // A witness of the policy is no log of it, whatever its own name.
  EXPECT_FALSE(checked("witness.example/w", {log}, {witness}));
}

}  // namespace
}  // namespace ringfence::audit
