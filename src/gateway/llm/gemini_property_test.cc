// SPDX-License-Identifier: Apache-2.0
// Generated requests and answers: what the gateway writes is where it must be and nowhere else, the
// bound is never below a count of the text, and an answer in whatever pieces is the same answer.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/json.h"
#include "gateway/llm/gemini_meter.h"
#include "gateway/llm/gemini_request.h"

namespace ringfence::llm {
namespace {

constexpr int kCases = 2'000;
constexpr unsigned kSeed = 20'261'121;
constexpr const char* kModel = "google/gemini-test";

// One member as it is written, and as it must come out.
struct Member {
  std::string name;  // with its quotes
  std::string value;
  std::string expected;
};

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
  std::string quoted(int length_max) {
    static const std::pair<const char*, int> kPieces[] = {
        {"a", 1},    {"hello ", 6},  {"\xC3\xA9", 2}, {"\xF0\x9F\x98\x80", 4}, {"\\n", 1},
        {"\\\"", 1}, {"\\u20ac", 3}, {"{}[],:", 6},   {"\\ud83d\\ude00", 4}};
    std::string out = "\"";
    for (int i = below(length_max + 1); i > 0; --i) {
      const auto& [piece, size] = kPieces[below(std::size(kPieces))];
      out += piece;
      decoded_bytes += size;
    }
    return out + "\"";
  }
  // In one of its two spellings, sometimes with its first letter escaped.
  std::string name(const std::string& camel) {
    std::string plain;
    const bool snake = maybe(50);
    for (const char c : camel) {
      if (snake && c >= 'A' && c <= 'Z') {
        plain += std::string("_") + static_cast<char>(c - 'A' + 'a');
      } else {
        plain += c;
      }
    }
    if (!maybe(10)) return "\"" + plain + "\"";
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(plain[0]));
    return "\"" + std::string(escape) + plain.substr(1) + "\"";
  }
  std::string contents() {
    std::string out = "[" + blanks();
    for (int i = below(4), first = 1; i > 0; --i, first = 0) {
      if (!first) out += blanks() + "," + blanks();
      out += "{\"parts\":[{" + blanks() + "\"text\"" + blanks() + ":" + quoted(20) + "}]" +
             blanks() + ",\"role\":\"user\"}";
    }
    return out + blanks() + "]";
  }
  std::string other_value() {
    switch (below(4)) {
      case 0: return std::to_string(below(1'000'000)) + (maybe(30) ? ".5e-3" : "");
      case 1: return quoted(8);
      case 2: return maybe(50) ? "true" : "null";
      default: return "{\"model\":\"decoy\",\"maxOutputTokens\":1,\"x\":" + quoted(3) + "}";
    }
  }
  // `inserted` is what the gateway puts behind the brace.
  std::pair<std::string, std::string> object(std::vector<Member> members,
                                             const std::string& inserted) {
    std::shuffle(members.begin(), members.end(), random_);
    std::string body = "{";
    std::string expected = "{" + inserted + (!inserted.empty() && !members.empty() ? "," : "");
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::string before =
          (i == 0 ? "" : ",") + blanks() + members[i].name + blanks() + ":" + blanks();
      const std::string after = blanks();
      body += before + members[i].value + after;
      expected += before + members[i].expected + after;
    }
    const std::string end = blanks() + "}";
    return {body + end, expected + end};
  }

  std::int64_t decoded_bytes = 0;
  std::mt19937 random_;
};

struct Case {
  std::string body;
  std::string expected;
  Rewrite rewrite;
};

