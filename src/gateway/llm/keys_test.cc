// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>

#include "base/file.h"

namespace ringfence::llm {
namespace {

Provider provider(std::string name, KeySource::Kind kind, std::string value) {
  Provider out;
  out.name = std::move(name);
  out.key = {kind, std::move(value)};
  return out;
}

const char* environment(const char* name) {
  if (std::strcmp(name, "GOOD") == 0) return " sk-123 \n";
  if (std::strcmp(name, "BAD") == 0) return "sk\r\nx-evil: 1";
  if (std::strcmp(name, "BLANK") == 0) return "  ";
  return nullptr;
}

TEST(KeyRing, ReadsTheEnvironment) {
  const auto ring = KeyRing::load(
      {provider("a", KeySource::Kind::env, "GOOD"), provider("b", KeySource::Kind::env, "NONE"),
       provider("c", KeySource::Kind::none, ""), provider("d", KeySource::Kind::env, "BLANK")},
      environment);
  ASSERT_TRUE(ring);
  EXPECT_EQ(ring->find("a"), "sk-123");
  EXPECT_EQ(ring->find("c"), "");
  EXPECT_EQ(ring->missing(), (std::vector<std::string>{"b", "d"}));
  EXPECT_TRUE(ring->is_missing("b"));
  EXPECT_FALSE(ring->is_missing("c"));
}

TEST(KeyRing, RefusesWhatWouldBreakAHeaderWithoutQuotingIt) {
  const auto ring = KeyRing::load({provider("a", KeySource::Kind::env, "BAD")}, environment);
  ASSERT_FALSE(ring);
  EXPECT_EQ(ring.error().code, ErrorCode::invalid);
  EXPECT_EQ(ring.error().text().find("sk"), std::string::npos);
}

TEST(KeyRing, ReadsAPrivateFileOnly) {
  const std::string path = testing::TempDir() + "/ringfence_keys_test";
  ASSERT_TRUE(write_file_atomic(path, "sk-file\n", 0600));
  const std::vector<Provider> providers{provider("a", KeySource::Kind::file, path)};
  EXPECT_EQ(KeyRing::load(providers, environment)->find("a"), "sk-file");
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(KeyRing::load(providers, environment).error().code, ErrorCode::forbidden);
  ::unlink(path.c_str());
  EXPECT_TRUE(KeyRing::load(providers, environment)->is_missing("a"));
}

}  // namespace
}  // namespace ringfence::llm
