// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/charge.h"

#include <gtest/gtest.h>

namespace ringfence::llm {
namespace {

// 8,000 input and 16,000 output held at 2.50 and 10.00 USD per million: $0.18.
CallTerms terms() {
  CallTerms out;
  out.price = flat_price(
      {.input_pico = 2'500'000, .cached_input_pico = 1'250'000, .output_pico = 10'000'000});
  out.dearest = out.price.rates;
  out.input_tokens_max = 8'000;
  out.output_tokens_max = 16'000;
  out.held.set(kCalls, 1);
  out.held.set(kUsd, 180'000'000);
  out.held.set(kInputTokens, 8'000);
  out.held.set(kOutputTokens, 16'000);
  out.held.set(kTokens, 24'000);
  out.visible_output = true;
  return out;
}

Seen stated(std::int64_t input, std::int64_t output, std::int64_t cached = 0) {
  Seen seen;
  seen.usage_state = UsageState::stated;
  seen.usage = flat_usage(
      {.input_tokens = input, .cached_input_tokens = cached, .output_tokens = output, .calls = 0});
  seen.text_bytes_max = 4'000;
  seen.text_bytes_min = 4'000;
  seen.finished = true;
  return seen;
}
Seen shown(std::int64_t bytes) {
  Seen seen;
  seen.text_bytes_max = bytes;
  seen.text_bytes_min = bytes;
  return seen;
}
template <class F>
Seen with(Seen seen, F change) {
  change(seen);
  return seen;
}

constexpr std::int64_t kWhole = -1;

struct Row {
  const char* name;
  CallEnd end;
  int status;
  Seen seen;
  Ending ending;
  std::int64_t usd;  // nano; kWhole: nothing stated, so the whole hold
  bool uncertain;
  const char* note;
};

TEST(Charge, Table) {
  const Seen nonsense = with(shown(10), [](Seen& s) { s.usage_state = UsageState::nonsense; });
  const Row table[] = {
      {"usage", CallEnd::answered, 200, stated(1'000, 1'000), Ending::settle, 12'500'000, false,
       ""},
      {"cached", CallEnd::answered, 200, stated(1'000, 1'000, 1'000), Ending::settle, 11'250'000,
       false, ""},
      {"more than held", CallEnd::answered, 200, stated(8'000, 20'000), Ending::settle, 220'000'000,
       false, ""},
      {"missing", CallEnd::answered, 200, shown(10), Ending::settle, kWhole, true, "usage_missing"},
      {"nonsense", CallEnd::answered, 200, nonsense, Ending::settle, kWhole, true, "usage_invalid"},
      {"zero output", CallEnd::answered, 200, stated(1'000, 0), Ending::settle, kWhole, true,
       "usage_below_seen"},
      {"zero input", CallEnd::answered, 200, stated(0, 1'000), Ending::settle, kWhole, true,
       "usage_below_seen"},
      {"less than 4000 bytes can be", CallEnd::answered, 200, stated(1'000, 31), Ending::settle,
       kWhole, true, "usage_below_seen"},
      {"as little as they can be", CallEnd::answered, 200, stated(1'000, 32), Ending::settle,
       2'820'000, false, ""},
      {"another tier", CallEnd::answered, 200,
       with(stated(1'000, 1'000), [](Seen& s) { s.service_tier = "flex"; }), Ending::settle, kWhole,
       true, "tier"},
      {"a dimension without a rate", CallEnd::answered, 200,
       with(stated(1'000, 1'000), [](Seen& s) { s.unknown_dimension = true; }), Ending::settle,
       12'500'000, true, "dimension"},
      {"400", CallEnd::answered, 400, shown(0), Ending::settle, 0, false, "refused_upstream"},
      {"401", CallEnd::answered, 401, shown(0), Ending::settle, 0, false, "refused_upstream"},
      {"429", CallEnd::answered, 429, shown(0), Ending::settle, 0, false, "refused_upstream"},
      {"redirect", CallEnd::answered, 302, shown(0), Ending::settle, 0, false, "refused_upstream"},
      {"408", CallEnd::answered, 408, shown(0), Ending::settle, kWhole, true, "failed_upstream"},
      {"500", CallEnd::answered, 500, shown(0), Ending::settle, kWhole, true, "failed_upstream"},
      {"503", CallEnd::answered, 503, shown(0), Ending::settle, kWhole, true, "failed_upstream"},
      {"500 with usage", CallEnd::answered, 500, stated(1'000, 1'000), Ending::settle, 12'500'000,
       false, ""},
      {"not sent", CallEnd::never_sent, 0, shown(0), Ending::release, kWhole, false, "why"},
      {"cut, visible", CallEnd::cut, 200, shown(488), Ending::cut, 20'000'000 + 1'000 * 10'000,
       false, "why"},
      {"cut before the first byte", CallEnd::cut, 200, shown(0), Ending::cut,
       20'000'000 + 512 * 10'000, false, "why"},
      {"cut, more than the cap", CallEnd::cut, 200, shown(1'000'000), Ending::cut, 180'000'000,
       false, "why"},
      {"cut, reasoning", CallEnd::cut, 200,
       with(shown(488), [](Seen& s) { s.hidden_output = true; }), Ending::cut, kWhole, false,
       "why"},
      {"cut, damaged", CallEnd::cut, 200, with(shown(488), [](Seen& s) { s.damaged = true; }),
       Ending::cut, kWhole, false, "why"},
      {"cut before the status", CallEnd::cut, 0, shown(0), Ending::cut, kWhole, false, "why"},
      {"cut behind the usage", CallEnd::cut, 200, stated(1'000, 1'000), Ending::settle, 12'500'000,
       false, ""},
      {"broken", CallEnd::broken, 200, shown(488), Ending::cut, 20'000'000 + 1'000 * 10'000, true,
       "why"},
      {"broken before the status", CallEnd::broken, 0, shown(0), Ending::cut, kWhole, true, "why"},
  };
  for (const Row& row : table) {
    const Charge charge = charge_call(terms(), row.end, row.status, row.seen, "why");
    EXPECT_EQ(charge.ending, row.ending) << row.name;
    EXPECT_EQ(charge.actual.has(kUsd) ? charge.actual.get(kUsd) : kWhole, row.usd) << row.name;
    EXPECT_EQ(charge.uncertain, row.uncertain) << row.name;
    EXPECT_EQ(charge.note, row.note) << row.name;
  }
}

TEST(Charge, ACutWithHiddenOutputProvesNothing) {
  CallTerms hidden = terms();
  hidden.visible_output = false;
  EXPECT_TRUE(charge_call(hidden, CallEnd::cut, 200, shown(488), "").actual.empty());
}

TEST(Charge, CountsEveryUnit) {
  const Amounts actual = charge_call(terms(), CallEnd::answered, 200, stated(70, 300), "").actual;
  EXPECT_EQ(actual.get(kCalls), 1);
  EXPECT_EQ(actual.get(kInputTokens), 70);
  EXPECT_EQ(actual.get(kOutputTokens), 300);
  EXPECT_EQ(actual.get(kTokens), 370);
}

TEST(Charge, WithoutAPriceStatesNoMoney) {
  CallTerms unpriced = terms();
  unpriced.priced = false;
  EXPECT_FALSE(charge_call(unpriced, CallEnd::answered, 200, stated(70, 300), "").actual.has(kUsd));
}

TEST(Charge, VastUsageSaturates) {
  const Amounts actual =
      charge_call(terms(), CallEnd::answered, 200, stated(INT64_MAX, INT64_MAX), "").actual;
  EXPECT_EQ(actual.get(kUsd), INT64_MAX);
  EXPECT_EQ(actual.get(kTokens), INT64_MAX);
}

}  // namespace
}  // namespace ringfence::llm
