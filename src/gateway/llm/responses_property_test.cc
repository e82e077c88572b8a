// SPDX-License-Identifier: Apache-2.0
// Generated requests and streams of the Responses wire: what the gateway writes is where it must be
// and nowhere else, the input bound is never below the text, and a stream reads the same however it
// is cut.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/json.h"
#include "gateway/llm/openai_responses_meter.h"
#include "gateway/llm/openai_responses_request.h"

namespace ringfence::llm {
namespace {

constexpr int kCases = 4'000;
constexpr unsigned kSeed = 20'261'122;

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool maybe(int percent) { return below(100) < percent; }
  std::string blanks() {
    std::string out;
    for (int i = below(3); i > 0; --i) out += " \n\t\r"[below(4)];
    return out;
  }
  // A string as written; `decoded` grows by the bytes it stands for.
  std::string quoted(int length_max) {
    static const std::pair<const char*, int> kPieces[] = {
        {"a", 1},       {"hello ", 6},         {"\xC3\xA9", 2}, {"\xF0\x9F\x98\x80", 4},
        {"\\n", 1},     {"\\\"", 1},           {"\\\\", 1},     {"\\u0041", 1},
        {"\\u20ac", 3}, {"\\ud83d\\ude00", 4}, {"{}[],:", 6},   {"\\/", 1}};
    std::string out = "\"";
    for (int i = below(length_max + 1); i > 0; --i) {
      const auto& [piece, size] = kPieces[below(std::size(kPieces))];
      out += piece;
      decoded += size;
    }
    return out + "\"";
  }
  std::string input() {
    if (maybe(30)) return quoted(20);
    std::string out = "[" + blanks();
    for (int i = below(4), first = 1; i > 0; --i, first = 0) {
      if (!first) out += blanks() + "," + blanks();
      switch (below(3)) {
        case 0: out += R"({"role":"user","content":)" + blanks() + quoted(20) + "}"; break;
        case 1:
          out += R"({"type":"message","role":"user","content":[{"type":"input_text","text":)" +
                 quoted(20) + "}]}";
          break;
        default:
          out += R"({"type":"function_call_output","call_id":"c","output":)" + quoted(20) + "}";
      }
    }
    return out + blanks() + "]";
  }

