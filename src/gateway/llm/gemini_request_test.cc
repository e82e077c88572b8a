// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/gemini_request.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace ringfence::llm {
namespace {

constexpr const char* kFlash = "/v1beta/models/gemini-2.5-flash:generateContent";
constexpr const char* kThree = "/v1beta/models/gemini-3-pro:generateContent";
constexpr const char* kCount = "/v1beta/models/gemini-2.5-flash:countTokens";

Result<std::unique_ptr<GeminiRequest>> parse(std::string body, std::string_view path = kFlash,
                                             std::string_view query = "") {
  return GeminiRequest::parse(*GeminiTarget::read(path, query), std::move(body));
}

std::unique_ptr<GeminiRequest> parsed(const std::string& body, std::string_view path = kFlash) {
  auto request = parse(body, path);
  EXPECT_TRUE(request) << body << ": " << request.error().text();
  return request ? *std::move(request) : nullptr;
}

CallFacts facts(const std::string& members, std::string_view path = kFlash) {
  return parsed("{" + members + "}", path)->facts();
}

// Of one part of the conversation.
CallFacts with_part(const std::string& part) {
  return facts(R"("contents":[{"parts":[)" + part + "]}]");
}

const Extra* extra(const CallFacts& facts, Dimension dimension) {
  for (const Extra& one : facts.extras) {
    if (one.dimension == dimension) return &one;
  }
  return nullptr;
}

TEST(GeminiRequest, RefusesWhatIsMalformedOrAmbiguous) {
  const std::pair<const char*, const char*> table[] = {
      {R"([])", ""},
      {R"({)", "byte 1"},
      {R"({"contents":[],"contents":[]})", "contents"},
      {R"({"contents":"hi"})", "contents"},
      {R"({"contents":["hi"]})", "contents[0]"},
      {R"({"contents":[{"parts":"hi"}]})", "contents[0].parts"},
      {R"({"contents":[{"parts":[{"text":"a","text":"b"}]}]})", "contents[0].parts[0].text"},
      {R"({"systemInstruction":{},"system_instruction":{}})", "system_instruction"},
      {R"({"generationConfig":{},"generation_config":{}})", "generation_config"},
      {R"({"generationConfig":[]})", "generationConfig"},
      {R"({"generationConfig":{"maxOutputTokens":1,"max_output_tokens":1}})",
       "generationConfig.max_output_tokens"},
      {R"({"generationConfig":{"maxOutputTokens":1,"max\u004futputTokens":1}})",
       "generationConfig.maxOutputTokens"},
      {R"({"generationConfig":{"maxOutputTokens":0}})", "generationConfig.maxOutputTokens"},
      {R"({"generationConfig":{"maxOutputTokens":"5"}})", "generationConfig.maxOutputTokens"},
      {R"({"generationConfig":{"maxOutputTokens":1.0}})", "generationConfig.maxOutputTokens"},
      {R"({"generation_config":{"max_output_tokens":-1}})", "generation_config.max_output_tokens"},
      {R"({"generationConfig":{"candidateCount":0}})", "generationConfig.candidateCount"},
      {R"({"generationConfig":{"candidateCount":129}})", "generationConfig.candidateCount"},
      {R"({"generationConfig":{"thinkingConfig":5}})", "generationConfig.thinkingConfig"},
      {R"({"generationConfig":{"thinkingConfig":{"thinkingBudget":-2}}})",
       "generationConfig.thinkingConfig.thinkingBudget"},
      {R"({"generationConfig":{"thinkingConfig":{"thinkingBudget":1,"thinking_budget":1}}})",
       "generationConfig.thinkingConfig.thinking_budget"},
      {R"({"generationConfig":{"responseModalities":"TEXT"}})",
       "generationConfig.responseModalities"},
      {R"({"tools":5})", "tools"},
      {R"({"tools":[5]})", "tools[0]"},
      {R"({"tools":[{"functionDeclarations":5}]})", "tools[0].functionDeclarations"},
      {R"({"cachedContent":5})", "cachedContent"},
      {R"({"model":5})", "model"},
      {R"({"model":"models/other"})", "model"},
  };
  for (const auto& [body, where] : table) {
    const auto request = parse(body);
    ASSERT_FALSE(request) << body;
    EXPECT_EQ(request.error().code, ErrorCode::invalid) << body;
    EXPECT_EQ(request.error().where, where) << body;
  }
}

TEST(GeminiRequest, ReadsBothSpellings) {
  for (const char* body : {R"({"generationConfig":{"maxOutputTokens":9,"candidateCount":2,)"
                           R"("thinkingConfig":{"thinkingBudget":512}}})",
                           R"({"generation_config":{"max_output_tokens":9,"candidate_count":2,)"
                           R"("thinking_config":{"thinking_budget":512}}})"}) {
    const CallFacts read = parsed(body)->facts();
    EXPECT_EQ(read.output_cap, 9) << body;
    EXPECT_EQ(read.choices, 2) << body;
    EXPECT_EQ(read.output_min_tokens, 512 + 256) << body;
    EXPECT_EQ(read.reasoning, ReasoningWish::on) << body;
    EXPECT_EQ(read.unknown, "") << body;
  }
  // No server takes these.
  EXPECT_EQ(facts(R"("generationConfig":{"MaxOutputTokens":1})").unknown,
            "generationConfig.MaxOutputTokens");
  EXPECT_EQ(facts(R"("generationConfig":{"max_outputTokens":1})").unknown,
            "generationConfig.max_outputTokens");
}

TEST(GeminiRequest, ReadsWhatIsWishedOfThinking) {
  const auto thinking = [](const std::string& members) {
    return facts(R"("generationConfig":{"thinkingConfig":{)" + members + "}}");
  };
  EXPECT_EQ(facts("").reasoning, ReasoningWish::model_decides);
  EXPECT_EQ(thinking(R"("includeThoughts":true)").reasoning, ReasoningWish::model_decides);
  EXPECT_EQ(thinking(R"("thinkingBudget":0)").reasoning, ReasoningWish::off);
  EXPECT_EQ(thinking(R"("thinkingBudget":-1)").reasoning, ReasoningWish::on);
  EXPECT_EQ(thinking(R"("thinkingBudget":-1)").output_min_tokens, 256);
  EXPECT_EQ(thinking(R"("thinkingLevel":"LOW")").reasoning, ReasoningWish::on);
  EXPECT_EQ(thinking(R"("thinkingLevel":"HIGH","thinkingBudget":0)").reasoning, ReasoningWish::on);
  EXPECT_EQ(thinking(R"("effort":1)").unknown, "generationConfig.thinkingConfig.effort");
}

TEST(GeminiRequest, NamesWhatHasNoPriceOrNoEnd) {
  struct Row {
    const char* members;
    const char* unpriced;
    const char* unbounded;
    const char* unknown;
  };
  const Row table[] = {
      {R"("tools":[{"functionDeclarations":[{"name":"f"}]}])", "", "", ""},
      {R"("tools":{"function_declarations":{"name":"f"}})", "", "", ""},
      {R"("tools":[{"functionDeclarations":[]},{"codeExecution":{}}])", "",
       "tools[1].codeExecution", ""},
      {R"("tools":[{"url_context":{}}])", "", "tools[0].url_context", ""},
      {R"("tools":[{"googleMaps":{}}])", "", "tools[0].googleMaps", ""},
      {R"("tools":[{"fileSearch":{}}])", "", "tools[0].fileSearch", ""},
      {R"("tools":[{"mcpServers":[]}])", "", "tools[0].mcpServers", ""},
      {R"("tools":[{"codeExecution":null}])", "", "", ""},
      {R"("tools":[{"retrieval":{}}])", "tools[0].retrieval", "", ""},
      {R"("tools":[{"newTool":{}}])", "", "", "tools[0].newTool"},
      {R"("generationConfig":{"routingConfig":{}})", "generationConfig.routingConfig", "", ""},
      {R"("generationConfig":{"newOne":1})", "", "", "generationConfig.newOne"},
      {R"("generationConfig":{"newOne":null})", "", "", ""},
      {R"("generationConfig":{"responseModalities":["TEXT","VIDEO"]})",
       "generationConfig.responseModalities[1]", "", ""},
      {R"("serviceTier":7)", "serviceTier", "", ""},
      {R"("modelArmorConfig":{})", "modelArmorConfig", "", ""},
      {R"("generateContentRequest":{})", "", "", "generateContentRequest"},
      {R"("contents":[{"parts":[{"newPart":{}}]}])", "", "", "contents[0].parts[0].newPart"},
      {R"("contents":{"parts":{"text":"x"},"role":"user"},"safetySettings":[],"toolConfig":{},)"
       R"("labels":{"a":"b"},"store":false)",
       "", "", ""},
  };
  for (const Row& row : table) {
    const CallFacts read = facts(row.members);
    EXPECT_EQ(read.unpriced, row.unpriced) << row.members;
    EXPECT_EQ(read.unbounded, row.unbounded) << row.members;
    EXPECT_EQ(read.unknown, row.unknown) << row.members;
  }
  EXPECT_EQ((*parse("{}", kFlash, "quirk=1"))->facts().unknown, "?quirk");
}

TEST(GeminiRequest, SearchHasAnEndOnlyWhereAPromptIsBilled) {
  const std::string search = R"("tools":[{"googleSearch":{}}])";
  const CallFacts two = facts(search);
  EXPECT_EQ(two.unbounded, "");
  ASSERT_NE(extra(two, Dimension::web_search), nullptr);
  EXPECT_EQ(extra(two, Dimension::web_search)->most, 1);
  EXPECT_EQ(extra(two, Dimension::web_search)->path, "tools[0].googleSearch");
  EXPECT_TRUE(two.refers_outside);
  EXPECT_EQ(two.rounds, 2);
  EXPECT_EQ(facts(search, kThree).unbounded, "tools[0].googleSearch");
  EXPECT_FALSE(search_billed_by_prompt("gemini-flash-latest"));
  EXPECT_TRUE(search_billed_by_prompt("google/gemini-2.0-flash"));
}

TEST(GeminiRequest, ReadsServiceTiers) {
  const auto tiers = [](const char* word) {
    return facts(R"("serviceTier":")" + std::string(word) + "\"").service_tiers;
  };
  for (const char* word : {"", "standard", "unspecified", "SERVICE_TIER_STANDARD"}) {
    EXPECT_TRUE(tiers(word).empty()) << word;
  }
  for (const char* word : {"flex", "FLEX", "SERVICE_TIER_FLEX"}) {
    EXPECT_EQ(tiers(word), (std::vector<std::string>{"flex", "standard"})) << word;
  }
}

