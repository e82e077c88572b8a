// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_chat_request.h"

#include <gtest/gtest.h>

namespace ringfence::llm {
namespace {

std::unique_ptr<ChatRequest> parsed(std::string body) {
  auto request = ChatRequest::parse(body);
  EXPECT_TRUE(request) << body << ": " << request.error().text();
  return request ? *std::move(request) : nullptr;
}

CallFacts facts(std::string_view members) {
  return parsed(R"({"model":"m",)" + std::string(members) + "}")->facts();
}

struct Refused {
  const char* body;
  const char* where;
};

TEST(ChatRequest, RefusesWhatIsMalformedOrAmbiguous) {
  const Refused table[] = {
      {R"([])", ""},
      {R"({)", "byte 1"},
      {R"({})", "model"},
      {R"({"model":1})", "model"},
      {R"({"model":""})", "model"},
      {R"({"model":"m","model":"m"})", "model"},
      {R"({"model":"m","mod\u0065l":"m"})", "model"},
      {R"({"model":"m","messages":[],"messages":[]})", "messages"},
      {R"({"model":"m","max_tokens":1,"max_tokens":1})", "max_tokens"},
      {R"({"model":"m","n":1,"n":1})", "n"},
      {R"({"model":"m","stream":true,"stream":false})", "stream"},
      {R"({"model":"m","stream_options":{},"stream_options":{}})", "stream_options"},
      {R"({"model":"m","service_tier":"auto","service_tier":"auto"})", "service_tier"},
      {R"({"model":"m","tools":[],"tools":[]})", "tools"},
      {R"({"model":"m","prediction":null,"prediction":null})", "prediction"},
      {R"({"model":"m","temperature":1,"temperature":1})", "temperature"},
      {R"({"model":"m","Max_Tokens":1})", "Max_Tokens"},
      {R"({"model":"m","N":1})", "N"},
      {"{\"model\":\"m\",\"\xC5\xBFtream\":true}", "\xC5\xBFtream"},
      {"{\"model\":\"m\",\"max_to\xE2\x84\xAA"
       "ens\":1}",
       "max_to\xE2\x84\xAA"
       "ens"},
      {R"({"model":"m","max_tokens":0})", "max_tokens"},
      {R"({"model":"m","max_tokens":-1})", "max_tokens"},
      {R"({"model":"m","max_tokens":1.5})", "max_tokens"},
      {R"({"model":"m","max_tokens":1e3})", "max_tokens"},
      {R"({"model":"m","max_tokens":"16"})", "max_tokens"},
      {R"({"model":"m","max_tokens":99999999999999999999})", "max_tokens"},
      {R"({"model":"m","max_completion_tokens":true})", "max_completion_tokens"},
      {R"({"model":"m","n":0})", "n"},
      {R"({"model":"m","n":129})", "n"},
      {R"({"model":"m","n":"2"})", "n"},
      {R"({"model":"m","stream":1})", "stream"},
      {R"({"model":"m","stream_options":[]})", "stream_options"},
      {R"({"model":"m","stream_options":{"include_usage":1}})", "stream_options.include_usage"},
      {R"({"model":"m","stream_options":{"include_usage":true,"include_usage":false}})",
       "stream_options.include_usage"},
      {R"({"model":"m","messages":"hi"})", "messages"},
      {R"({"model":"m","messages":["hi"]})", "messages[0]"},
      {R"({"model":"m","tools":{}})", "tools"},
      {R"({"model":"m","tools":[1]})", "tools[0]"},
      {R"({"model":"m","functions":1})", "functions"},
  };
  for (const Refused& row : table) {
    const auto request = ChatRequest::parse(row.body);
    ASSERT_FALSE(request) << row.body;
    EXPECT_EQ(request.error().code, ErrorCode::invalid) << row.body;
    EXPECT_EQ(request.error().where, row.where) << row.body;
  }
}

TEST(ChatRequest, ReadsTheCapsAndChoices) {
  EXPECT_FALSE(facts(R"("max_tokens":null)").output_cap);
  EXPECT_EQ(facts(R"("max_tokens":16)").output_cap, 16);
  EXPECT_EQ(facts(R"("max_completion_tokens":16)").output_cap, 16);
  EXPECT_EQ(facts(R"("max_completion_tokens":16,"max_tokens":7)").output_cap, 7);
  EXPECT_EQ(facts(R"("n":3)").choices, 3);
  EXPECT_EQ(facts(R"("n":null)").choices, 1);
  EXPECT_TRUE(facts(R"("stream":true)").stream);
  EXPECT_FALSE(facts(R"("stream":null)").stream);
  EXPECT_TRUE(facts(R"("stream_options":{"include_usage":true})").usage_asked);
  EXPECT_FALSE(facts(R"("stream_options":{"include_usage":null})").usage_asked);
  EXPECT_EQ(facts(R"("reasoning_effort":"low")").reasoning, ReasoningWish::on);
  EXPECT_EQ(facts(R"("reasoning_effort":"none")").reasoning, ReasoningWish::off);
  EXPECT_EQ(facts(R"("n":1)").reasoning, ReasoningWish::model_decides);
  EXPECT_EQ(facts(R"("service_tier":"flex")").service_tiers,
            (std::vector<std::string>{"flex", "default"}));
}

TEST(ChatRequest, NamesWhatHasNoPrice) {
  const std::pair<const char*, const char*> table[] = {
      {R"("service_tier":1)", "service_tier"},
      {R"("service_tier":"auto")", ""},
      {R"("service_tier":"default")", ""},
      {R"("service_tier":null)", ""},
      {R"("modalities":["text","audio"])", "modalities"},
      {R"("modalities":["text"])", ""},
      {R"("audio":{"voice":"x"})", "audio"},
      {R"("web_search_options":{})", "web_search_options"},
      {R"("web_search_options":null)", ""},
      {R"("store":true)", "store"},
      {R"("store":false)", ""},
      {R"("tools":[{"type":"function"},{"type":"custom"}])", ""},
      {R"("tools":[{"type":"function"},{"type":"web_search"}])", "tools[1].type"},
      {R"("tools":[{"type":"function","type":"code_interpreter"}])", "tools[0].type"},
      {R"("messages":[{"role":"user","content":[{"type":"input_audio"}]}])", "messages[0].content"},
      {R"("messages":[{"role":"user","content":"a"},{"role":"assistant","audio":{"id":"x"}}])",
       "messages[1].audio"},
  };
  for (const auto& [members, unpriced] : table) {
    EXPECT_EQ(facts(members).unpriced, unpriced) << members;
    EXPECT_EQ(facts(members).unknown, "") << members;
  }
}

TEST(ChatRequest, NamesWhatItDoesNotKnow) {
  EXPECT_EQ(facts(R"("background":true)").unknown, "background");
  EXPECT_EQ(facts(R"("plugins":[],"x":1)").unknown, "plugins");
  EXPECT_EQ(facts(R"("plugins":null)").unknown, "");
  EXPECT_EQ(facts(R"("tools":[{"name":"f"}])").unknown, "tools[0].type");
  EXPECT_EQ(facts(R"("messages":[{"content":[{"type":"video_url"}]}])").unknown,
            "messages[0].content");
  EXPECT_LE(facts("\"" + std::string(5000, 'a') + "\":1").unknown.size(), 70u);
}

TEST(ChatRequest, SeesContentOutsideItself) {
  const auto outside = [](const char* content) {
    return facts(R"("messages":[{"role":"user","content":)" + std::string(content) + "}]")
        .refers_outside;
  };
  EXPECT_FALSE(outside(R"("text")"));
  EXPECT_FALSE(outside(R"([{"type":"text","text":"x"}])"));
  EXPECT_TRUE(outside(R"([{"type":"image_url","image_url":{"url":"https://x"}}])"));
  EXPECT_TRUE(outside(R"([{"type":"text"},{"type":"file","file":{"file_id":"f"}}])"));
  EXPECT_TRUE(outside(R"([{"type":"image_url","type":"text"}])"));
  EXPECT_TRUE(outside(R"("a","content":[{"type":"image_url"}])"));
}

// A PNG of 1024 x 1024.
const std::string kImage =
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAAAAABadnRfAAAACElEQVR4nAMAAAAAAUgGidIA"
    "AAAASUVORK5CYII=";

std::unique_ptr<ChatRequest> with_image(const std::string& image_url) {
  return parsed(R"({"model":"m","messages":[{"role":"user","content":[)"
                R"({"type":"text","text":"what is this?"},{"type":"image_url","image_url":)" +
                image_url + "}]}]}");
}

TEST(ChatRequest, CountsAnImageInTheBodyByItsSize) {
  const auto request = with_image(R"({"url":")" + kImage + R"("})");
  EXPECT_TRUE(request->facts().has_images);
  EXPECT_FALSE(request->facts().refers_outside);
  // 1024 x 1024 is fitted to 768 x 768: four tiles of 170 and 85.
  EXPECT_EQ(request->image_tokens("gpt-4o"), 765);
  EXPECT_EQ(with_image(R"({"detail":"low","url":")" + kImage + R"("})")->image_tokens("gpt-4o"),
            85);
  EXPECT_FALSE(request->image_tokens("llava"));
  const auto bare = with_image(R"({"url":""})");
  EXPECT_EQ(request->facts().input_tokens_max, bare->facts().input_tokens_max - 2);
}

TEST(ChatRequest, AnImageThatCanBeReadInTwoWaysLiesOutside) {
  for (const std::string& image_url :
       {R"({"url":")" + kImage + R"(","url":"https://x"})",
        R"({"url":")" + kImage + R"(","detail":"low","detail":"high"})",
        R"({"url":")" + kImage + R"("},"image_url":"https://x")",
        R"({"url":")" + kImage + R"(","detail":"huge"})"}) {
    EXPECT_TRUE(with_image(image_url)->facts().refers_outside) << image_url;
  }
}

TEST(ChatRequest, CountsItsTextsByAVocabulary) {
  if (!can_count_tokens()) GTEST_SKIP() << "built without vocabularies";
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += "the quick brown fox ";
  const auto request =
      parsed(R"({"model":"m","messages":[{"role":"user","content":")" + text + R"("}]})");
  const auto counted = request->counted_input(Vocabulary::o200k_base);
  ASSERT_TRUE(counted);
  EXPECT_GE(*counted, 4'000);
  EXPECT_LE(*counted, 4'500);
  EXPECT_GT(request->facts().input_tokens_max, 20'000);
}

TEST(ChatRequest, BoundsInputByBytes) {
  const std::string body =
      R"({"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}],)"
      R"("tools":[{"type":"function"}],"functions":[{}]})";
  EXPECT_EQ(parsed(body)->facts().input_tokens_max,
            static_cast<std::int64_t>(body.size()) + kCallOverheadTokens +
                2 * kMessageOverheadTokens + 2 * kToolOverheadTokens);
  const std::string prediction = R"({"type":"content","content":"abc"})";
  EXPECT_EQ(facts(R"("prediction":)" + prediction).prediction_tokens_max,
            static_cast<std::int64_t>(prediction.size()));
}

struct Written {
  const char* body;
  Rewrite rewrite;
  const char* expected;
};

TEST(ChatRequest, WritesOnlyWhatItMust) {
  const std::string field = "max_completion_tokens";
  const Written table[] = {
      {R"({"model":"m"})", {"m", std::nullopt, field}, R"({"model":"m"})"},
      {R"({ "model" : "p/m" })", {"m", std::nullopt, field}, R"({ "model" : "m" })"},
      {R"({"model":"\u006d"})", {"m", std::nullopt, field}, R"({"model":"\u006d"})"},
      {R"( {"model":"m"} )", {"m", 9, field}, R"( {"max_completion_tokens":9,"model":"m"} )"},
      {R"({"model":"m"})", {"m", 9, "max_tokens"}, R"({"max_tokens":9,"model":"m"})"},
      {R"({"model":"m","max_tokens":8})", {"m", 9, field}, R"({"model":"m","max_tokens":8})"},
      {R"({"model":"m","max_tokens": 10})", {"m", 9, field}, R"({"model":"m","max_tokens": 9})"},
      {R"({"model":"m","max_tokens":10,"max_completion_tokens":11})",
       {"m", 9, field},
       R"({"model":"m","max_tokens":9,"max_completion_tokens":9})"},
      {R"({"model":"m","max_tokens":5,"max_completion_tokens":11})",
       {"m", 5, field},
       R"({"model":"m","max_tokens":5,"max_completion_tokens":5})"},
      {R"({"model":"m","max_tokens":null})",
       {"m", 9, field},
       R"({"max_completion_tokens":9,"model":"m","max_tokens":null})"},
      {R"({"model":"m","max_tokens":null})",
       {"m", 9, "max_tokens"},
       R"({"model":"m","max_tokens":9})"},
      {R"({"model":"m","num_predict":99})",
       {"m", 9, "num_predict"},
       R"({"model":"m","num_predict":9})"},
      {R"({"model":"m","stream":true})",
       {"m", std::nullopt, field},
       R"({"stream_options":{"include_usage":true},"model":"m","stream":true})"},
      {R"({"model":"m","stream":true,"stream_options":null})",
       {"m", std::nullopt, field},
       R"({"model":"m","stream":true,"stream_options":{"include_usage":true}})"},
      {R"({"model":"m","stream":true,"stream_options":{ }})",
       {"m", std::nullopt, field},
       R"({"model":"m","stream":true,"stream_options":{"include_usage":true }})"},
      {R"({"model":"m","stream":true,"stream_options":{"include_obfuscation":false}})",
       {"m", std::nullopt, field},
       R"({"model":"m","stream":true,"stream_options":)"
       R"({"include_usage":true,"include_obfuscation":false}})"},
      {R"({"model":"m","stream":true,"stream_options":{"include_usage":false}})",
       {"m", std::nullopt, field},
       R"({"model":"m","stream":true,"stream_options":{"include_usage":true}})"},
      {R"({"model":"m","stream":true,"stream_options":{"include_usage":true}})",
       {"m", std::nullopt, field},
       R"({"model":"m","stream":true,"stream_options":{"include_usage":true}})"},
      {R"({"model":"m","stream":false,"stream_options":{"include_usage":false}})",
       {"m", std::nullopt, field},
       R"({"model":"m","stream":false,"stream_options":{"include_usage":false}})"},
  };
  for (const Written& row : table) {
    EXPECT_EQ(parsed(row.body)->rewritten(row.rewrite), row.expected) << row.body;
  }
}

}  // namespace
}  // namespace ringfence::llm
