// SPDX-License-Identifier: Apache-2.0
#include "audit/note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/note_ed25519.h"
#include "base/bytes.h"

namespace ringfence::audit {
namespace {

using std::string_literals::operator""s;
using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const NoteSigner> signer(const std::string& name, char seed) {
  return std::make_shared<Ed25519Signer>(
      name, Ed25519PrivateKey::from_seed(std::string(32, seed)).value());
}
std::shared_ptr<const NoteVerifier> verifier(const NoteSigner& of) {
  return ed25519_verifier(of.vkey()).value();
}
std::shared_ptr<const NoteVerifier> verifier(const std::string& vkey) {
  return ed25519_verifier(parse_vkey(vkey).value()).value();
}

// The example of c2sp.org/signed-note.
const std::string kC2spVkey =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const std::string kC2spNote =
    "This is an example message.\n\n"
    "— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwH"
    "jG1Yu72IneyaQM=\n";

TEST(Note, TheExampleOfC2sp) {
  const auto note = parse_note(kC2spNote);
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->text, "This is an example message.\n");
  EXPECT_EQ(format_note(*note), kC2spNote);
  const auto verified = verify_note(*note, {verifier(kC2spVkey)});
  ASSERT_TRUE(verified.has_value());
  EXPECT_EQ(verified->at(0).name, "example.com/foo");
}

TEST(Note, TheKeysOfGosPackage) {  // from the documentation of golang.org/x/mod/sumdb/note
  const std::string skey =
      "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
  const std::string vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  const auto signer = parse_signer_key(skey);
  ASSERT_TRUE(signer.has_value());
  EXPECT_EQ(format_vkey((*signer)->vkey()), vkey);
  const Note note = sign_note("text\n", {*signer});
  EXPECT_TRUE(verify_note(note, {verifier(vkey)}));
}

TEST(Note, SignerKeysBothWays) {
  const std::string seed(32, 's');
  const std::string text = format_signer_key("example.com/log", seed);
  EXPECT_THAT(text, testing::StartsWith("PRIVATE+KEY+example.com/log+"));
  const auto read = parse_signer_key(text);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ((*read)->vkey(), signer("example.com/log", 's')->vkey());

  std::string other_name = text;
  other_name.replace(other_name.find("log"), 3, "lag");
  for (const std::string& bad :
       {""s, "PRIVATE+KEY+"s, "PRIVATE+KEY+a"s, "PRIVATE+KEY+a+00000000"s, text + "\n", " " + text,
        text.substr(0, text.size() - 4), text.substr(8), other_name,
        "PRIVATE+KEY++" + text.substr(28), "PRIVATE+KEY+a b+" + text.substr(28)}) {
    const auto refused = parse_signer_key(bad);
    ASSERT_FALSE(refused.has_value()) << bad;
    EXPECT_THAT(refused.error().text(), testing::Not(HasSubstr(to_base64(seed).substr(0, 8))));
  }
}

TEST(Note, Malformed) {
  const std::string line = kC2spNote.substr(kC2spNote.find("— "));
  const std::string rows[] = {
      "",
      "\n",
      "text\n",
      "text\n\n",                                    // nobody signed
      "text\n" + line,                               // no empty line
      "text\n\n" + line.substr(0, line.size() - 1),  // the last line is not ended
      "text\n\n" + line + "\n",
      "text\n\n" + line + "more\n",
      "text\n\n" + line + "\n" + "more\n",
      "text\n\n" + line.substr(3),
      "text\n\n- a AAAAAAA=\n",
      "text\n\n— a AAAAAA==\n",  // an id without a signature
      "text\n\n— a AAAAAAA\n",   // without padding
      "text\n\n— a AAAA_AA=\n",  // another alphabet
      "text\n\n—  AAAAAAA=\n",   // without a name
      "text\n\n— a+b AAAAAAA=\n",
      "text\n\n— a\n",
      "text\n\n— a AAAAAAA= \n",
      "text\n\n— a  AAAAAAA=\n",
      "text\n\n—\xC2\xA0"
      "a AAAAAAA=\n",
      "text\r\n\n" + line,
      "te\txt\n\n" + line,
      "te\0xt\n\n"s + line,
      "te\x7Fxt\n\n\x1F" + line,
      "te\xC3xt\n\n" + line,
  };
  for (const std::string& note : rows) {
    const auto parsed = parse_note(note);
    ASSERT_FALSE(parsed.has_value()) << note;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
  }
}

TEST(Note, TheLastEmptyLineEndsTheText) {
  const auto key = signer("a", 'a');
  const std::string text = "one\n\n\n— a AAAAAAA=\n\nlast\n";
  const Note note = sign_note(text, {key});
  const auto parsed = parse_note(format_note(note));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*parsed, note);
  EXPECT_EQ(parsed->text, text);
  EXPECT_TRUE(verify_note(*parsed, {verifier(*key)}));
}