TEST(GeminiRequest, SeesContentOutsideItself) {
  EXPECT_FALSE(with_part(R"({"text":"x","thoughtSignature":"abc"})").refers_outside);
  EXPECT_FALSE(with_part(R"({"functionCall":{"name":"f","args":{}}})").refers_outside);
  EXPECT_TRUE(with_part(R"({"inlineData":{"mimeType":"image/png","data":"eA=="}})").refers_outside);
  EXPECT_TRUE(with_part(R"({"file_data":{"file_uri":"https://x"}})").refers_outside);
  const CallFacts image = with_part(
      R"({"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAAAAABad)"
      R"(nRfAAAACElEQVR4nAMAAAAAAUgGidIAAAAASUVORK5CYII="}})");
  EXPECT_TRUE(image.has_images);
  EXPECT_FALSE(image.refers_outside);
  EXPECT_TRUE(with_part(R"({"functionResponse":{"name":"f","response":{},)"
                        R"("parts":[{"inlineData":{"mimeType":"image/png"}}]}})")
                  .refers_outside);
  EXPECT_TRUE(facts(R"("continuationToken":"abc")").refers_outside);
  EXPECT_TRUE(facts(R"("tools":[{"computerUse":{}}])").refers_outside);
  const CallFacts cached = facts(R"("cachedContent":"cachedContents/1")");
  EXPECT_TRUE(cached.refers_outside);
  EXPECT_EQ(cached.object_ids, (std::vector<std::string>{"cachedContents/1"}));
  const auto file = [](const std::string& uri) {
    return with_part(R"({"fileData":{"fileUri":")" + uri + "\"}}").object_ids;
  };
  EXPECT_EQ(file("https://generativelanguage.googleapis.com/v1beta/files/a"),
            (std::vector<std::string>{"files/a"}));
  EXPECT_EQ(file("files/a"), (std::vector<std::string>{"files/a"}));
  EXPECT_TRUE(file("https://example.com/files/a.pdf").empty());
}

