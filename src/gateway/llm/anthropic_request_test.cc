// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/anthropic_request.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "gateway/llm/anthropic_betas.h"
#include "gateway/llm/anthropic_messages.h"
#include "gateway/llm/anthropic_tools.h"
#include "gateway/llm/bound.h"

namespace ringfence::llm {
namespace {

const http::Headers kNoHeaders;

Result<std::unique_ptr<AnthropicRequest>> parse(std::string body,
                                                const http::Headers& headers = kNoHeaders,
                                                std::string_view query = {}) {
  return AnthropicRequest::parse(
      {.method = "POST", .path = "/v1/messages", .query = query, .headers = headers},
      std::move(body));
}

// A usual request with these members more.
std::string with(const std::string& members) {
  return R"({"model":"claude-x","max_tokens":1000,"messages":[{"role":"user","content":"hi"}])" +
         (members.empty() ? "" : "," + members) + "}";
}
std::string with_content(const std::string& blocks) {
  return R"({"model":"claude-x","max_tokens":1000,"messages":[{"role":"user","content":)" + blocks +
         "}]}";
}

CallFacts facts_of(const std::string& body) {
  const auto request = parse(body);
  EXPECT_TRUE(request) << body << ": " << request.error().text();
  return request ? (*request)->facts() : CallFacts{};
}

const Extra* extra_of(const CallFacts& facts, Dimension dimension) {
  for (const Extra& extra : facts.extras) {
    if (extra.dimension == dimension) return &extra;
  }
  return nullptr;
}

TEST(AnthropicRequest, ReadsWhatItCosts) {
  const std::string body = with(R"("stream":true,"temperature":1,"stop_sequences":["x"])");
  const CallFacts facts = facts_of(body);
  EXPECT_EQ(facts.model, "claude-x");
  EXPECT_TRUE(facts.stream);
  EXPECT_EQ(facts.output_cap, 1'000);
  EXPECT_EQ(facts.output_min_tokens, 256);
  EXPECT_EQ(facts.input_tokens_max, static_cast<std::int64_t>(body.size()) + 128 + 16);
  EXPECT_EQ(facts.rounds, 1);
  EXPECT_TRUE(facts.extras.empty());
  EXPECT_TRUE(facts.unpriced.empty() && facts.unknown.empty() && facts.unbounded.empty());
  EXPECT_EQ(facts.reasoning, ReasoningWish::model_decides);
}

TEST(AnthropicRequest, WhatIsMalformedNamesItsMember) {
  struct {
    const char* body;
    const char* where;
  } const table[] = {
      {R"([])", ""},
      {R"({"max_tokens":1,"messages":[]})", "model"},
      {R"({"model":"","max_tokens":1})", "model"},
      {R"({"model":7,"max_tokens":1})", "model"},
      {R"({"model":"m","messages":[]})", "max_tokens"},
      {R"({"model":"m","max_tokens":null})", "max_tokens"},
      {R"({"model":"m","max_tokens":-1})", "max_tokens"},
      {R"({"model":"m","max_tokens":1.0})", "max_tokens"},
      {R"({"model":"m","max_tokens":"1"})", "max_tokens"},
      {R"({"model":"m","max_tokens":1,"max_tokens":9})", "max_tokens"},
      {R"({"model":"m","max_tokens":1,"Max_Tokens":9})", "Max_Tokens"},
      {R"({"model":"m","max_tokens":1,"stream":"true"})", "stream"},
      {R"({"model":"m","max_tokens":1,"messages":{}})", "messages"},
      {R"({"model":"m","max_tokens":1,"messages":[1]})", "messages[0]"},
      {R"({"model":"m","max_tokens":1,"messages":[{"content":7}]})", "messages[0].content"},
      {R"({"model":"m","max_tokens":1,"messages":[{"content":["x"]}]})", "messages[0].content[0]"},
      {R"({"model":"m","max_tokens":1,"system":7})", "system"},
      {R"({"model":"m","max_tokens":1,"tools":{}})", "tools"},
      {R"({"model":"m","max_tokens":1,"tools":[1]})", "tools[0]"},
      {R"({"model":"m","max_tokens":1,"tools":[{"type":"custom","type":"bash_20250124"}]})",
       "tools[0].type"},
      {R"({"model":"m","max_tokens":1,"tools":[{"type":"web_search_20250305","max_uses":0}]})",
       "tools[0].max_uses"},
      {R"({"model":"m","max_tokens":1,"thinking":true})", "thinking"},
      {R"({"model":"m","max_tokens":1,"thinking":{"type":"enabled","budget_tokens":"1"}})",
       "thinking.budget_tokens"},
  };
  for (const auto& row : table) {
    const auto request = parse(row.body);
    ASSERT_FALSE(request) << row.body;
    EXPECT_EQ(request.error().code, ErrorCode::invalid) << row.body;
    EXPECT_EQ(request.error().where, row.where) << row.body;
  }
}

TEST(AnthropicRequest, WhatCostsWithoutAPriceIsNamed) {
  struct {
    const char* members;
    const char* path;
  } const table[] = {
      {R"("speed":"fast")", "speed"},
      {R"("inference_geo":"us")", "inference_geo"},
      {R"("service_tier":"batch")", "service_tier"},
      {R"("mcp_servers":[{"type":"url"}])", "mcp_servers"},
      {R"("fallbacks":"default")", "fallbacks"},
      {R"("compaction":{"type":"summarize"})", "compaction"},
      {R"("thread":{"type":"create"})", "thread"},
      {R"("fallback_credit_token":"t")", "fallback_credit_token"},
      {R"("billing_policy":{"type":"billing_policy","bill_to":"user_profile"})", "billing_policy"},
      {R"("container":{"id":"c","skills":[{"type":"anthropic","skill_id":"pdf"}]})",
       "container.skills"},
      {R"("context_management":{"edits":[{"type":"clear_thinking_20251015"},)"
       R"({"type":"compact_20260112"}]})",
       "context_management.edits[1]"},
      {R"("context_management":{"edits":[{"type":"clear_thinking_20251015","type":"x"}]})",
       "context_management.edits[0]"},
      {R"("safeguards":[{"type":"dangerous_tool_use"},{"type":"other"}])", "safeguards[1]"},
      {R"("safeguards":[{"type":"dangerous_tool_use","type":"other"}])", "safeguards[0]"},
      {R"("safeguards":["dangerous_tool_use"])", "safeguards[0]"},
      {R"("safeguards":{"type":"dangerous_tool_use"})", "safeguards"},
      {R"("tools":[{"name":"a"},{"type":"mcp_toolset","mcp_server_name":"s"}])", "tools[1].type"},
      {R"("tools":[{"type":"advisor_20260301","model":"claude-y"}])", "tools[0].type"},
      {R"("cache_control":{"type":"ephemeral","ttl":"24h"})", "cache_control"},
      {R"("cache_control":{"type":"forever"})", "cache_control"},
  };
  for (const auto& row : table) EXPECT_EQ(facts_of(with(row.members)).unpriced, row.path);
}

TEST(AnthropicRequest, WhatThisWireDoesNotKnowIsNamed) {
  struct {
    const char* members;
    const char* path;
  } const table[] = {
      {R"("batch":true)", "batch"},
      {R"("betas":["x"])", "betas"},
      {R"("thinking":{"type":"turbo"})", "thinking.type"},
      {R"("output_config":{"effort":"low","quality":2})", "output_config.quality"},
      {R"("context_management":{"grow":{}})", "context_management.grow"},
      {R"("container":{"gpu":1})", "container.gpu"},
      {R"("system":[{"type":"text","text":"a"},{"type":"song"}])", "system[1].type"},
      {R"("system":[{"text":"a"}])", "system[0].type"},
  };
  for (const auto& row : table) EXPECT_EQ(facts_of(with(row.members)).unknown, row.path);
}

TEST(AnthropicRequest, WhatChangesNoPricePasses) {
  for (const char* members :
       {R"("metadata":{"user_id":"u"},"top_k":5,"top_p":0.5,"tool_choice":{"type":"auto"})",
        R"("service_tier":"auto","speed":"standard","inference_geo":"global")",
        R"("service_tier":"standard_only","speed":null,"inference_geo":null,"mcp_servers":[])",
        R"("context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]})",
        R"("output_config":{"effort":"high","format":null,"task_budget":{"type":"tokens"}})",
        R"("safeguards":[{"type":"dangerous_tool_use","classifier_context":{"v":1}}])",
        R"("safeguards":[],"temperature":1)", R"("safeguards":null)",
        R"("diagnostics":{"previous_message_id":"m"},"container":null,"fallbacks":null)",
        R"("tools":[{"name":"a","input_schema":{}},{"type":"custom","name":"b"},)"
        R"({"type":"bash_20250124","name":"bash"},{"type":"memory_20250818","name":"memory"}])"}) {
    const CallFacts facts = facts_of(with(members));
    EXPECT_EQ(facts.unpriced, "") << members;
    EXPECT_EQ(facts.unknown, "") << members;
    EXPECT_TRUE(facts.extras.empty() && facts.rounds == 1 && !facts.refers_outside) << members;
  }
}

