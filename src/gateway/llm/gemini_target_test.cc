// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini_target.h"

#include <gtest/gtest.h>

namespace ringfence::llm {
namespace {

constexpr std::string_view kGenerate = "/v1beta/models/m:generateContent";

struct Row {
  const char* path;
  const char* query;
  const char* model;
  const char* up;  // with the model "own"
};

TEST(GeminiTarget, ReadsAndWritesPaths) {
  const Row table[] = {
      {"/v1beta/models/gemini-2.5-flash:generateContent", "", "gemini-2.5-flash",
       "/v1beta/models/own:generateContent"},
      {"/v1/models/m:streamGenerateContent", "alt=sse", "m",
       "/v1/models/own:streamGenerateContent?alt=sse"},
      {"/v1beta/models/google/m:countTokens", "", "google/m", "/v1beta/models/own:countTokens"},
      {"/v1beta/models/google%2Fm:generateContent", "", "google/m",
       "/v1beta/models/own:generateContent"},
      {"/v1beta/models/models/m:generateContent", "", "m", "/v1beta/models/own:generateContent"},
      {"/v1beta/models/m:generateContent", "key=rf_secret", "m",
       "/v1beta/models/own:generateContent"},
      {"/v1beta/models/m:streamGenerateContent", "k%65y=a&alt=sse&access_token=b&$key=c", "m",
       "/v1beta/models/own:streamGenerateContent?alt=sse"},
      {"/v1beta/models/m:generateContent", "prettyPrint=false&alt=json", "m",
       "/v1beta/models/own:generateContent?prettyPrint=false&alt=json"},
  };
  for (const Row& row : table) {
    ASSERT_TRUE(is_gemini_call(row.path)) << row.path;
    const auto target = GeminiTarget::read(row.path, row.query);
    ASSERT_TRUE(target) << row.path << ": " << target.error().text();
    EXPECT_EQ(target->model, row.model) << row.path;
    EXPECT_EQ(target->path("own"), row.up) << row.path;
    EXPECT_EQ(target->unknown, "") << row.path;
    EXPECT_EQ(target->event_stream, std::string_view(row.query).contains("alt=sse"));
  }
}

TEST(GeminiTarget, IsNoCallOfThisWire) {
  for (const char* path :
       {"/v1beta/models/m", "/v1beta/models/m:embedContent",
        "/v1beta/models/m:batchGenerateContent", "/v1beta/models/m:", "/v1beta/models",
        "/v1beta/tunedModels/m:generateContent", "/v1beta/files", "/v1beta/cachedContents",
        "/v2/models/m:generateContent", "/v1/chat/completions", "/v1beta/models/m:GenerateContent",
        "/v1beta:generateContent"}) {
    EXPECT_FALSE(is_gemini_call(path)) << path;
    EXPECT_FALSE(GeminiTarget::read(path, "")) << path;
  }
}

TEST(GeminiTarget, RefusesNamesThatAreOtherPaths) {
  for (const char* name : {"", "..", "a/../b", "a//b", "/a", "a/", "a%00b", "a%2", "a%zzb", "a b",
                           "a%3Fb", "a%23b", "a%25b", "a:b", "a\\b", "tunedModels/x", "./a"}) {
    const std::string path = "/v1beta/models/" + std::string(name) + ":generateContent";
    const auto target = GeminiTarget::read(path, "");
    ASSERT_FALSE(target) << path;
    EXPECT_EQ(target.error().where, "model") << path;
  }
  EXPECT_FALSE(
      GeminiTarget::read("/v1beta/models/" + std::string(257, 'a') + ":generateContent", ""));
}

TEST(GeminiTarget, RefusesParametersThatHideOrAreAmbiguous) {
  const std::pair<const char*, const char*> table[] = {
      {"alt=media", "alt"},        {"alt", "alt"},           {"alt=sse&alt=json", "alt"},
      {"$alt=sse&alt=sse", "alt"}, {"fields=a", "fields"},   {"$fields=a", "fields"},
      {"callback=f", "callback"},  {"f%69elds=a", "fields"}, {"a%=1", "query"},
  };
  for (const auto& [query, where] : table) {
    const auto target = GeminiTarget::read(kGenerate, query);
    ASSERT_FALSE(target) << query;
    EXPECT_EQ(target.error().where, where) << query;
  }
  EXPECT_EQ(GeminiTarget::read(kGenerate, "x=1&y=2")->unknown, "?x");
}

}  // namespace
}  // namespace ringfence::llm