Case generate(Generator& g) {
  Case out;
  out.rewrite.model = g.maybe(50) ? kModel : "own \"name\"";
  const bool capped = g.maybe(70);
  const std::int64_t cap = 1 + g.below(2'000);
  const std::string written = "\"maxOutputTokens\":" + std::to_string(cap);
  if (capped) out.rewrite.output_cap = cap;

  std::vector<Member> members;
  std::string inserted;
  if (g.maybe(90)) {
    const std::string value = g.contents();
    members.push_back({g.name("contents"), value, value});
  }
  if (g.maybe(20)) {
    const std::string sent = "\"models/" + std::string(kModel) + "\"";
    std::string own;
    append_json_string(own, "models/" + out.rewrite.model);
    members.push_back({"\"model\"", sent, own});
  }
  switch (g.below(3)) {
    case 0:
      if (capped) inserted = "\"generationConfig\":{" + written + "}";
      break;
    case 1:
      members.push_back(
          {g.name("generationConfig"), "null", capped ? "{" + written + "}" : "null"});
      break;
    default: {
      std::vector<Member> config;
      std::string inside;
      if (g.maybe(70)) {
        const bool null = g.maybe(20);
        const std::int64_t stated = 1 + g.below(2'000);
        const std::string sent = null ? "null" : std::to_string(stated);
        const bool lowered = capped && (null || stated > cap);
        config.push_back({g.name("maxOutputTokens"), sent, lowered ? std::to_string(cap) : sent});
      } else if (capped) {
        inside = written;
      }
      for (const char* field : {"topP", "stopSequences", "responseSchema", "xVendor"}) {
        if (!g.maybe(30)) continue;
        const std::string value = g.other_value();
        config.push_back({g.name(field), value, value});
      }
      auto [value, expected] = g.object(std::move(config), inside);
      members.push_back({g.name("generationConfig"), std::move(value), std::move(expected)});
    }
  }
  for (const char* field : {"safetySettings", "toolConfig", "labels", "xVendor"}) {
    if (!g.maybe(30)) continue;
    const std::string value = g.other_value();
    members.push_back({g.name(field), value, value});
  }
  auto [body, expected] = g.object(std::move(members), inserted);
  const std::string lead = g.blanks();
  const std::string tail = g.blanks();
  out.body = lead + body + tail;
  out.expected = lead + expected + tail;
  return out;
}

TEST(GeminiProperty, BytesOutsideTheEditsAreUnchangedAndTheBoundHolds) {
  for (unsigned i = 0; i < kCases; ++i) {
    Generator g(kSeed + i);
    const Case c = generate(g);
    const auto target =
        GeminiTarget::read("/v1beta/models/" + std::string(kModel) + ":generateContent", "");
    ASSERT_TRUE(target);
    const auto request = GeminiRequest::parse(*target, c.body);
    ASSERT_TRUE(request) << "seed " << kSeed + i << ": " << request.error().text() << "\n"
                         << c.body;
    ASSERT_EQ((*request)->rewritten(c.rewrite), c.expected) << "seed " << kSeed + i << "\n"
                                                            << c.body;
    ASSERT_GE((*request)->facts().input_tokens_max, g.decoded_bytes);
    ASSERT_TRUE(Json::parse(c.expected)) << c.expected;
    ASSERT_TRUE(Json::parse((*request)->count_probe(c.rewrite)->body)) << c.body;
  }
}

std::string answer(Generator& g, std::int64_t& output) {
  std::string out;
  const int events = 1 + g.below(8);
  for (int i = 0; i < events; ++i) {
    if (g.maybe(10)) out += ": ping\n\n";
    output += g.below(50);
    const std::string end = g.maybe(50) ? "\r\n" : "\n";
    out += "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":" + g.quoted(10) + "}]}" +
           (i + 1 == events ? ",\"finishReason\":\"STOP\"" : "") +
           "}],\"usageMetadata\":{\"promptTokenCount\":9,\"candidatesTokenCount\":" +
           std::to_string(output) + "}}" + end + end;
  }
  return out;
}

TEST(GeminiProperty, AStreamIsTheSameInWhateverPieces) {
  for (unsigned i = 0; i < kCases; ++i) {
    Generator g(kSeed + i);
    std::int64_t output = 0;
    const std::string text = answer(g, output);
    GeminiStreamMeter meter(false);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = 1 + static_cast<std::size_t>(g.below(90));
      meter.feed(std::string_view(text).substr(at, size), out);
      at += size;
    }
    meter.end(out);
    ASSERT_EQ(out, text) << "seed " << kSeed + i;
    ASSERT_EQ(meter.seen().usage, Usage{}.set(Dimension::input, 9).set(Dimension::output, output));
    ASSERT_EQ(meter.seen().text_bytes_max, g.decoded_bytes) << "seed " << kSeed + i;
    ASSERT_EQ(meter.seen().text_bytes_min, g.decoded_bytes);
    ASSERT_TRUE(meter.seen().finished && !meter.seen().damaged);
  }
}

}  // namespace
}  // namespace ringfence::llm
