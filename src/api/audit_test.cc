// SPDX-License-Identifier: Apache-2.0
// /audit/… over real sockets before the real service and its notary.
#include "api/test_support.h"
#include "audit/bundle.h"
#include "audit/tlog_proof.h"
#include "notary/key.h"

namespace ringfence::api::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class AuditTest : public ApiTest {
 protected:
  AuditTest() { signs_ = true; }

  Reply stranger(std::string_view path, std::string_view headers = {}) {
    return call("GET", path, "", {}, headers);
  }
  // Once all that was recorded until now is signed.
  audit::Checkpoint signed_now() {
    const std::uint64_t newest = (*JournalReader::open(folder_.path()))->read(0, 10'000)->size();
    while (options_.notary->published()->tree.size < newest) std::this_thread::yield();
    const auto vkey = audit::parse_vkey(trimmed(stranger("/audit/vkey").body));
    EXPECT_TRUE(vkey);
    verifiers_ = {*audit::ed25519_verifier(*vkey)};
    const auto checkpoint = audit::open_checkpoint(stranger("/audit/checkpoint").body, verifiers_);
    EXPECT_TRUE(checkpoint) << checkpoint.error().text();
    return checkpoint->checkpoint;
  }
  static std::string trimmed(std::string text) {
    EXPECT_TRUE(text.ends_with('\n'));
    text.pop_back();
    return text;
  }

  audit::NoteVerifiers verifiers_;
};

TEST_F(AuditTest, AStrangerReadsWhatIsSigned) {
  start_run();
  const audit::Checkpoint checkpoint = signed_now();
  const std::string width = std::to_string(checkpoint.head.size);
  const Reply tile = stranger("/audit/tile/0/000.p/" + width);
  ASSERT_EQ(tile.status, 200) << tile.body;
  EXPECT_EQ(tile.body.size(), 32 * checkpoint.head.size);
  EXPECT_EQ(tile.header("content-type"), "application/octet-stream");
  EXPECT_EQ(tile.header("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(stranger("/audit/checkpoint").header("cache-control"), "no-cache");
  EXPECT_THAT(stranger("/audit/policy").body, HasSubstr("quorum none"));
  EXPECT_EQ(call("HEAD", "/audit/checkpoint", "").status, 200);
  EXPECT_EQ(call("POST", "/audit/checkpoint", "").status, 405);
}

TEST_F(AuditTest, EntriesAndProofsAreForOperators) {
  const Run run = start_run();
  const audit::Checkpoint checkpoint = signed_now();
  const std::string entries = "/audit/tile/entries/000.p/" + std::to_string(checkpoint.head.size);
  for (const std::string& path : {entries, std::string("/audit/proof/1")}) {
    EXPECT_EQ(stranger(path).status, 401) << path;
    EXPECT_EQ(call("GET", path, run.token).status, 403) << path;
    EXPECT_EQ(get(path).status, 200) << path;
  }
  EXPECT_THAT(get(entries).header("cache-control"), StartsWith("private"));
  const std::string bundle = get(entries).body;
  const auto lines = audit::split_bundle(bundle, static_cast<unsigned>(checkpoint.head.size));
  ASSERT_TRUE(lines) << lines.error().text();
  std::vector<audit::Hash> leaves;
  for (const std::string_view line : *lines) leaves.push_back(audit::leaf_hash(line));
  EXPECT_EQ(audit::root_of(leaves), checkpoint.head.root);
  const auto proof = audit::parse_tlog_proof(get("/audit/proof/2").body);
  ASSERT_TRUE(proof) << proof.error().text();
  EXPECT_TRUE(audit::verify_tlog_proof(*proof, lines->at(1), verifiers_));
  EXPECT_FALSE(audit::verify_tlog_proof(*proof, lines->at(0), verifiers_));
}

TEST_F(AuditTest, WhatIsThereIsNotSentAgain) {
  signed_now();
  const Reply tile = stranger("/audit/tile/0/000.p/1");
  const std::string same = "if-none-match: " + tile.header("etag") + "\r\n";
  const Reply unchanged = stranger("/audit/tile/0/000.p/1", same);
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.body, "");
  EXPECT_EQ(unchanged.header("etag"), tile.header("etag"));
  EXPECT_EQ(stranger("/audit/tile/0/000.p/2", same).status, 200);
}

TEST_F(AuditTest, WhatIsNotThereIsNotFound) {
  signed_now();
  for (const char* path : {"/audit/tile/0/000", "/audit/tile/0/001.p/1", "/audit/tile/0/0",
                           "/audit/tile/8/000", "/audit/tile/0/000.p/0", "/audit/tile/0/000.p/01",
                           "/audit/tile/", "/audit/nothing", "/audit/"}) {
    EXPECT_EQ(stranger(path).status, 404) << path;
  }
  for (const char* path :
       {"/audit/proof/0", "/audit/proof/01", "/audit/proof/99999", "/audit/proof/x",
        "/audit/proof/-1", "/audit/proof/1e1", "/audit/proof/99999999999999999999"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
  EXPECT_THAT(get("/audit/proof/99999").at("detail"), HasSubstr("the newest is over"));
  EXPECT_EQ(stranger("/audit/checkpoint?x=1").status, 400);
}

TEST_F(ApiTest, WithoutANotaryNothingIsSigned) {
  EXPECT_EQ(call("GET", "/audit/checkpoint", "").status, 404);
  EXPECT_EQ(call("GET", "/readyz", "").status, 200);
}

}  // namespace
}  // namespace ringfence::api::test