TEST(GeminiRequest, AudioHasItsOwnRate) {
  const CallFacts audio = with_part(R"({"inlineData":{"mimeType":"Audio/wav","data":""}})");
  ASSERT_NE(extra(audio, Dimension::audio_input), nullptr);
  EXPECT_EQ(extra(audio, Dimension::audio_input)->path, "contents[0].parts[0].inlineData");
  const CallFacts video = with_part(R"({"fileData":{"mimeType":"video/mp4","fileUri":"x"}})");
  ASSERT_NE(extra(video, Dimension::audio_input), nullptr);
  EXPECT_EQ(extra(video, Dimension::audio_input)->path, "");
  const CallFacts both = with_part(R"({"fileData":{"mimeType":"video/mp4"}},)"
                                   R"({"fileData":{"mimeType":"audio/wav"}})");
  EXPECT_EQ(extra(both, Dimension::audio_input)->path, "contents[0].parts[1].fileData");
  EXPECT_EQ(extra(with_part(R"({"inlineData":{"mimeType":"image/png"}})"), Dimension::audio_input),
            nullptr);
}

TEST(GeminiRequest, ImagesAndSpeechAsAnswers) {
  const auto modalities = [](const std::string& list) {
    return facts(R"("generationConfig":{"responseModalities":[)" + list + "]}");
  };
  EXPECT_EQ(extra(facts(""), Dimension::image_output)->path, "");
  EXPECT_EQ(extra(modalities(R"("TEXT")"), Dimension::image_output), nullptr);
  const CallFacts image = modalities(R"("TEXT","IMAGE")");
  EXPECT_EQ(extra(image, Dimension::image_output)->path, "generationConfig.responseModalities[1]");
  EXPECT_EQ(image.output_min_tokens, kGeminiImageTokens);
  EXPECT_EQ(extra(modalities(R"("AUDIO")"), Dimension::audio_output)->path,
            "generationConfig.responseModalities[0]");
}