TEST(AnthropicRequest, ToolsBringWhatTheBodyDoesNotShow) {
  const std::string custom = with(R"("tools":[{"name":"a","input_schema":{}}])");
  EXPECT_EQ(facts_of(custom).input_tokens_max,
            static_cast<std::int64_t>(custom.size()) + 128 + 16 + 1'024 + 64);
  const std::string client = with(R"("tools":[{"type":"computer_20251124","name":"computer"}])");
  EXPECT_EQ(facts_of(client).input_tokens_max,
            static_cast<std::int64_t>(client.size()) + 128 + 16 + 1'024 + 2'048);
  EXPECT_TRUE(facts_of(with(R"("tools":[{"type":"browser_toolset_20260801"}])")).refers_outside);
  const std::string schema = with(R"("output_config":{"format":{"type":"json_schema"}})");
  EXPECT_EQ(facts_of(schema).input_tokens_max,
            static_cast<std::int64_t>(schema.size()) + 128 + 16 + 512 + 22);
}

TEST(AnthropicRequest, HostedToolsReadTheInputAgain) {
  const CallFacts searched =
      facts_of(with(R"("tools":[{"type":"web_search_20250305","name":"web_search","max_uses":3},)"
                    R"({"type":"web_fetch_20250910","name":"web_fetch","max_uses":2}])"));
  EXPECT_EQ(searched.rounds, 6);
  ASSERT_NE(extra_of(searched, Dimension::web_search), nullptr);
  EXPECT_EQ(extra_of(searched, Dimension::web_search)->most, 3);
  EXPECT_EQ(extra_of(searched, Dimension::web_search)->path, "tools[0]");
  // Code that calls the search goes round as well.
  EXPECT_EQ(facts_of(with(R"("tools":[{"type":"web_search_20260209","max_uses":3}])")).rounds, 14);
  const CallFacts coded = facts_of(with(R"("tools":[{"type":"code_execution_20250825"}])"));
  EXPECT_EQ(coded.rounds, 11);
  ASSERT_NE(extra_of(coded, Dimension::code_session), nullptr);
  EXPECT_EQ(extra_of(coded, Dimension::code_session)->most, 1);
  EXPECT_EQ(facts_of(with(R"("tools":[{"type":"tool_search_tool_bm25_20251119"}])")).rounds, 11);
}

TEST(AnthropicRequest, AHostedToolWithoutAnEndIsGivenOne) {
  const auto rewritten = [](const std::string& tool) {
    const auto request = parse(with(R"("tools":[)" + tool + "]"));
    EXPECT_EQ((*request)->facts().rounds, 1 + kHostedUses);
    return (*request)->rewritten(
        {.model = "claude-x", .output_cap = std::nullopt, .cap_field = {}});
  };
  EXPECT_EQ(rewritten(R"({ "type":"web_search_20250305"})"),
            with(R"("tools":[{"max_uses":5, "type":"web_search_20250305"}])"));
  EXPECT_EQ(rewritten(R"({"type":"web_search_20250305","max_uses":null})"),
            with(R"("tools":[{"type":"web_search_20250305","max_uses":5}])"));
}

TEST(AnthropicRequest, CacheControlIsFoundWhereverItStands) {
  struct {
    std::string body;
    Dimension dimension;
    const char* path;
  } const table[] = {
      {with(R"("cache_control":{"type":"ephemeral"})"), Dimension::cache_write_5m, "cache_control"},
      {with(R"("cache_control":{"type":"ephemeral","ttl":"5m"})"), Dimension::cache_write_5m,
       "cache_control"},
      {with(R"("system":[{"type":"text","text":"a"},)"
            R"({"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"}}])"),
       Dimension::cache_write_1h, "system[1].cache_control"},
      {with(R"("tools":[{"name":"a","cache_control":{"type":"ephemeral"}}])"),
       Dimension::cache_write_5m, "tools[0].cache_control"},
      {with_content(R"([{"type":"text","text":"a","cache_control":{"ttl":"1h"}}])"),
       Dimension::cache_write_1h, "messages[0].content[0].cache_control"},
      {with_content(R"([{"type":"tool_result","content":[{"type":"text","text":"a",)"
                    R"("cache_control":{"type":"ephemeral"}}]}])"),
       Dimension::cache_write_5m, "messages[0].content[0].content[0].cache_control"},
      {with_content(R"([{"type":"document","source":{"type":"content","content":[)"
                    R"({"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}}])"),
       Dimension::cache_write_5m, "messages[0].content[0].source.content[0].cache_control"},
  };
  for (const auto& row : table) {
    const CallFacts facts = facts_of(row.body);
    ASSERT_EQ(facts.extras.size(), 1U) << row.body;
    EXPECT_EQ(facts.extras[0].dimension, row.dimension) << row.body;
    EXPECT_EQ(facts.extras[0].path, row.path);
  }
  // The arguments of a call are text, whatever they are called.
  EXPECT_TRUE(facts_of(with_content(R"([{"type":"tool_use","input":{"cache_control":{},)"
                                    R"("source":{"type":"url"},"file_id":"f"}}])"))
                  .extras.empty());
}

