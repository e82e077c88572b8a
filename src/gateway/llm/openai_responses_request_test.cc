// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/openai_responses_request.h"

#include <gtest/gtest.h>

namespace ringfence::llm {
namespace {

std::unique_ptr<ResponsesRequest> parsed(std::string body) {
  auto request = ResponsesRequest::parse(body);
  EXPECT_TRUE(request) << body << ": " << request.error().text();
  return request ? *std::move(request) : nullptr;
}

CallFacts facts(std::string_view members) {
  return parsed(R"({"model":"m",)" + std::string(members) + "}")->facts();
}

CallFacts with_tool(std::string_view tool) {
  return facts("\"tools\":[" + std::string(tool) + "]");
}

struct Refused {
  const char* body;
  const char* where;
};

TEST(ResponsesRequest, RefusesWhatIsMalformedOrAmbiguous) {
  const Refused table[] = {
      {R"([])", ""},
      {R"({)", "byte 1"},
      {R"({})", "model"},
      {R"({"model":1})", "model"},
      {R"({"model":"m","model":"m"})", "model"},
      {R"({"model":"m","input":"a","input":"b"})", "input"},
      {R"({"model":"m","Input":"a"})", "Input"},
      {R"({"model":"m","MAX_OUTPUT_TOKENS":1})", "MAX_OUTPUT_TOKENS"},
      {R"({"model":"m","input":7})", "input"},
      {R"({"model":"m","input":["a"]})", "input[0]"},
      {R"({"model":"m","tools":{}})", "tools"},
      {R"({"model":"m","tools":[1]})", "tools[0]"},
      {R"({"model":"m","max_output_tokens":0})", "max_output_tokens"},
      {R"({"model":"m","max_output_tokens":1.5})", "max_output_tokens"},
      {R"({"model":"m","max_tool_calls":-1})", "max_tool_calls"},
      {R"({"model":"m","max_tool_calls":"1"})", "max_tool_calls"},
      {R"({"model":"m","stream":1})", "stream"},
      {R"({"model":"m","background":true})", "background"},
      {R"({"model":"m","background":1})", "background"},
      {R"({"model":"m","previous_response_id":{"id":"x"}})", "previous_response_id"},
      {R"({"model":"m","conversation":1})", "conversation"},
  };
  for (const auto& [body, where] : table) {
    const auto request = ResponsesRequest::parse(body);
    ASSERT_FALSE(request) << body;
    EXPECT_EQ(request.error().code, ErrorCode::invalid) << body;
    EXPECT_EQ(request.error().where, where) << body;
  }
}

struct Priced {
  const char* members;
  const char* unpriced;
};

TEST(ResponsesRequest, NamesWhatHasNoPrice) {
  const Priced table[] = {
      {R"("background":false)", ""},
      {R"("store":true)", ""},
      {R"("store":false)", ""},
      {R"("client_metadata":{"a":"b"})", ""},
      {R"("moderation":{"model":"x"})", "moderation"},
      {R"("moderation":null)", ""},
      {R"("context_management":[{"type":"compaction"}])", "context_management"},
      {R"("context_management":[])", ""},
      {R"("prompt":{"id":"pmpt_1"})", "prompt"},
      {R"("prompt":"pmpt_1")", "prompt"},
      {R"("reasoning":{"mode":"pro"})", "reasoning.mode"},
      {R"("reasoning":{"mode":"standard"})", ""},
      {R"("service_tier":1)", "service_tier"},
      {R"("tools":[{"type":"function"},{"type":"custom"},{"type":"local_shell"}])", ""},
      {R"("tools":[{"type":"apply_patch"},{"type":"computer"}])", ""},
      {R"("tools":[{"type":"namespace","tools":[{"type":"function"}]}])", ""},
      {R"("tools":[{"type":"namespace","tools":[{"type":"mcp"}]}])", "tools[0].tools[0].type"},
      {R"("tools":[{"type":"function"},{"type":"mcp"}])", "tools[1].type"},
      {R"("tools":[{"type":"image_generation"}])", "tools[0].type"},
      {R"("tools":[{"type":"function","type":"mcp"}])", "tools[0].type"},
      {R"("tools":[{"type":"programmatic_tool_calling"}])", "tools[0].type"},
      {R"("tools":[{"type":"tool_search"}])", "tools[0].execution"},
      {R"("tools":[{"type":"tool_search","execution":"server"}])", "tools[0].execution"},
      {R"("tools":[{"type":"tool_search","execution":"client"}])", ""},
      {R"("tools":[{"type":"tool_search","execution":"client","execution":"server"}])",
       "tools[0].execution"},
      {R"("tools":[{"type":"shell"}])", "tools[0].environment"},
      {R"("tools":[{"type":"shell","environment":{"type":"local"}}])", ""},
      {R"("tools":[{"type":"code_interpreter","container":{"type":"auto","memory_limit":"4g"}}])",
       "tools[0].container.memory_limit"},
      {R"("tools":[{"type":"code_interpreter","container":{"type":"auto","memory_limit":"1g"}}])",
       ""},
      {R"("input":[{"type":"additional_tools","tools":[{"type":"mcp"}]}])",
       "input[0].tools[0].type"},
      {R"("input":[{"type":"compaction_trigger"}])", "input[0].type"},
      {R"("input":[{"role":"user","content":[{"type":"input_audio"}]}])", "input[0].content"},
  };
  for (const auto& [members, unpriced] : table) {
    EXPECT_EQ(facts(members).unpriced, unpriced) << members;
    EXPECT_EQ(facts(members).unknown, "") << members;
  }
}

TEST(ResponsesRequest, NamesWhatItDoesNotKnow) {
  EXPECT_EQ(facts(R"("plugins":[])").unknown, "plugins");
  EXPECT_EQ(facts(R"("plugins":null)").unknown, "");
  EXPECT_EQ(facts(R"("tools":[{"name":"f"}])").unknown, "tools[0].type");
  EXPECT_EQ(facts(R"("tools":[{"type":"x"}])").unknown, "tools[0].type");
  EXPECT_EQ(facts(R"("reasoning":{"x":1})").unknown, "reasoning.x");
  EXPECT_EQ(facts(R"("input":[{"type":"x"}])").unknown, "input[0].type");
  EXPECT_EQ(facts(R"("input":[{"role":"user","content":[{"type":"x"}]}])").unknown,
            "input[0].content");
}

struct Hosted {
  const char* tool;
  Dimension dimension;
};

TEST(ResponsesRequest, ToolsAtTheProviderAreHeldForEachOfTheirCalls) {
  const Hosted table[] = {
      {R"({"type":"web_search"})", Dimension::web_search},
      {R"({"type":"web_search_preview"})", Dimension::web_search},
      {R"({"type":"file_search","vector_store_ids":["vs_1"]})", Dimension::file_search},
      {R"({"type":"code_interpreter","container":"cntr_1"})", Dimension::code_session},
      {R"({"type":"shell","environment":{"type":"container_auto"}})", Dimension::code_session},
  };
  for (const auto& [tool, dimension] : table) {
    const CallFacts got = with_tool(tool);
    EXPECT_EQ(got.rounds, 1 + kToolCallsDefault) << tool;
    ASSERT_EQ(got.extras.size(), 2u) << tool;
    EXPECT_EQ(got.extras[0].dimension, dimension) << tool;
    EXPECT_EQ(got.extras[0].most, kToolCallsDefault) << tool;
    EXPECT_EQ(got.extras[0].path, "tools[0]") << tool;
    EXPECT_EQ(got.extras[1].dimension, Dimension::cache_write_5m) << tool;
    EXPECT_EQ(got.extras[1].most, 0) << tool;
  }
  const CallFacts stated =
      facts(R"("max_tool_calls":3,"tools":[{"type":"web_search"},{"type":"web_search_preview"}])");
  EXPECT_EQ(stated.rounds, 4);
  ASSERT_EQ(stated.extras.size(), 2u);
  EXPECT_EQ(stated.extras[0].most, 3);
  EXPECT_EQ(facts(R"("max_tool_calls":0,"tools":[{"type":"web_search"}])").rounds, 1);
  EXPECT_EQ(with_tool(R"({"type":"function"})").rounds, 1);
}

TEST(ResponsesRequest, KeepingACacheForLongHasARateOfItsOwn) {
  const auto paths = [](const char* members) {
    std::vector<std::string> out;
    for (const Extra& extra : facts(members).extras) {
      if (extra.dimension == Dimension::cache_write_1h) out.push_back(extra.path);
    }
    return out;
  };
  using Paths = std::vector<std::string>;
  EXPECT_EQ(paths(R"("prompt_cache_options":{"ttl":"30m"})"), Paths());
  EXPECT_EQ(paths(R"("prompt_cache_options":{"ttl":"12h"})"), Paths{"prompt_cache_options.ttl"});
  EXPECT_EQ(paths(R"("input":[{"role":"user","content":[{"type":"input_text","text":"x",)"
                  R"("prompt_cache_breakpoint":{"mode":"explicit","ttl":"12h"}}]}])"),
            Paths{"input[0].prompt_cache_breakpoint.ttl"});
}

TEST(ResponsesRequest, ReadsWhetherItReasonsAndInWhichTier) {
  const auto wish = [](const char* members) { return facts(members).reasoning; };
  EXPECT_EQ(wish(R"("input":"x")"), ReasoningWish::model_decides);
  EXPECT_EQ(wish(R"("reasoning":null)"), ReasoningWish::model_decides);
  EXPECT_EQ(wish(R"("reasoning":{"summary":"auto"})"), ReasoningWish::model_decides);
  EXPECT_EQ(wish(R"("reasoning":{"effort":"none"})"), ReasoningWish::off);
  EXPECT_EQ(wish(R"("reasoning":{"effort":"low"})"), ReasoningWish::on);
  EXPECT_EQ(wish(R"("reasoning":{"effort":"low","effort":"none"})"), ReasoningWish::on);
  EXPECT_EQ(wish(R"("reasoning":7)"), ReasoningWish::on);
  EXPECT_EQ(wish(R"("input":[{"type":"configuration_update","reasoning":{"effort":"high"}}])"),
            ReasoningWish::on);
  using Tiers = std::vector<std::string>;
  EXPECT_EQ(facts(R"("service_tier":"auto")").service_tiers, Tiers());
  EXPECT_EQ(facts(R"("service_tier":"flex")").service_tiers, (Tiers{"flex", "default"}));
  EXPECT_EQ(facts(R"("service_tier":"fast")").service_tiers, (Tiers{"priority", "default"}));
}

TEST(ResponsesRequest, SeesWhatIsKeptElsewhereAndNamesIt) {
  using Ids = std::vector<std::string>;
  const auto ids = [](const char* members) {
    const CallFacts got = facts(members);
    EXPECT_TRUE(got.refers_outside) << members;
    return got.object_ids;
  };
  EXPECT_EQ(ids(R"("previous_response_id":"resp_1")"), Ids{"resp_1"});
  EXPECT_EQ(ids(R"("conversation":"conv_1")"), Ids{"conv_1"});
  EXPECT_EQ(ids(R"("conversation":{"id":"conv_1"})"), Ids{"conv_1"});
  EXPECT_EQ(ids(R"("prompt":{"id":"pmpt_1"})"), Ids{"pmpt_1"});
  EXPECT_EQ(ids(R"("input":[{"type":"item_reference","id":"msg_1"}])"), Ids{"msg_1"});
  EXPECT_EQ(ids(R"("input":[{"id":"msg_1"}])"), Ids{"msg_1"});
  EXPECT_EQ(ids(R"("input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}])"),
            Ids{"f"});
  EXPECT_EQ(ids(R"("input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}])"),
            Ids{"f"});
  EXPECT_EQ(ids(R"("input":[{"role":"user","content":)"
                R"([{"type":"input_image","image_url":"https://x"}]}])"),
            Ids());
  EXPECT_EQ(ids(R"("input":[{"type":"function_call_output","output":)"
                R"([{"type":"input_file","file_url":"https://x"}]}])"),
            Ids());
  EXPECT_EQ(ids(R"("input":[{"type":"computer_call_output","output":{"file_id":"f"}}])"), Ids{"f"});
  EXPECT_EQ(ids(R"("input":[{"type":"compaction","encrypted_content":"x"}])"), Ids());
  // Tools name what they read; that is bound by their rounds.
  EXPECT_EQ(with_tool(R"({"type":"file_search","vector_store_ids":["v1","v2","v1"]})").object_ids,
            (Ids{"v1", "v2"}));
  EXPECT_EQ(with_tool(R"({"type":"code_interpreter","container":{"type":"auto","file_ids":["f"]}})")
                .object_ids,
            Ids{"f"});
  EXPECT_EQ(with_tool(R"({"type":"shell","environment":{"type":"container_reference",)"
                      R"("container_id":"c"}})")
                .object_ids,
            Ids{"c"});
  std::string many = R"({"model":"m","input":[)";
  for (std::size_t i = 0; i <= kObjectNamesMax; ++i) {
    many += (i ? "," : "") + std::string(R"({"type":"item_reference","id":")") + std::to_string(i) +
            "\"}";
  }
  EXPECT_FALSE(ResponsesRequest::parse(many + "]}"));
}

TEST(ResponsesRequest, TextAndOwnItemsAreInTheBody) {
  EXPECT_FALSE(facts(R"("input":"x","instructions":"y")").refers_outside);
  EXPECT_FALSE(facts(R"("input":[{"role":"user","content":"x"},)"
                     R"({"type":"message","role":"assistant","id":"msg_1","content":)"
                     R"([{"type":"output_text","text":"x"},{"type":"refusal","refusal":"x"}]},)"
                     R"({"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"},)"
                     R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"},)"
                     R"({"type":"function_call_output","call_id":"c","output":"x"},)"
                     R"({"type":"custom_tool_call_output","output":[{"type":"input_text",)"
                     R"("text":"x"}]},)"
                     R"({"type":"shell_call_output","output":[{"stdout":"x","stderr":""}]}])")
                   .refers_outside);
}

TEST(ResponsesRequest, BoundsInputByBytes) {
  const std::string body =
      R"({"model":"m","instructions":"i","input":[{"role":"user","content":"a"}],)"
      R"("tools":[{"type":"function"},{"type":"namespace","tools":[{"type":"function"}]}]})";
  EXPECT_EQ(parsed(body)->facts().input_tokens_max,
            static_cast<std::int64_t>(body.size()) + kResponseOverheadTokens +
                3 * kItemOverheadTokens + 3 * kResponseToolOverheadTokens);
}

TEST(ResponsesRequest, AnImageInTheBodyIsBoundByItsSize) {
  // A PNG of 1 x 1 pixel.
  const std::string url =
      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhg"
      "GAWjR9awAAAABJRU5ErkJggg==";
  const auto with_image = [&](const std::string& more) {
    return parsed(R"({"model":"m","input":[{"role":"user","content":[{"type":"input_image",)"
                  R"("image_url":")" +
                  url + "\"" + more + "}]}]}");
  };
  const auto image = with_image("");
  EXPECT_TRUE(image->facts().has_images);
  EXPECT_FALSE(image->facts().refers_outside);
  EXPECT_LT(image->facts().input_tokens_max, 300);
  EXPECT_TRUE(image->image_tokens("gpt-4o"));
  EXPECT_FALSE(image->image_tokens("nobody-knows"));
  EXPECT_TRUE(with_image(R"(,"detail":"low","detail":"high")")->facts().refers_outside);
  EXPECT_TRUE(with_image(R"(,"type":"input_text")")->facts().refers_outside);
}

