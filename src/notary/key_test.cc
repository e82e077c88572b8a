// SPDX-License-Identifier: Apache-2.0
#include "notary/key.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "base/file.h"
#include "journal/test_folder.h"

namespace ringfence::notary {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Key, IsMadeOnceAndKept) {
  const TestFolder folder;
  EXPECT_FALSE(Key::exists(folder.path()));
  EXPECT_EQ(Key::open(folder.path()).error().code, ErrorCode::not_found);
  const auto made = Key::create(folder.path());
  ASSERT_TRUE(made) << made.error().text();
  struct stat about{};
  ASSERT_EQ(::stat((folder.path() + "/audit.key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  const auto opened = Key::open(folder.path());
  ASSERT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(opened->public_hex(), made->public_hex());
  EXPECT_EQ(opened->vkey("a.example"), made->vkey("a.example"));
  EXPECT_NE(opened->vkey("a.example").id, made->vkey("b.example").id);
  const TestFolder other;
  EXPECT_NE(Key::create(other.path())->public_hex(), made->public_hex());
}

TEST(Key, SignsUnderAnyOrigin) {
  const TestFolder folder;
  const auto key = Key::create(folder.path());
  ASSERT_TRUE(key);
  const audit::Note note = audit::sign_note("a text\n", {key->signer("log.example")});
  EXPECT_TRUE(audit::verify_note(note, key->verifiers("log.example")));
  EXPECT_FALSE(audit::verify_note(note, key->verifiers("another.example")));
}

TEST(Key, OneThatOthersMayReadIsRefused) {
  const TestFolder folder;
  ASSERT_TRUE(Key::create(folder.path()));
  const std::string path = folder.path() + "/audit.key";
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_EQ(Key::open(folder.path()).error().code, ErrorCode::forbidden);
  }
}

TEST(Key, WhatIsNoKeyIsRefusedAndNotRepeated) {
  const TestFolder folder;
  const std::string path = folder.path() + "/audit.key";
  for (const char* text : {"", "bm90IDMyIGJ5dGVz\n", "not base64", "secret secret secret"}) {
    ASSERT_TRUE(write_file_atomic(path, text, 0600));
    const auto key = Key::open(folder.path());
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, ErrorCode::invalid);
    EXPECT_THAT(key.error().text(), Not(HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace ringfence::notary