TEST(GeminiRequest, BoundsInputByBytes) {
  const std::string body =
      R"({"systemInstruction":{"parts":{"text":"s"}},"contents":[{"parts":[{"text":"a"}]},{}],)"
      R"("tools":[{"functionDeclarations":[{"name":"f"},{"name":"g"}]}]})";
  EXPECT_EQ(parsed(body)->facts().input_tokens_max,
            static_cast<std::int64_t>(body.size()) + kGeminiCallTokens + 3 * kGeminiContentTokens +
                3 * kGeminiToolTokens);
}

struct Written {
  const char* body;
  Rewrite rewrite;
  const char* expected;
};

TEST(GeminiRequest, WritesOnlyWhatItMust) {
  const std::string same = "gemini-2.5-flash";
  const std::string other = "other";
  const Written table[] = {
      {R"({"contents":[]})", {same, std::nullopt, ""}, R"({"contents":[]})"},
      {R"({ "contents":[]})", {other, std::nullopt, ""}, R"({ "contents":[]})"},
      {R"( {})", {same, 9, ""}, R"( {"generationConfig":{"maxOutputTokens":9}})"},
      {R"({"contents":[]})",
       {same, 9, ""},
       R"({"generationConfig":{"maxOutputTokens":9},"contents":[]})"},
      {R"({"generationConfig":null})",
       {same, 9, ""},
       R"({"generationConfig":{"maxOutputTokens":9}})"},
      {R"({"generation_config":{ }})",
       {same, 9, ""},
       R"({"generation_config":{"maxOutputTokens":9 }})"},
      {R"({"generationConfig":{"topK":1}})",
       {same, 9, ""},
       R"({"generationConfig":{"maxOutputTokens":9,"topK":1}})"},
      {R"({"generationConfig":{"max_output_tokens": null}})",
       {same, 9, ""},
       R"({"generationConfig":{"max_output_tokens": 9}})"},
      {R"({"generationConfig":{"maxOutputTokens": 10 }})",
       {same, 9, ""},
       R"({"generationConfig":{"maxOutputTokens": 9 }})"},
      {R"({"generationConfig":{"maxOutputTokens":8}})",
       {same, 9, ""},
       R"({"generationConfig":{"maxOutputTokens":8}})"},
      {R"({"model":"models/gemini-2.5-flash"})",
       {other, std::nullopt, ""},
       R"({"model":"models/other"})"},
      {R"({"model":"gemini-2.5-flash"})",
       {same, std::nullopt, ""},
       R"({"model":"gemini-2.5-flash"})"},
  };
  for (const Written& row : table) {
    EXPECT_EQ(parsed(row.body)->rewritten(row.rewrite), row.expected) << row.body;
  }
}

