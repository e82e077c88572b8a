// SPDX-License-Identifier: Apache-2.0
// Generated requests: what the gateway writes is where it must be and nowhere else, and the input
// bound is never below the bytes that a tokenizer could see. Generated streams: in whatever pieces
// they come, the same bytes go on and the same is seen.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "base/json.h"
#include "gateway/llm/anthropic_meter.h"
#include "gateway/llm/anthropic_request.h"

namespace ringfence::llm {
namespace {

constexpr int kRequests = 2'000;
constexpr int kStreams = 500;
constexpr unsigned kSeed = 20'261'122;

struct Part {
  std::string sent, expected;
};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(engine_); }
  bool maybe(int percent) { return below(100) < percent; }
  template <class T>
  void shuffle(std::vector<T>& all) {
    std::shuffle(all.begin(), all.end(), engine_);
  }

  std::string blanks() {
    std::string out;
    for (int i = below(3); i > 0; --i) out += " \n\t\r"[below(4)];
    return out;
  }
  // A string's text between its quotes; `bytes` grows by what it stands for.
  std::string text(int pieces_max) {
    static const std::pair<const char*, int> kPieces[] = {
        {"a", 1},       {"hello ", 6},         {"\xC3\xA9", 2}, {"\xF0\x9F\x98\x80", 4},
        {"\\n", 1},     {"\\\"", 1},           {"\\\\", 1},     {"\\u0041", 1},
        {"\\u20ac", 3}, {"\\ud83d\\ude00", 4}, {"{}[],:", 6},   {"\\/", 1}};
    std::string out;
    for (int i = below(pieces_max + 1); i > 0; --i) {
      const auto& [piece, size] = kPieces[below(std::size(kPieces))];
      out += piece;
      bytes += size;
    }
    return out;
  }
  std::string quoted(int pieces_max) { return "\"" + text(pieces_max) + "\""; }
  // A name, sometimes with its first letter escaped.
  std::string name(const std::string& plain) {
    if (!maybe(10)) return "\"" + plain + "\"";
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", plain[0]);
    return "\"" + std::string(escape) + plain.substr(1) + "\"";
  }

  std::int64_t bytes = 0;

 private:
  std::mt19937 engine_;
};

