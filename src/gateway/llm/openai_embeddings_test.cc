// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_embeddings.h"

#include <gtest/gtest.h>

#include "gateway/llm/openai_embeddings_request.h"

namespace ringfence::llm {
namespace {

std::unique_ptr<EmbeddingsRequest> parsed(const std::string& body) {
  auto request = EmbeddingsRequest::parse(body);
  EXPECT_TRUE(request) << body << ": " << request.error().text();
  return request ? *std::move(request) : nullptr;
}

CallFacts facts(std::string_view members) {
  return parsed(R"({"model":"m",)" + std::string(members) + "}")->facts();
}

TEST(EmbeddingsRequest, RefusesWhatIsMalformedOrAmbiguous) {
  const std::pair<const char*, const char*> table[] = {
      {R"([])", ""},
      {R"({})", "model"},
      {R"({"model":""})", "model"},
      {R"({"model":"m","model":"m"})", "model"},
      {R"({"model":"m","Input":"x"})", "Input"},
      {R"({"model":"m","input":7})", "input"},
      {R"({"model":"m","input":"a","input":"b"})", "input"},
  };
  for (const auto& [body, where] : table) {
    const auto request = EmbeddingsRequest::parse(body);
    ASSERT_FALSE(request) << body;
    EXPECT_EQ(request.error().where, where) << body;
  }
}

TEST(EmbeddingsRequest, NumbersAreTokensAndTextIsBytes) {
  const auto bound = [](const std::string& input) {
    const std::string body = R"({"model":"m","input":)" + input + "}";
    const CallFacts got = parsed(body)->facts();
    EXPECT_FALSE(got.makes_output);
    EXPECT_FALSE(got.refers_outside);
    return got.input_tokens_max - static_cast<std::int64_t>(body.size()) - kEmbeddingCallTokens -
           got.inputs * kEmbeddingOverheadTokens;
  };
  EXPECT_EQ(bound(R"("hello")"), 0);
  EXPECT_EQ(bound("[123456,7]"), 2 - 7);
  EXPECT_EQ(bound("[[123456],[7,8]]"), 3 - 8);
  EXPECT_EQ(facts(R"("input":"a")").inputs, 1);
  EXPECT_EQ(facts(R"("input":["a","b"])").inputs, 2);
  EXPECT_EQ(facts(R"("input":[1,2,3])").inputs, 1);
  EXPECT_EQ(facts(R"("input":[[1],[2]])").inputs, 2);
  EXPECT_EQ(facts(R"("input":[])").inputs, 1);
  EXPECT_EQ(facts(R"("input":[{"image":"https://x"}])").unknown, "input[0]");
  EXPECT_TRUE(facts(R"("input":[[1,"x"]])").refers_outside);
  EXPECT_EQ(facts(R"("input":"a","encoding_format":"base64","dimensions":3,"user":"u")").unknown,
            "");
  EXPECT_EQ(facts(R"("input":"a","task":"x")").unknown, "task");
}

TEST(EmbeddingsRequest, CountsTexts) {
  std::string words;
  for (int i = 0; i < 100; ++i) words += "several words ";
  const auto request = parsed(R"({"model":"m","input":[")" + words + "\"]}");
  const auto counted = request->counted_input(Vocabulary::cl100k_base);
  ASSERT_TRUE(counted);
  EXPECT_LT(*counted, request->facts().input_tokens_max);
  EXPECT_GE(*counted, 200);
}

TEST(EmbeddingsRequest, WritesTheModelAndNothingElse) {
  const std::string body = R"({ "model" : "p/m", "input":"a"})";
  EXPECT_EQ(parsed(body)->rewritten({.model = "m", .output_cap = 9, .cap_field = "max_tokens"}),
            R"({ "model" : "m", "input":"a"})");
  EXPECT_EQ(parsed(body)->rewritten({.model = "p/m", .output_cap = {}, .cap_field = {}}), body);
}

Seen read(const std::string& body) {
  EmbeddingsMeter meter;
  std::string out;
  meter.feed(body, out);
  meter.end(out);
  EXPECT_EQ(out, body);
  return meter.seen();
}

TEST(EmbeddingsMeter, ReadsWhatWasRead) {
  const Seen seen = read(R"({"object":"list","data":[{"embedding":"AAAA"}],"model":"m",)"
                         R"("usage":{"prompt_tokens":8,"total_tokens":8}})");
  EXPECT_EQ(seen.usage, Usage{}.set(Dimension::input, 8));
  EXPECT_TRUE(seen.finished);
  EXPECT_EQ(read(R"({"usage":{"prompt_tokens":8,"total_tokens":9}})").usage.input(), 9);
  EXPECT_EQ(read(R"({"usage":{}})").usage_state, UsageState::nonsense);
  EXPECT_EQ(read(R"({"usage":{"prompt_tokens":-1}})").usage_state, UsageState::nonsense);
  EXPECT_EQ(read(R"({"data":[]})").usage_state, UsageState::missing);
  EXPECT_TRUE(read(R"({"error":{"message":"x"}})").error);
  EXPECT_TRUE(read("<html>").damaged);
}

}  // namespace
}  // namespace ringfence::llm
