// SPDX-License-Identifier: Apache-2.0
#include "pricing/token_count.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/json.h"

namespace ringfence {
namespace {

// tests/vectors/token_count.jsonl: [text, o200k, cl100k], made by tools/token-count-vectors with
// OpenAI's tiktoken.
TEST(TokenCount, AgreesWithTiktoken) {
  if (!can_count_tokens()) GTEST_SKIP() << "built without vocabularies";
  std::ifstream file("tests/vectors/token_count.jsonl");
  std::string line;
  int rows = 0;
  for (; std::getline(file, line); ++rows) {
    const auto row = Json::parse(line);
    ASSERT_TRUE(row && row->array() && row->array()->size() == 3) << line;
    const std::string& text = *row->array()->at(0).string();
    EXPECT_EQ(count_tokens(Vocabulary::o200k_base, text), row->array()->at(1).integer()) << line;
    EXPECT_EQ(count_tokens(Vocabulary::cl100k_base, text), row->array()->at(2).integer()) << line;
  }
  EXPECT_GE(rows, 400);
}

TEST(TokenCount, NeverBelowWhatCannotBeKnown) {
  if (!can_count_tokens()) GTEST_SKIP() << "built without vocabularies";
  for (const auto vocabulary : {Vocabulary::o200k_base, Vocabulary::cl100k_base}) {
    EXPECT_EQ(count_tokens(vocabulary, ""), 0);
    EXPECT_EQ(count_tokens(vocabulary, "hello world"), 2);
    EXPECT_EQ(count_tokens(vocabulary, "hello world\xff"), 12);          // no UTF-8
    EXPECT_EQ(count_tokens(vocabulary, "hello world\xed\xa0\x80"), 14);  // a surrogate
    EXPECT_EQ(count_tokens(vocabulary, "hello world\u0378"), 13);        // not assigned
    EXPECT_EQ(count_tokens(vocabulary, "hello \u0295"), 8);              // changed its class
    EXPECT_GT(*count_tokens(vocabulary, "<|endoftext|>"), 1);            // ordinary text
    EXPECT_EQ(token_bound(vocabulary, "hello world"), 2);
  }
}

TEST(TokenCount, WithoutVocabulariesTheBoundIsBytes) {
  if (can_count_tokens()) GTEST_SKIP() << "built with vocabularies";
  EXPECT_EQ(count_tokens(Vocabulary::o200k_base, "hello world"), std::nullopt);
  EXPECT_EQ(token_bound(Vocabulary::o200k_base, "hello world"), 11);
}

TEST(TokenCount, VocabularyOfAModel) {
  constexpr auto o200k = Vocabulary::o200k_base;
  constexpr auto cl100k = Vocabulary::cl100k_base;
  const struct {
    const char* model;
    std::optional<Vocabulary> vocabulary;
  } rows[] = {
      {"gpt-4o", o200k},
      {"gpt-4o-mini-2024-07-18", o200k},
      {"chatgpt-4o-latest", o200k},
      {"gpt-4.1-nano", o200k},
      {"gpt-4.5-preview", o200k},
      {"gpt-5", o200k},
      {"gpt-5-mini", o200k},
      {"gpt-5.1-codex", o200k},
      {"o1", o200k},
      {"o1-pro", o200k},
      {"o3-mini", o200k},
      {"o4-mini", o200k},
      {"gpt-4", cl100k},
      {"gpt-4-turbo", cl100k},
      {"gpt-4-0613", cl100k},
      {"gpt-3.5-turbo", cl100k},
      {"text-embedding-3-large", cl100k},
      {"text-embedding-ada-002", cl100k},
      {"ft:gpt-4o-mini:acme::abc", o200k},
      {"ft:gpt-3.5-turbo:acme", cl100k},
      {"", std::nullopt},
      {"gpt", std::nullopt},
      {"gpt-4.2", std::nullopt},
      {"gpt-50", std::nullopt},
      {"gpt-6", std::nullopt},
      {"gpt-4omni", std::nullopt},
      {"o10", std::nullopt},
      {"o1.5", std::nullopt},
      {"davinci", std::nullopt},
      {"ft:", std::nullopt},
      {"ft:o9:x", std::nullopt},
      {"my-gpt-4o", std::nullopt},
      {"claude-opus-5", std::nullopt},
  };
  for (const auto& row : rows) EXPECT_EQ(openai_vocabulary(row.model), row.vocabulary) << row.model;
}

}  // namespace
}  // namespace ringfence