std::string block(Random& r) {
  switch (r.below(4)) {
    case 0:
      return "{\"type\":\"text\"," + r.blanks() + "\"text\":" + r.quoted(20) +
             (r.maybe(30) ? ",\"cache_control\":{\"type\":\"ephemeral\"}" : "") + "}";
    case 1:
      return "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{\"max_tokens\":9,"
             "\"type\":\"web_search_20250305\",\"x\":" +
             r.quoted(8) + "}}";
    case 2:
      return "{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":[{\"type\":\"text\","
             "\"text\":" +
             r.quoted(20) + "}]}";
    default: return "{\"text\":" + r.quoted(9) + r.blanks() + ",\"type\":\"text\"}";
  }
}

std::string messages(Random& r) {
  std::string out = "[" + r.blanks();
  for (int i = r.below(4), first = 1; i > 0; --i, first = 0) {
    out += (first ? "" : "," + r.blanks()) + "{\"role\":\"user\",\"content\"" + r.blanks() + ":";
    out += (r.maybe(40) ? r.quoted(20) : "[" + block(r) + "," + block(r) + "]") + "}";
  }
  return out + r.blanks() + "]";
}

// One tool; a search without an end is given one.
Part tool(Random& r) {
  const std::string search = "\"type\":\"web_search_20250305\",\"name\":\"web_search\"";
  switch (r.below(4)) {
    case 0: return {"{" + search + "}", "{\"max_uses\":5," + search + "}"};
    case 1: {
      const std::string null = "{" + search + "," + r.blanks() + "\"max_uses\":";
      return {null + "null}", null + "5}"};
    }
    case 2: {
      const std::string capped = "{\"max_uses\":3," + search + "}";
      return {capped, capped};
    }
    default: {
      const std::string own = "{\"name\":" + r.quoted(3) + ",\"input_schema\":{\"max_uses\":null}}";
      return {own, own};
    }
  }
}

struct Case {
  Part body;
  Rewrite rewrite;
};

Case generate(Random& r) {
  Case out;
  std::vector<Part> members;
  const auto add = [&](const std::string& name, const Part& value) {
    const std::string head = r.name(name) + r.blanks() + ":" + r.blanks();
    const std::string tail = r.blanks();
    members.push_back({head + value.sent + tail, head + value.expected + tail});
  };
  const auto same = [](const std::string& value) { return Part{value, value}; };

  out.rewrite.model = r.maybe(50) ? "claude-x" : "claude \"x\"";
  std::string written;
  append_json_string(written, out.rewrite.model);
  add("model", {r.maybe(40) ? written : "\"anthropic/claude-x\"", written});
  const int cap = 1 + r.below(2'000);
  if (r.maybe(70)) out.rewrite.output_cap = 1 + r.below(2'000);
  const auto most = out.rewrite.output_cap.value_or(cap);
  add("max_tokens", {std::to_string(cap), std::to_string(std::min<std::int64_t>(cap, most))});
  if (r.maybe(90)) add("messages", same(messages(r)));
  if (r.maybe(50)) add("system", same(r.maybe(50) ? r.quoted(20) : "[" + block(r) + "]"));
  if (r.maybe(50)) {
    Part tools{"[", "["};
    for (int i = r.below(4), first = 1; i > 0; --i, first = 0) {
      const Part one = tool(r);
      const std::string comma = first ? "" : r.blanks() + "," + r.blanks();
      tools.sent += comma + one.sent;
      tools.expected += comma + one.expected;
    }
    add("tools", {tools.sent + "]", tools.expected + "]"});
  }
  for (const char* name : {"temperature", "stop_sequences", "x_vendor", "metadata"}) {
    if (r.maybe(30)) add(name, same("{\"model\":\"decoy\",\"max_tokens\":1,\"x\":1.50e-3}"));
  }
  if (r.maybe(50)) add("stream", same(r.maybe(50) ? "true" : "null"));
  r.shuffle(members);

  const std::string open = r.blanks() + "{";
  out.body = {open, open};
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string before = (i == 0 ? "" : ",") + r.blanks();
    out.body.sent += before + members[i].sent;
    out.body.expected += before + members[i].expected;
  }
  const std::string close = "}" + r.blanks();
  out.body.sent += close;
  out.body.expected += close;
  return out;
}

TEST(AnthropicProperty, BytesOutsideTheEditsAreUnchangedAndTheBoundHolds) {
  const http::Headers headers;
  for (int i = 0; i < kRequests; ++i) {
    Random r(kSeed + static_cast<unsigned>(i));
    const Case c = generate(r);
    const auto request = AnthropicRequest::parse(
        {.method = "POST", .path = "/v1/messages", .query = {}, .headers = headers}, c.body.sent);
    ASSERT_TRUE(request) << "case " << i << ": " << request.error().text() << "\n" << c.body.sent;
    ASSERT_EQ((*request)->rewritten(c.rewrite), c.body.expected) << "case " << i;
    ASSERT_GE((*request)->facts().input_tokens_max, r.bytes) << "case " << i;
    ASSERT_TRUE(Json::parse(c.body.expected)) << c.body.expected;
  }
}

std::string event(Random& r, const std::string& type, const std::string& members) {
  const char* const end = r.maybe(80) ? "\n" : "\r\n";
  return "event: " + type + end + "data: {\"type\":\"" + type + "\"" + members + "}" + end + end;
}

std::string stream(Random& r) {
  const auto count = [&] { return std::to_string(r.below(5'000)); };
  std::string out =
      event(r, "message_start",
            ",\"message\":{\"id\":\"msg\",\"usage\":{\"input_tokens\":" + count() +
                ",\"cache_creation_input_tokens\":" + count() + ",\"output_tokens\":1}}");
  for (int i = r.below(12); i > 0; --i) {
    switch (r.below(5)) {
      case 0: out += event(r, "ping", ""); break;
      case 1:
        out +=
            event(r, "content_block_start",
                  ",\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":" + r.quoted(4) +
                      ",\"input\":{}}");
        break;
      case 2:
        out += event(
            r, "content_block_delta",
            ",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":" + r.quoted(9) + "}");
        break;
      case 3: out += ": " + r.blanks() + "\n\n"; break;
      default:
        out += event(r, "content_block_delta",
                     ",\"delta\":{\"type\":\"" +
                         std::string(r.maybe(80) ? "text_delta\",\"text\":"
                                                 : "thinking_delta\",\"thinking\":") +
                         r.quoted(20) + "}");
    }
  }
  if (r.maybe(90)) {
    out += event(r, "message_delta", ",\"delta\":{},\"usage\":{\"output_tokens\":" + count() + "}");
  }
  if (r.maybe(90)) out += event(r, "message_stop", "");
  return r.maybe(10) ? out.substr(0, out.size() - 3) : out;
}

TEST(AnthropicProperty, AStreamInAnyPiecesIsTheSameStream) {
  const auto same = [](const Seen& a, const Seen& b) {
    return a.usage == b.usage && a.usage_state == b.usage_state &&
           a.text_bytes_min == b.text_bytes_min && a.text_bytes_max == b.text_bytes_max &&
           a.hidden_output == b.hidden_output && a.damaged == b.damaged &&
           a.finished == b.finished && a.error == b.error;
  };
  for (int i = 0; i < kStreams; ++i) {
    Random r(kSeed + static_cast<unsigned>(i));
    const std::string bytes = stream(r);
    AnthropicStreamMeter whole{CallFacts{}}, pieces{CallFacts{}};
    std::string at_once, passed;
    whole.feed(bytes, at_once);
    whole.end(at_once);
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = 1 + static_cast<std::size_t>(r.below(40));
      pieces.feed(std::string_view(bytes).substr(at, size), passed);
      ASSERT_TRUE(bytes.starts_with(passed)) << "case " << i;
      at += size;
    }
    pieces.end(passed);
    ASSERT_EQ(at_once, bytes) << "case " << i;
    ASSERT_EQ(passed, bytes) << "case " << i;
    ASSERT_TRUE(same(whole.seen(), pieces.seen())) << "case " << i << "\n" << bytes;
  }
}

}  // namespace
}  // namespace ringfence::llm