TEST(AnthropicRequest, WhatStandsElsewhereIsBoundByTheContext) {
  for (const char* blocks :
       {R"([{"type":"image","source":{"type":"url","url":"https://e.org/a.png"}}])",
        R"([{"type":"document","source":{"type":"file","file_id":"file_1"}}])",
        R"([{"type":"document","source":{"type":"base64","media_type":"application/pdf",)"
        R"("data":"JVBERi0="}}])",
        R"([{"type":"image","source":{"type":"base64","data":"AAAA","data":"AAAA"}}])",
        R"([{"type":"tool_result","content":[{"type":"image","source":{"type":"url"}}]}])",
        R"([{"type":"container_upload","file_id":"file_1"}])"}) {
    EXPECT_TRUE(facts_of(with_content(blocks)).refers_outside) << blocks;
  }
  EXPECT_FALSE(facts_of(with_content(R"([{"type":"document","source":{"type":"text","data":"a"}},)"
                                     R"({"type":"search_result","source":"https://e.org",)"
                                     R"("content":[{"type":"text","text":"a"}]}])"))
                   .refers_outside);
}

TEST(AnthropicRequest, AnImageCostsItsPixels) {
  // 1 x 1, as any encoder writes it.
  const std::string png =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
      "gg==";
  const std::string body = with_content(
      R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":")" + png +
      "\"}}]");
  const auto request = parse(body);
  ASSERT_TRUE(request);
  EXPECT_FALSE((*request)->facts().refers_outside);
  EXPECT_TRUE((*request)->facts().has_images);
  EXPECT_EQ((*request)->facts().input_tokens_max,
            static_cast<std::int64_t>(body.size() - png.size() - 2) + 128 + 16);
  EXPECT_EQ((*request)->image_tokens("claude-opus-4-7"), 1);
  EXPECT_EQ((*request)->image_tokens("other"), std::nullopt);
}

