// SPDX-License-Identifier: Apache-2.0
#include "tests/property/bound_requests.h"

#include <iterator>
#include <vector>

namespace ringfence::testing {
namespace {

// Members in random order would be legal, too; the dialects' own tests shuffle them.
class Members {
 public:
  Members& add(const std::string& name, const std::string& value) {
    text_ += (text_.empty() ? "\"" : ",\"") + name + "\":" + value;
    return *this;
  }
  Members& maybe(bool present, const std::string& name, const std::string& value) {
    return present ? add(name, value) : *this;
  }
  std::string object() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string quoted(const std::string& plain) { return "\"" + plain + "\""; }

}  // namespace

std::string RequestMaker::one_of(std::initializer_list<const char*> choices) {
  return *(choices.begin() + below(static_cast<int>(choices.size())));
}

std::string RequestMaker::text(int pieces) {
  static const char* const kPieces[] = {"a",
                                        "the quick fox ",
                                        "\xC3\xA9t\xC3\xA9 ",
                                        "\xE6\xBC\xA2\xE5\xAD\x97",
                                        "\xF0\x9F\x98\x80",
                                        "\\n\\n",
                                        "\\\"",
                                        "\\u20ac",
                                        "\\ud83d\\ude00",
                                        "{}[],:",
                                        "    ",
                                        "x=1;",
                                        "0123456789"};
  std::string out = "\"";
  for (int i = 1 + below(pieces); i > 0; --i) out += kPieces[below(std::size(kPieces))];
  return out + "\"";
}

template <class Make>
std::string RequestMaker::list(int most, Make make) {
  std::string out;
  for (int i = 1 + below(most); i > 0; --i) out += (out.empty() ? "" : ",") + make();
  return "[" + out + "]";
}

std::string RequestMaker::schema(int depth) {
  if (depth == 0 || maybe(50)) {
    return R"({"type":"string","description":)" + text(8) + "}";
  }
  Members properties;
  for (int i = below(4); i > 0; --i) properties.add("p" + std::to_string(i), schema(depth - 1));
  return R"({"type":"object","properties":)" + properties.object() + R"(,"required":[]})";
}

std::string RequestMaker::chat_message() {
  const std::string role = one_of({"system", "developer", "user", "user"});
  if (maybe(15)) {
    return R"({"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",)"
           R"("function":{"name":"f","arguments":)" +
           text(20) + "}}]}";
  }
  if (maybe(10)) return R"({"role":"tool","tool_call_id":"call_1","content":)" + text(30) + "}";
  if (maybe(60)) return R"({"role":")" + role + R"(","content":)" + text(40) + "}";
  return R"({"role":")" + role + R"(","content":)" +
         list(4, [&] { return R"({"type":"text","text":)" + text(20) + "}"; }) + "}";
}

WireCall RequestMaker::openai_chat() {
  const auto tool = [&] {
    return R"({"type":"function","function":{"name":"f","description":)" + text(20) +
           R"(,"parameters":)" + schema(3) + "}}";
  };
  Members body;
  body.add("model", quoted("gpt-test"));
  body.add("messages", list(8, [&] { return chat_message(); }));
  body.maybe(maybe(50), one_of({"max_tokens", "max_completion_tokens"}),
             std::to_string(1 + below(20'000)));
  body.maybe(maybe(20), "n", std::to_string(1 + below(4)));
  body.maybe(maybe(40), "stream", one_of({"true", "false"}));
  body.maybe(maybe(40), "tools", list(6, tool));
  body.maybe(maybe(10), "reasoning_effort", one_of({"\"low\"", "\"high\"", "\"none\""}));
  body.maybe(maybe(10), "prediction", R"({"type":"content","content":)" + text(30) + "}");
  body.maybe(maybe(10), "response_format",
             R"({"type":"json_schema","json_schema":{"name":"s","schema":)" + schema(3) + "}}");
  body.maybe(maybe(5), "service_tier", one_of({"\"auto\"", "\"flex\"", "\"priority\""}));
  body.maybe(maybe(20), "temperature", "0.7");
  return {"/v1/chat/completions", "", body.object()};
}

WireCall RequestMaker::openai_responses() {
  const auto item = [&]() -> std::string {
    if (maybe(15)) {
      return R"({"type":"function_call","call_id":"c","name":"f","arguments":)" + text(20) + "}";
    }
    if (maybe(15)) {
      return R"({"type":"function_call_output","call_id":"c","output":)" + text(30) + "}";
    }
    if (maybe(50)) return R"({"role":"user","content":)" + text(30) + "}";
    return R"({"type":"message","role":"user","content":)" +
           list(3, [&] { return R"({"type":"input_text","text":)" + text(20) + "}"; }) + "}";
  };
  const auto tool = [&]() -> std::string {
    if (maybe(10)) return R"({"type":"web_search"})";
    if (maybe(15)) return R"({"type":"custom","name":"patch","description":)" + text(20) + "}";
    return R"({"type":"function","name":"f","strict":false,"description":)" + text(20) +
           R"(,"parameters":)" + schema(3) + "}";
  };
  Members body;
  body.add("model", quoted("gpt-test"));
  body.add("input", maybe(30) ? text(60) : list(8, item));
  body.maybe(maybe(60), "instructions", text(60));
  body.maybe(maybe(50), "max_output_tokens", std::to_string(16 + below(20'000)));
  body.maybe(maybe(30), "max_tool_calls", std::to_string(1 + below(10)));
  body.maybe(maybe(50), "stream", one_of({"true", "false"}));
  body.maybe(maybe(50), "tools", list(6, tool));
  body.maybe(maybe(20), "reasoning", R"({"effort":"low"})");
  body.maybe(maybe(20), "store", one_of({"true", "false"}));
  body.maybe(maybe(10), "text",
             R"({"format":{"type":"json_schema","name":"s","schema":)" + schema(3) + "}}");
  return {"/v1/responses", "", body.object()};
}

WireCall RequestMaker::openai_embeddings() {
  const auto number = [&] { return std::to_string(below(100'000)); };
  std::string input = text(80);
  if (maybe(40)) input = list(20, [&] { return text(40); });
  if (maybe(20)) input = list(60, number);
  if (maybe(20)) input = list(5, [&] { return list(40, number); });
  Members body;
  body.add("model", quoted("gpt-test")).add("input", input);
  body.maybe(maybe(40), "encoding_format", one_of({"\"float\"", "\"base64\""}));
  body.maybe(maybe(20), "dimensions", "256");
  return {"/v1/embeddings", "", body.object()};
}

std::string RequestMaker::cache_control() {
  return one_of({R"(,"cache_control":{"type":"ephemeral"})",
                 R"(,"cache_control":{"type":"ephemeral","ttl":"5m"})",
                 R"(,"cache_control":{"type":"ephemeral","ttl":"1h"})", "", "", ""});
}

std::string RequestMaker::anthropic_block() {
  if (maybe(10)) return R"({"type":"tool_use","id":"t","name":"f","input":)" + schema(2) + "}";
  if (maybe(10)) return R"({"type":"tool_result","tool_use_id":"t","content":)" + text(30) + "}";
  return R"({"type":"text","text":)" + text(30) + cache_control() + "}";
}

WireCall RequestMaker::anthropic_messages() {
  const auto message = [&] {
    const std::string role = one_of({"user", "assistant"});
    return R"({"role":")" + role + R"(","content":)" +
           (maybe(50) ? text(40) : list(4, [&] { return anthropic_block(); })) + "}";
  };
  const auto tool = [&]() -> std::string {
    if (maybe(10)) {
      return R"({"type":"web_search_20250305","name":"web_search","max_uses":)" +
             std::to_string(1 + below(5)) + "}";
    }
    if (maybe(10)) return R"({"type":"bash_20250124","name":"bash"})";
    return R"({"name":"f","description":)" + text(20) + R"(,"input_schema":)" + schema(3) +
           cache_control() + "}";
  };
  const int budget = 1'024 + below(8'000);
  const bool thinks = maybe(20);
  Members body;
  body.add("model", quoted("gpt-test"));
  body.add("max_tokens", std::to_string((thinks ? budget : 0) + 1 + below(20'000)));
  body.add("messages", list(8, message));
  body.maybe(maybe(60), "system", maybe(50) ? text(60) : list(3, [&] {
               return R"({"type":"text","text":)" + text(40) + cache_control() + "}";
             }));
  body.maybe(maybe(50), "stream", one_of({"true", "false"}));
  body.maybe(maybe(50), "tools", list(6, tool));
  body.maybe(thinks, "thinking",
             R"({"type":"enabled","budget_tokens":)" + std::to_string(budget) + "}");
  body.maybe(maybe(20), "temperature", "1");
  body.maybe(maybe(20), "metadata", R"({"user_id":"u"})");
  return {"/v1/messages", maybe(30) ? "beta=true" : "", body.object()};
}

WireCall RequestMaker::gemini() {
  const auto part = [&]() -> std::string {
    if (maybe(10)) return R"({"functionCall":{"name":"f","args":)" + schema(1) + "}}";
    if (maybe(10)) {
      return R"({"functionResponse":{"name":"f","response":{"result":)" + text(20) + "}}}";
    }
    return R"({"text":)" + text(30) + "}";
  };
  const auto content = [&] {
    return R"({"role":")" + one_of({"user", "model"}) + R"(","parts":)" + list(4, part) + "}";
  };
  const auto declaration = [&] {
    return R"({"name":"f","description":)" + text(20) + R"(,"parameters":)" + schema(2) + "}";
  };
  Members config;
  config.maybe(maybe(60), "maxOutputTokens", std::to_string(1 + below(20'000)));
  config.maybe(maybe(20), "candidateCount", std::to_string(1 + below(4)));
  config.maybe(maybe(20), "temperature", "0.5");
  config.maybe(maybe(30), "thinkingConfig",
               R"({"thinkingBudget":)" + std::to_string(below(4'000)) + "}");
  Members body;
  body.add("contents", list(6, content));
  body.maybe(maybe(50), "systemInstruction", R"({"parts":)" + list(2, part) + "}");
  body.maybe(maybe(70), "generationConfig", config.object());
  body.maybe(maybe(40), "tools", R"([{"functionDeclarations":)" + list(4, declaration) + "}]");
  const bool streams = maybe(40);
  return {std::string("/v1beta/models/gpt-test:") +
              (streams ? "streamGenerateContent" : "generateContent"),
          streams ? "alt=sse" : "", body.object()};
}

}  // namespace ringfence::testing
