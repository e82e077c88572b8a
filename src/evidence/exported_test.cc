// SPDX-License-Identifier: Apache-2.0
// What an auditor finds in a folder that the exporter made, or that somebody made look like it.
#include "evidence/exported.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "audit/cosignature.h"
#include "audit/tlog_proof.h"
#include "base/file.h"
#include "base/json.h"
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
  // With its digest in the manifest, as who forges it would.
  void put(const std::string& name, const std::string& content) const {
    ASSERT_TRUE(make_directories(std::filesystem::path(folder_ + "/" + name).parent_path()));
    ASSERT_TRUE(write_file_atomic(folder_ + "/" + name, content, 0600));
    Json manifest = *Json::parse(file("manifest.json"));
    const auto member = [](Json& of, const std::string& key) -> Json& {
      for (auto& [each, value] : *of.object()) {
        if (each == key) return value;
      }
      return of.set(key, Json()).object()->back().second;
    };
    member(member(manifest, "sha256"), name) = Json(to_hex(sha256(content)));
    ASSERT_TRUE(write_file_atomic(folder_ + "/manifest.json", manifest.text(), 0600));
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

// A folder that somebody made to look like an export, its manifest with it.
TEST_F(ExportedTest, AnotherTextOfTheLinesIsFound) {
  sign(8);
  make();
  for (const char* name : {"events.csv", "ocsf.jsonl", "compliance.md"}) {
    const std::string was = file(name);
    put(name, was + " ");
    EXPECT_THAT(verified().problem, HasSubstr(std::string(name) + " is not what")) << name;
    put(name, was.substr(0, was.size() - 1));
    EXPECT_THAT(verified().problem, HasSubstr(std::string(name) + " is not what")) << name;
    std::string edited = was;
    edited[edited.size() / 2] ^= 1;
    put(name, edited);
    EXPECT_THAT(verified().problem, HasSubstr(std::string(name) + " is not what")) << name;
    put(name, was);
    EXPECT_TRUE(verified().holds()) << verified().problem;
  }
}

TEST_F(ExportedTest, AReceiptProvesItsEvent) {
  sign(8);
  make();
  const std::string was = file("proofs/3.tlog-proof");
  put("proofs/3.tlog-proof", file("proofs/4.tlog-proof"));
  EXPECT_THAT(verified().problem, HasSubstr("another event's"));
  audit::TlogProof proof = *audit::parse_tlog_proof(was);
  proof.inclusion[1] = audit::leaf_hash("another");
  put("proofs/3.tlog-proof", format_tlog_proof(proof));
  EXPECT_THAT(verified().problem, HasSubstr("does not prove event 3"));
  put("proofs/3.tlog-proof", "nonsense");
  EXPECT_THAT(verified().problem, HasSubstr("proofs/3"));
}

TEST_F(ExportedTest, NothingElseIsInTheFolder) {
  sign(2);
  make();
  ASSERT_TRUE(write_file_atomic(folder_ + "/more.txt", "x", 0600));
  EXPECT_THAT(verified().problem, HasSubstr("more.txt is not in the manifest"));
  put("more.txt", "x");
  EXPECT_THAT(verified().problem, HasSubstr("more.txt is none of"));
  std::filesystem::remove(folder_ + "/more.txt");
  EXPECT_THAT(verified().problem, HasSubstr("more.txt is missing"));
}

TEST_F(ExportedTest, APolicyThatWasNotInForceIsFound) {
  sign(2);
  make();
  put("policies/" + to_hex(sha256("mine")) + ".yaml", "mine");
  EXPECT_THAT(verified().problem, HasSubstr("policies/"));
}

// Nothing is waited for, and nothing outside is read.
TEST_F(ExportedTest, OnlyPlainFilesAreRead) {
  sign(2);
  make();
  for (const char* name : {"manifest.json", "checkpoint", "events.jsonl", "events.csv"}) {
    const std::string path = folder_ + "/" + name;
    std::filesystem::rename(path, folder_ + ".kept");
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_THAT(verified().problem, HasSubstr(std::string(name) + " is no plain file"));
    std::filesystem::remove(path);
    std::filesystem::create_symlink("/dev/zero", path);
    EXPECT_THAT(verified().problem, HasSubstr(std::string(name) + " is no plain file"));
    std::filesystem::remove(path);
    std::filesystem::rename(folder_ + ".kept", path);
  }
  std::filesystem::rename(folder_ + "/proofs", folder_ + ".kept");
  std::filesystem::create_symlink(folder_ + ".kept", folder_ + "/proofs");
  EXPECT_THAT(verified().problem, HasSubstr("proofs is no plain file"));
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
