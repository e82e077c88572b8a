// SPDX-License-Identifier: Apache-2.0
// Generated requests: what the gateway writes is where it must be and nowhere else, and the input
// bound is never below a count of the text that a tokenizer could see.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "base/json.h"
#include "gateway/llm/openai_chat_request.h"

namespace ringfence::llm {
namespace {

constexpr int kRequests = 12'000;
constexpr unsigned kSeed = 20'261'121;

// One member as it is written, and as it must come out.
struct Member {
  std::string name;   // with its quotes
  std::string value;  // as sent
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
  // A string's text between its quotes; `decoded` grows by what it stands for, in bytes.
  std::string text(int length_max) {
    static const std::pair<const char*, int> kPieces[] = {
        {"a", 1},       {"hello ", 6},         {"\xC3\xA9", 2}, {"\xF0\x9F\x98\x80", 4},
        {"\\n", 1},     {"\\\"", 1},           {"\\\\", 1},     {"\\u0041", 1},
        {"\\u20ac", 3}, {"\\ud83d\\ude00", 4}, {"{}[],:", 6},   {"\\/", 1}};
    std::string out;
    for (int i = below(length_max + 1); i > 0; --i) {
      const auto& [piece, size] = kPieces[below(std::size(kPieces))];
      out += piece;
      decoded_bytes += size;
    }
    return out;
  }
  std::string quoted(int length_max) { return "\"" + text(length_max) + "\""; }

  // A name, sometimes with one of its letters escaped.
  std::string name(const std::string& plain) {
    if (!maybe(10)) return "\"" + plain + "\"";
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", plain[0]);
    return "\"" + std::string(escape) + plain.substr(1) + "\"";
  }

  std::string messages() {
    std::string out = "[" + blanks();
    for (int i = below(4), first = 1; i > 0; --i, first = 0) {
      if (!first) out += blanks() + "," + blanks();
      out += "{" + blanks() + "\"role\":\"user\"," + blanks() + "\"content\"" + blanks() + ":";
      if (maybe(50)) {
        out += quoted(20) + "}";
      } else {
        out += "[{\"type\":\"text\",\"text\":" + quoted(20) + blanks() + "}]}";
      }
    }
    return out + blanks() + "]";
  }
  std::string other_value() {
    switch (below(5)) {
      case 0: return std::to_string(below(1'000'000)) + (maybe(30) ? ".5e-3" : "");
      case 1: return quoted(8);
      case 2: return maybe(50) ? "true" : "null";
      case 3: return "[" + blanks() + quoted(3) + blanks() + ",{" + blanks() + "}]";
      default: return "{\"model\":\"decoy\",\"max_tokens\":1,\"x\":" + quoted(3) + "}";
    }
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
  std::vector<Member> members;
  out.rewrite.model = g.maybe(50) ? "gpt-test" : "other/gpt test \"2\"";
  std::string written;
  append_json_string(written, out.rewrite.model);
  const bool same = g.maybe(40);
  const std::string model = same ? written : "\"openai/gpt-test\"";
  members.push_back({g.name("model"), model, written});
  if (g.maybe(90)) {
    const std::string value = g.messages();
    members.push_back({g.name("messages"), value, value});
  }

  const bool capped = g.maybe(70);
  const std::int64_t cap = 1 + g.below(2'000);
  if (capped) out.rewrite.output_cap = cap;
  out.rewrite.cap_field = g.maybe(50) ? "max_tokens" : "max_completion_tokens";
  bool stands = false;
  std::vector<std::size_t> nulls;
  for (const char* field : {"max_tokens", "max_completion_tokens"}) {
    if (!g.maybe(35)) continue;
    if (g.maybe(20)) {
      nulls.push_back(members.size());
      members.push_back({g.name(field), "null", "null"});
      continue;
    }
    stands = true;
    const std::int64_t stated = 1 + g.below(2'000);
    members.push_back({g.name(field), std::to_string(stated),
                       std::to_string(capped ? std::min(stated, cap) : stated)});
  }
  std::string inserted;
  if (capped && !stands) {
    bool replaced = false;
    for (const std::size_t at : nulls) {
      const auto name = Json::parse(members[at].name);
      if (*name->string() != out.rewrite.cap_field) continue;
      members[at].expected = std::to_string(cap);
      replaced = true;
    }
    if (!replaced) inserted += "\"" + out.rewrite.cap_field + "\":" + std::to_string(cap) + ",";
  }

  const bool stream = g.maybe(60);
  if (stream) members.push_back({g.name("stream"), "true", "true"});
  if (g.maybe(50)) {
    const std::string tail = g.maybe(50) ? "" : g.blanks() + "\"include_obfuscation\":false";
    const std::string begin = "{";
    switch (g.below(3)) {
      case 0: {
        const std::string value = begin + tail + g.blanks() + "}";
        const std::string add = std::string("\"include_usage\":true") + (tail.empty() ? "" : ",");
        members.push_back(
            {g.name("stream_options"), value, stream ? begin + add + value.substr(1) : value});
        break;
      }
      case 1: {
        const std::string asked = g.maybe(50) ? "true" : "false";
        const std::string before = begin + tail + (tail.empty() ? "" : ",") + "\"include_usage\"" +
                                   g.blanks() + ":" + g.blanks();
        members.push_back({g.name("stream_options"), before + asked + "}",
                           before + (stream ? "true" : asked) + "}"});
        break;
      }
      default:
        members.push_back(
            {g.name("stream_options"), "null", stream ? "{\"include_usage\":true}" : "null"});
    }
  } else if (stream) {
    inserted += "\"stream_options\":{\"include_usage\":true},";
  }
  int others = 0;
  for (const char* field : {"temperature", "user", "metadata", "x_vendor", "stop"}) {
    if (!g.maybe(30)) continue;
    ++others;
    const std::string value = g.other_value();
    members.push_back({g.name(field), value, value});
  }
  std::shuffle(members.begin(), members.end(), g.random_);

  const std::string lead = g.blanks() + "{";
  out.body = lead;
  out.expected = lead + inserted;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string before =
        (i == 0 ? "" : ",") + g.blanks() + members[i].name + g.blanks() + ":" + g.blanks();
    const std::string after = g.blanks();
    out.body += before + members[i].value + after;
    out.expected += before + members[i].expected + after;
  }
  const std::string end = "}" + g.blanks();
  out.body += end;
  out.expected += end;
  return out;
}

TEST(ChatProperty, BytesOutsideTheEditsAreUnchangedAndTheBoundHolds) {
  for (int i = 0; i < kRequests; ++i) {
    Generator g(kSeed + static_cast<unsigned>(i));
    const Case c = generate(g);
    auto request = ChatRequest::parse(c.body);
    ASSERT_TRUE(request) << "seed " << kSeed + static_cast<unsigned>(i) << ": "
                         << request.error().text() << "\n"
                         << c.body;
    ASSERT_EQ((*request)->rewritten(c.rewrite), c.expected)
        << "seed " << kSeed + static_cast<unsigned>(i) << "\n"
        << c.body;
    ASSERT_GE((*request)->facts().input_tokens_max, g.decoded_bytes);
    ASSERT_TRUE(Json::parse(c.expected)) << c.expected;
  }
}

}  // namespace
}  // namespace ringfence::llm