  std::int64_t decoded = 0;
  std::mt19937 random_;
};

struct Member {
  std::string name, value, expected;
};

struct Case {
  std::string body, expected;
  Rewrite rewrite;
};

Case generate(Generator& g) {
  Case out;
  std::vector<Member> members;
  std::string inserted;
  out.rewrite.model = g.maybe(50) ? "gpt-test" : "other \"2\"";
  std::string written;
  append_json_string(written, out.rewrite.model);
  members.push_back({"model", g.maybe(40) ? written : "\"openai/gpt-test\"", written});
  const std::string input = g.input();
  members.push_back({"input", input, input});
  if (g.maybe(70)) out.rewrite.output_cap = 1 + g.below(2'000);
  const std::int64_t held = out.rewrite.output_cap.value_or(0);
  if (const int form = g.below(3); form == 0) {
    if (held > 0) inserted += "\"max_output_tokens\":" + std::to_string(held) + ",";
  } else {
    const std::int64_t stated = 1 + g.below(2'000);
    const std::string value = form == 1 ? "null" : std::to_string(stated);
    const bool replaced = held > 0 && (form == 1 || stated > held);
    members.push_back({"max_output_tokens", value, replaced ? std::to_string(held) : value});
  }
  const bool hosted = g.maybe(40);
  const std::string tools = hosted ? R"([{"type":"function"},{"type":"web_search"}])"
                                   : R"([{"type":"function","name":"max_tool_calls"}])";
  members.push_back({"tools", tools, tools});
  if (const int form = g.below(3); form == 0) {
    if (hosted) inserted += "\"max_tool_calls\":8,";
  } else {
    const std::string value = form == 1 ? "null" : std::to_string(g.below(9));
    members.push_back({"max_tool_calls", value, hosted && form == 1 ? "8" : value});
  }
  for (const char* field : {"stream", "store", "instructions", "metadata", "x_vendor"}) {
    if (!g.maybe(40)) continue;
    std::string value = g.maybe(50) ? "true" : "false";
    if (std::string(field) == "instructions") value = g.quoted(10);
    if (std::string(field) == "metadata") value = R"({"model":"decoy","max_output_tokens":1})";
    members.push_back({field, value, value});
  }
  std::shuffle(members.begin(), members.end(), g.random_);
  out.body = g.blanks() + "{";
  out.expected = out.body + inserted;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string before = (i == 0 ? "" : ",") + g.blanks() + "\"" + members[i].name + "\"" +
                               g.blanks() + ":" + g.blanks();
    const std::string after = g.blanks();
    out.body += before + members[i].value + after;
    out.expected += before + members[i].expected + after;
  }
  const std::string end = "}" + g.blanks();
  out.body += end;
  out.expected += end;
  return out;
}

TEST(ResponsesProperty, BytesOutsideTheEditsAreUnchangedAndTheBoundHolds) {
  for (unsigned i = 0; i < kCases; ++i) {
    Generator g(kSeed + i);
    const Case c = generate(g);
    const auto request = ResponsesRequest::parse(c.body);
    ASSERT_TRUE(request) << "seed " << kSeed + i << ": " << request.error().text() << "\n"
                         << c.body;
    ASSERT_EQ((*request)->rewritten(c.rewrite), c.expected) << "seed " << kSeed + i;
    ASSERT_GE((*request)->facts().input_tokens_max, g.decoded);
    ASSERT_TRUE(Json::parse(c.expected)) << c.expected;
  }
}

std::string event(Generator& g) {
  static const char* const kTypes[] = {"response.output_text.delta",
                                       "response.output_text.done",
                                       "response.output_item.added",
                                       "response.output_item.done",
                                       "response.function_call_arguments.delta",
                                       "response.reasoning_summary_text.delta",
                                       "response.created",
                                       "response.completed",
                                       "response.new"};
  const std::string type = kTypes[g.below(std::size(kTypes))];
  std::string data = R"({"type":")" + type + R"(","output_index":)" + std::to_string(g.below(3));
  const std::string item = R"({"type":"message","id":"i)" + std::to_string(g.below(9)) +
                           R"(","content":[{"type":"output_text","text":)" + g.quoted(9) + "}]}";
  if (type.find("item") != std::string::npos) {
    data += ",\"item\":" + item;
  } else if (type.ends_with("created") || type.ends_with("completed")) {
    data += R"(,"response":{"id":"r","output":[)" + item +
            R"(],"usage":{"input_tokens":9,"output_tokens":)" + std::to_string(g.below(9)) + "}}";
  } else {
    data += (type.ends_with("delta") ? ",\"delta\":" : ",\"text\":") + g.quoted(9);
  }
  const char* const end = g.maybe(50) ? "\n" : "\r\n";
  if (g.maybe(5)) data += "!";  // damage
  return (g.maybe(50) ? "event: " + type + end : std::string()) + "data: " + data + "}" + end + end;
}

TEST(ResponsesProperty, AStreamReadsTheSameHoweverItIsCut) {
  for (unsigned i = 0; i < 500; ++i) {
    Generator g(kSeed + i);
    std::string text;
    for (int n = 1 + g.below(8); n > 0; --n) text += event(g);
    ResponsesStreamMeter whole;
    std::string all;
    whole.feed(text, all);
    whole.end(all);
    ResponsesStreamMeter pieces;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = 1 + static_cast<std::size_t>(g.below(40));
      pieces.feed(std::string_view(text).substr(at, size), out);
      at += size;
    }
    pieces.end(out);
    ASSERT_EQ(all, text) << "seed " << kSeed + i;
    ASSERT_EQ(out, text) << "seed " << kSeed + i;
    ASSERT_EQ(pieces.seen().usage, whole.seen().usage);
    ASSERT_EQ(pieces.seen().usage_state, whole.seen().usage_state);
    ASSERT_EQ(pieces.seen().text_bytes_max, whole.seen().text_bytes_max);
    ASSERT_EQ(pieces.seen().text_bytes_min, whole.seen().text_bytes_min);
    ASSERT_EQ(pieces.seen().hidden_output, whole.seen().hidden_output);
    ASSERT_EQ(pieces.seen().damaged, whole.seen().damaged);
    ASSERT_EQ(pieces.seen().finished, whole.seen().finished);
    ASSERT_EQ(pieces.object_ids(), whole.object_ids());
    ASSERT_LE(whole.seen().text_bytes_min, whole.seen().text_bytes_max);
  }
}

}  // namespace
}  // namespace ringfence::llm
