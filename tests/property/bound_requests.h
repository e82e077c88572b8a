// SPDX-License-Identifier: Apache-2.0
// Random requests for each provider wire, in the shapes that its documents allow.
//
// Contract: test code; deterministic for a seed. Written from the vendors' documents, not from the
// dialects: what a dialect refuses is its own affair, and the test counts how often.
#pragma once

#include <random>
#include <string>

namespace ringfence::testing {

struct WireCall {
  std::string path;  // as a client asks
  std::string query;
  std::string body;
};

class RequestMaker {
 public:
  explicit RequestMaker(unsigned seed) : random_(seed) {}

  WireCall openai_chat();
  WireCall openai_responses();
  WireCall openai_embeddings();
  WireCall anthropic_messages();
  WireCall gemini();

  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool maybe(int percent) { return below(100) < percent; }

 private:
  // A JSON string of text in several scripts, up to about `pieces` words.
  std::string text(int pieces);
  std::string one_of(std::initializer_list<const char*> choices);
  // `[item,item,…]` of one to `most`.
  template <class Make>
  std::string list(int most, Make make);
  std::string schema(int depth);
  std::string chat_message();
  std::string anthropic_block();
  std::string cache_control();

  std::mt19937 random_;
};

}  // namespace ringfence::testing