TEST(Note, EveryKnownSignatureMustHold) {
  const auto a = signer("a", 'a');
  const auto b = signer("b", 'b');
  const auto a2 = signer("a", '2');  // one name, another key
  const Note note = sign_note("text\n", {a, b, a2});

  const auto names = [&](const Note& of, const NoteVerifiers& by) {
    std::vector<std::uint32_t> ids;
    const auto verified = verify_note(of, by);
    if (!verified) return ids;
    for (const NoteSignature& one : *verified) ids.push_back(one.id);
    return ids;
  };
  EXPECT_THAT(names(note, {verifier(*b)}), ElementsAre(b->vkey().id));
  EXPECT_THAT(names(note, {verifier(*b), verifier(*a2), verifier(*a)}),
              ElementsAre(a->vkey().id, b->vkey().id, a2->vkey().id));

  Note broken = note;
  broken.signatures[1].bytes[0] ^= 1;
  EXPECT_EQ(verify_note(broken, {verifier(*a), verifier(*b)}).error().code,
            ErrorCode::unverifiable);
  EXPECT_TRUE(verify_note(broken, {verifier(*a)}));  // b is nobody here

  Note other_text = note;
  other_text.text = "next\n";
  EXPECT_FALSE(verify_note(other_text, {verifier(*a)}));

  EXPECT_EQ(verify_note(note, {}).error().code, ErrorCode::unverifiable);
  EXPECT_EQ(verify_note(note, {verifier(*signer("c", 'c'))}).error().code, ErrorCode::unverifiable);
}

TEST(Note, AKeyIsItsNameAndItsId) {
  const auto a = signer("a", 'a');
  Note note = sign_note("text\n", {a});
  note.signatures.push_back({.name = "b", .id = a->vkey().id, .bytes = "nonsense"});
  note.signatures.push_back({.name = "a", .id = a->vkey().id + 1, .bytes = "nonsense"});
  EXPECT_THAT(verify_note(note, {verifier(*a)}).value(), ElementsAre(note.signatures[0]));
}

TEST(Note, OneKeyCountsOnce) {
  const auto a = signer("a", 'a');
  Note note = sign_note("text\n", {a, a});
  EXPECT_EQ(verify_note(note, {verifier(*a)}).value().size(), 1U);
  note.signatures[1].bytes[5] ^= 1;  // a second one that does not hold is not hidden by the first
  EXPECT_FALSE(verify_note(note, {verifier(*a)}));
}

TEST(Note, VerifiersAreTellableApart) {
  const auto a = signer("a", 'a');
  EXPECT_EQ(verify_note(sign_note("text\n", {a}), {verifier(*a), verifier(*a)}).error().code,
            ErrorCode::invalid);
}

TEST(Note, Limits) {
  const auto a = signer("a", 'a');
  const NoteSigners most(kNoteSignaturesMax, a);
  const std::string full = format_note(sign_note("text\n", most));
  EXPECT_TRUE(parse_note(full));
  const std::string line = full.substr(full.rfind("— "));
  EXPECT_EQ(parse_note(full + line).error().code, ErrorCode::too_large);

  const std::string tail = "\n\n" + line;
  EXPECT_TRUE(parse_note(std::string(kNoteBytesMax - tail.size(), 'x') + tail));
  EXPECT_EQ(parse_note(std::string(kNoteBytesMax - tail.size() + 1, 'x') + tail).error().code,
            ErrorCode::too_large);
}

TEST(Note, SignatureLinesAlone) {
  EXPECT_EQ(parse_signatures(std::string(kNoteBytesMax, 'x')).error().code, ErrorCode::invalid);
  EXPECT_EQ(parse_signatures(std::string(kNoteBytesMax + 1, 'x')).error().code,
            ErrorCode::too_large);
  const Note note = sign_note("text\n", {signer("a", 'a'), signer("b", 'b')});
  const std::string lines =
      format_signature(note.signatures[0]) + format_signature(note.signatures[1]);
  EXPECT_EQ(parse_signatures(lines).value(), note.signatures);
  EXPECT_FALSE(parse_signatures(""));
  EXPECT_FALSE(parse_signatures("\n"));
  EXPECT_FALSE(parse_signatures(lines + "\n"));
}

TEST(Note, OnlyEd25519KeysAreOfThisKind) {
  const Vkey other = make_vkey("a", KeyType::ed25519_cosignature, std::string(32, 'k'));
  EXPECT_EQ(ed25519_verifier(other).error().code, ErrorCode::invalid);
  const Vkey longer = make_vkey("a", KeyType::ed25519, std::string(33, 'k'));
  EXPECT_EQ(ed25519_verifier(longer).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace ringfence::audit