TEST(ResponsesRequest, CountsItsTextsAndTheRestByBytes) {
  std::string words;
  for (int i = 0; i < 400; ++i) words += "several words ";
  const std::string cipher(1'000, 'A');
  const auto request = parsed(R"({"model":"m","instructions":")" + words +
                              R"(","input":[{"role":"user","content":")" + words +
                              R"("},{"type":"reasoning","encrypted_content":")" + cipher + "\"}]}");
  const auto counted = request->counted_input(Vocabulary::o200k_base);
  ASSERT_TRUE(counted);
  EXPECT_LT(*counted, request->facts().input_tokens_max);
  EXPECT_GE(*counted, 1'000 + 1'600) << "what is encrypted counts its bytes";
}

struct Written {
  const char* body;
  Rewrite rewrite;
  const char* expected;
};

TEST(ResponsesRequest, WritesOnlyWhatItMust) {
  const std::string field = "max_completion_tokens";  // of the provider, for another wire
  const Written table[] = {
      {R"({"model":"m"})", {"m", std::nullopt, field}, R"({"model":"m"})"},
      {R"({ "model" : "p/m" })", {"m", std::nullopt, field}, R"({ "model" : "m" })"},
      {R"( {"model":"m"} )", {"m", 9, field}, R"( {"max_output_tokens":9,"model":"m"} )"},
      {R"({"model":"m","max_output_tokens":8})",
       {"m", 9, field},
       R"({"model":"m","max_output_tokens":8})"},
      {R"({"model":"m","max_output_tokens": 10})",
       {"m", 9, field},
       R"({"model":"m","max_output_tokens": 9})"},
      {R"({"model":"m","max_output_tokens":null})",
       {"m", 9, field},
       R"({"model":"m","max_output_tokens":9})"},
      {R"({"model":"m","tools":[{"type":"web_search"}]})",
       {"m", 9, field},
       R"({"max_output_tokens":9,"max_tool_calls":8,"model":"m","tools":[{"type":"web_search"}]})"},
      {R"({"model":"m","max_tool_calls":null,"tools":[{"type":"web_search"}]})",
       {"m", std::nullopt, field},
       R"({"model":"m","max_tool_calls":8,"tools":[{"type":"web_search"}]})"},
      {R"({"model":"m","max_tool_calls":2,"tools":[{"type":"web_search"}]})",
       {"m", std::nullopt, field},
       R"({"model":"m","max_tool_calls":2,"tools":[{"type":"web_search"}]})"},
      {R"({"model":"m","stream":true,"tools":[{"type":"function"}]})",
       {"m", std::nullopt, field},
       R"({"model":"m","stream":true,"tools":[{"type":"function"}]})"},
  };
  for (const Written& row : table) {
    EXPECT_EQ(parsed(row.body)->rewritten(row.rewrite), row.expected) << row.body;
  }
}

}  // namespace
}  // namespace ringfence::llm
