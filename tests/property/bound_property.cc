// SPDX-License-Identifier: Apache-2.0
// The bound of a request is never below what the mock provider bills for it, whatever the request,
// and however far its output was clamped: 10,000 random requests on each wire.
//
// The mock (mock/) shares no source with the gateway. It is told to count a token for each byte of
// text and to write as much as it is let, so its bill is the worst that a provider can make of what
// the gateway really sends: the rewritten request.
#include <gtest/gtest.h>

#include <functional>

#include "base/checked.h"
#include "gateway/llm/bound.h"
#include "gateway/llm/wires.h"
#include "plan.h"
#include "tests/property/bound_requests.h"
#include "wire.h"

namespace ringfence {
namespace {

using testing::RequestMaker;
using testing::WireCall;

constexpr int kRequests = 10'000;
constexpr unsigned kSeed = 20'261'121;
constexpr std::int64_t kContext = 128'000;
constexpr std::int64_t kMaxOutput = 16'384;

// Every dimension has a rate, and odd ones, so that sums fall between nano-units.
Price price_of_all(RequestMaker& make) {
  Price price;
  for_each_dimension([&](Dimension d) {
    price.rates.set(d, d >= Dimension::call ? 1'000'000'007 : 1 + make.below(90'000'000));
  });
  price.context_tokens = kContext;
  price.max_output_tokens = kMaxOutput;
  return price;
}

__int128 pico_of(const Price& price, const mock::Counts& bill) {
  const auto part = [&](std::int64_t count, Dimension d) {
    return static_cast<__int128>(count) * price.rates.get(d);
  };
  return part(bill.uncached, Dimension::input) + part(bill.cached, Dimension::cached_input) +
         part(bill.write_5m, Dimension::cache_write_5m) +
         part(bill.write_1h, Dimension::cache_write_1h) +
         part(bill.output - bill.reasoning, Dimension::output) +
         part(bill.reasoning, Dimension::reasoning) + part(bill.searches, Dimension::web_search) +
         part(1, Dimension::call);
}

bool may_bill(const llm::CallFacts& facts, Dimension d) {
  return std::ranges::any_of(facts.extras,
                             [d](const llm::Extra& extra) { return extra.dimension == d; });
}

mock::Knobs worst_knobs(RequestMaker& make, const llm::CallFacts& facts) {
  mock::Knobs knobs;
  knobs.input_bytes_per_token = 1;
  knobs.context = INT32_MAX;
  knobs.max_output = kMaxOutput;
  knobs.output_tokens_min = knobs.output_tokens_max = 2 * kMaxOutput;
  knobs.cached_tokens = make.maybe(50) ? make.below(500) : 0;
  if (may_bill(facts, Dimension::cache_write_5m)) knobs.cache_write_5m_tokens = make.below(500);
  if (may_bill(facts, Dimension::cache_write_1h)) knobs.cache_write_1h_tokens = make.below(500);
  if (make.maybe(30)) knobs.reasoning_tokens = make.below(3'000);
  if (may_bill(facts, Dimension::web_search)) knobs.web_searches = make.below(20);
  return knobs;
}

struct Bill {
  mock::Counts counts;
  bool served = false;
};

Bill billed(const std::string& path, const std::string& query, const std::string& body,
            const mock::Knobs& knobs) {
  mock::HttpRequest request;
  request.method = "POST";
  request.path = path;
  request.query = query;
  request.body = body;
  const auto wire = mock::wire_of(path);
  if (!wire) return {};
  mock::Call call;
  if (wire->read(request, call)) return {};
  return {mock::make_plan(call, knobs, nullptr, body.size(), 1).counts(), true};
}

struct Tally {
  int bounded = 0;
  int served = 0;
};

void check_one(RequestMaker& make, const llm::Wires& wires, const WireCall& call, Tally& tally) {
  const llm::Dialect* dialect = wires.find(call.path);
  ASSERT_NE(dialect, nullptr) << call.path;
  const http::Headers headers;
  const llm::WireRequest head{
      .method = "POST", .path = call.path, .query = call.query, .headers = headers};
  const auto request = dialect->parse(head, call.body);
  ASSERT_TRUE(request) << call.body << "\n" << request.error().text();
  const llm::CallFacts& facts = (*request)->facts();
  const Price price = price_of_all(make);
  const auto bound = llm::bound_call(facts, {.price = &price});
  if (!bound) return;
  ++tally.bounded;

  // As the engine would choose: anything from the smallest clamp to all that was wanted.
  std::int64_t cap = 0;
  std::int64_t choices = 0;
  llm::Rewrite rewrite{.model = "gpt-test", .output_cap = {}, .cap_field = "max_completion_tokens"};
  if (const auto& output = bound->output) {
    const auto spread = static_cast<int>(output->wanted_tokens - output->min_tokens + 1);
    cap = make.maybe(30) ? output->wanted_tokens : output->min_tokens + make.below(spread);
    choices = output->choices;
    rewrite.output_cap = cap;
  }
  std::string target = (*request)->upstream_target(rewrite);
  std::string query;
  if (const std::size_t mark = target.find('?'); mark != std::string::npos) {
    query = target.substr(mark + 1);
    target.resize(mark);
  }
  if (dialect->family() == "openai") target = "/v1" + target;
  const std::string sent = (*request)->rewritten(rewrite);
  const Bill bill = billed(target, query, sent, worst_knobs(make, facts));
  if (!bill.served) return;
  ++tally.served;

  const __int128 held_pico =
      bound->output ? static_cast<__int128>(bound->output->fixed_pico) +
                          static_cast<__int128>(choices) * cap * bound->output->output_pico
                    : static_cast<__int128>(bound->need.get(kUsd)) * kPicoPerNano;
  EXPECT_GE(bound->need.get(kInputTokens), std::min(bill.counts.input(), kContext)) << sent;
  EXPECT_GE(bound->need.get(kOutputTokens) + choices * cap, bill.counts.output) << sent;
  // A request above the context is refused by its provider, not billed.
  if (bill.counts.input() <= kContext) {
    EXPECT_TRUE(held_pico >= pico_of(price, bill.counts)) << sent;
  }
}

void check_wire(WireCall (RequestMaker::*next)(), int bounded_percent_least) {
  RequestMaker make(kSeed);
  const llm::Wires wires;
  Tally tally;
  for (int i = 0; i < kRequests && !::testing::Test::HasFailure(); ++i) {
    const WireCall call = (make.*next)();
    check_one(make, wires, call, tally);
  }
  // A test of requests that are all refused would show nothing.
  EXPECT_GE(tally.bounded, kRequests * bounded_percent_least / 100);
  EXPECT_GE(tally.served, tally.bounded * 95 / 100);
}

TEST(BoundProperty, OpenAiChat) { check_wire(&RequestMaker::openai_chat, 90); }
TEST(BoundProperty, OpenAiResponses) { check_wire(&RequestMaker::openai_responses, 80); }
TEST(BoundProperty, OpenAiEmbeddings) { check_wire(&RequestMaker::openai_embeddings, 95); }
TEST(BoundProperty, AnthropicMessages) { check_wire(&RequestMaker::anthropic_messages, 80); }
TEST(BoundProperty, Gemini) { check_wire(&RequestMaker::gemini, 90); }

}  // namespace
}  // namespace ringfence