TEST(AnthropicRequest, ThingsKeptAtTheProviderAreNamed) {
  const CallFacts facts = facts_of(
      R"({"model":"m","max_tokens":1,"container":"container_1","messages":[{"role":"user",)"
      R"("content":[{"type":"document","source":{"type":"file","file_id":"file_1"}}]}]})");
  EXPECT_EQ(facts.object_ids, (std::vector<std::string>{"container_1", "file_1"}));
  EXPECT_EQ(facts_of(with(R"("container":{"id":"c"})")).object_ids, std::vector<std::string>{"c"});
}

TEST(AnthropicRequest, AToolAddedInMidConversationCountsAsOne) {
  const CallFacts facts =
      facts_of(R"({"model":"m","max_tokens":1,"messages":[{"role":"system","content":[)"
               R"({"type":"tool_addition","tool":{"type":"tool_definition","definition":)"
               R"({"type":"web_search_20250305","max_uses":2}}}]}]})");
  EXPECT_EQ(facts.rounds, 3);
  ASSERT_EQ(facts.extras.size(), 1U);
  EXPECT_EQ(facts.extras[0].path, "messages[0].content[0].tool.definition");
}

TEST(AnthropicRequest, AClampLeavesTheThinkingItsBudget) {
  struct {
    const char* thinking;
    ReasoningWish reasoning;
    std::int64_t least;
  } const table[] = {
      {R"({"type":"enabled","budget_tokens":4000})", ReasoningWish::on, 4'256},
      {R"({"type":"adaptive"})", ReasoningWish::on, 256},
      {R"({"type":"disabled"})", ReasoningWish::off, 256},
      {"null", ReasoningWish::model_decides, 256},
  };
  for (const auto& row : table) {
    const CallFacts facts = facts_of(with(std::string(R"("thinking":)") + row.thinking));
    EXPECT_EQ(facts.reasoning, row.reasoning);
    EXPECT_EQ(facts.output_min_tokens, row.least);
  }
  // The engine is told never to give less; what is asked for itself is the most it can give.
  Price price = flat_price({.input_pico = 5'000'000, .output_pico = 25'000'000});
  price.context_tokens = 200'000;
  price.max_output_tokens = 64'000;
  const auto least = [&](const char* cap) {
    const auto request = parse(std::string(R"({"model":"m","max_tokens":)") + cap +
                               R"(,"thinking":{"type":"enabled","budget_tokens":4000}})");
    return bound_call((*request)->facts(), {.price = &price})->output->min_tokens;
  };
  EXPECT_EQ(least("10000"), 4'256);
  EXPECT_EQ(least("4001"), 4'001);
}

TEST(AnthropicRequest, WithoutOutputNothingIsCapped) {
  const CallFacts facts = facts_of(R"({"model":"m","max_tokens":0,"messages":[]})");
  EXPECT_FALSE(facts.makes_output);
}

TEST(AnthropicRequest, UnknownBetasAreNamed) {
  const auto unknown = [](const http::Headers& headers) {
    const auto request = parse(with(""), headers);
    return (*request)->facts().unknown;
  };
  // As Claude Code sends them for a usual turn.
  const http::Headers usual{
      {"anthropic-beta",
       "claude-code-20250219, interleaved-thinking-2025-05-14,thinking-token-count-2026-05-13,"
       "context-management-2025-06-27,prompt-caching-scope-2026-01-05,effort-2025-11-24,"
       "advanced-tool-use-2025-11-20,context-1m-2025-08-07,extended-cache-ttl-2025-04-11"},
      {"anthropic-beta", "oauth-2025-04-20, "}};
  EXPECT_EQ(unknown(usual), "");
  EXPECT_EQ(unknown({{"Anthropic-Beta", "oauth-2025-04-20,gold-2027-01-01,x"}}),
            "anthropic-beta: gold-2027-01-01");
  EXPECT_EQ(unknown({{"anthropic-beta", "a"}, {"anthropic-beta", "b"}}), "anthropic-beta: a");
  EXPECT_FALSE(is_known_beta(""));
}

TEST(AnthropicRequest, OnlyTheStatedEditsAreWritten) {
  const std::string body =
      R"( {"max_tokens" : 1000, "model":"a/claude-x","messages":[ ],"x":{"max_tokens":1000}} )";
  const auto request = parse(body);
  const auto rewritten = [&](const char* model, std::optional<std::int64_t> cap) {
    return (*request)->rewritten({.model = model, .output_cap = cap, .cap_field = "max_tokens"});
  };
  EXPECT_EQ(rewritten("a/claude-x", std::nullopt), body);
  EXPECT_EQ(rewritten("a/claude-x", 1'000), body);
  EXPECT_EQ(rewritten("a/claude-x", 2'000), body);
  EXPECT_EQ(rewritten("claude-x", 500),
            R"( {"max_tokens" : 500, "model":"claude-x","messages":[ ],"x":{"max_tokens":1000}} )");
}

TEST(AnthropicRequest, OnlyTheKnownParameterGoesUp) {
  const auto target = [](std::string_view query) {
    return (*parse(with(""), kNoHeaders, query))->upstream_target({});
  };
  EXPECT_EQ(target(""), "/v1/messages");
  EXPECT_EQ(target("beta=true"), "/v1/messages?beta=true");
  EXPECT_EQ(target("beta=true&x=1"), "/v1/messages");
}

TEST(AnthropicRequest, AsksTheProviderToCountWhatCounts) {
  const auto request = parse(
      R"({"model":"a/claude-x","max_tokens":9,"stream":true,"messages":[{"role":"user",)"
      R"("content":"h\u00e9"}],"system":"s","temperature":1,"metadata":{},"tools":[],"x":1})");
  const auto probe =
      (*request)->count_probe({.model = "claude-x", .output_cap = std::nullopt, .cap_field = {}});
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->path, "/v1/messages/count_tokens");
  EXPECT_EQ(probe->body,
            R"({"model":"claude-x","messages":[{"role":"user","content":"h\u00e9"}],"system":"s",)"
            R"("tools":[]})");
  const AnthropicMessages wire;
  EXPECT_EQ(wire.read_count(R"({"input_tokens":14})"), 14);
  for (const char* answer : {"", "[]", "{}", R"({"input_tokens":-1})", R"({"input_tokens":"1"})",
                             R"({"input_tokens":1.5})"}) {
    EXPECT_EQ(wire.read_count(answer), std::nullopt) << answer;
  }
}

TEST(AnthropicCount, BillsNothingAndNeedsAModel) {
  const AnthropicCountTokens wire;
  const WireRequest head{
      .method = "POST", .path = "/v1/messages/count_tokens", .query = {}, .headers = kNoHeaders};
  EXPECT_TRUE(wire.serves(head.path));
  EXPECT_FALSE(AnthropicMessages().serves(head.path));
  const auto request =
      wire.parse(head, R"({"model":"a/m","messages":[],"speed":"fast","anything":1})");
  ASSERT_TRUE(request);
  EXPECT_TRUE((*request)->facts().bills_nothing);
  EXPECT_EQ((*request)->facts().unknown + (*request)->facts().unpriced, "");
  EXPECT_EQ((*request)->upstream_target({}), "/v1/messages/count_tokens");
  EXPECT_EQ((*request)->rewritten({.model = "m", .output_cap = 5, .cap_field = {}}),
            R"({"model":"m","messages":[],"speed":"fast","anything":1})");
  EXPECT_FALSE(wire.parse(head, R"({"messages":[]})"));
  EXPECT_FALSE(wire.parse(head, R"({"model":"a","model":"b"})"));
  EXPECT_FALSE(wire.parse(head, R"([)"));
}

TEST(AnthropicMessagesWire, PutsTheKeyWhereItsServersLook) {
  http::Headers headers{{"anthropic-beta", "x"}};
  AnthropicMessages().authorize(headers, "sk");
  EXPECT_EQ(headers.find("x-api-key"), "sk");
  EXPECT_EQ(headers.find("anthropic-version"), "2023-06-01");
  http::Headers stated{{"Anthropic-Version", "2024-01-01"}};
  AnthropicMessages().authorize(stated, "sk");
  EXPECT_EQ(stated.all("anthropic-version"), std::vector<std::string_view>{"2024-01-01"});
}

}  // namespace
}  // namespace ringfence::llm