TEST(GeminiRequest, CountingBillsNothing) {
  const auto request =
      parsed(R"({"generateContentRequest":{"model":"models/gemini-2.5-flash","contents":[],)"
             R"("tools":[{"codeExecution":{}}],"generationConfig":{"maxOutputTokens":5},"new":1}})",
             kCount);
  EXPECT_TRUE(request->facts().bills_nothing);
  EXPECT_EQ(request->facts().unbounded, "");
  EXPECT_EQ(request->facts().unknown, "");
  EXPECT_FALSE(request->facts().output_cap);
  EXPECT_FALSE(request->count_probe({.model = "m", .output_cap = std::nullopt, .cap_field = ""}));
  EXPECT_EQ(request->rewritten({.model = "own", .output_cap = std::nullopt, .cap_field = ""}),
            R"({"generateContentRequest":{"model":"models/own","contents":[],)"
            R"("tools":[{"codeExecution":{}}],"generationConfig":{"maxOutputTokens":5},"new":1}})");
  EXPECT_FALSE(parse(R"({"generateContentRequest":{"model":"models/x"}})", kCount));
  EXPECT_EQ(parsed(R"({"generateContentRequest":{"cachedContent":"cachedContents/1"}})", kCount)
                ->facts()
                .object_ids.size(),
            1u);
}

TEST(GeminiRequest, AsksForItsOwnCount) {
  const Rewrite own{.model = "own", .output_cap = 5, .cap_field = ""};
  const auto probe = parsed(R"({"contents":[],"tools":[]})")->count_probe(own);
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->path, "/v1beta/models/own:countTokens");
  EXPECT_EQ(probe->body,
            R"({"generateContentRequest":{"model":"models/own","contents":[],"tools":[]}})");
  EXPECT_EQ(parsed(R"({"model":"models/gemini-2.5-flash","contents":[]})")->count_probe(own)->body,
            R"({"generateContentRequest":{"model":"models/own","contents":[]}})");
  EXPECT_EQ(parsed("{}")->count_probe(own)->body,
            R"({"generateContentRequest":{"model":"models/own"}})");
}

}  // namespace
}  // namespace ringfence::llm
