// SPDX-License-Identifier: Apache-2.0
#include "pricing/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "pricing/catalog_data.h"
#include "pricing/cost.h"

namespace ringfence {
namespace {

Time day(const std::string& date) { return *parse_rfc3339(date + "T00:00:00Z"); }
const Time kNow = day("2026-11-21");

const Price& price_of(std::string_view family, std::string_view name, Time at = kNow) {
  const Price* price = Catalog::built_in().find(family, name, at);
  EXPECT_NE(price, nullptr) << family << "/" << name;
  static const Price kNone;
  return price == nullptr ? kNone : *price;
}

// USD per million tokens with six digits are pico-USD per token.
std::int64_t mtok(double usd) { return static_cast<std::int64_t>(usd * 1e6 + 0.5); }

// ---- the catalog as it is built in

TEST(BuiltInCatalog, ParsesWhole) {
  const auto parsed = Catalog::parse(catalog_text());
  ASSERT_TRUE(parsed) << parsed.error().where << ": " << parsed.error().message;
  EXPECT_GT(parsed->models().size(), 1'000u);
  EXPECT_EQ(parsed->updated().size(), 10u);
}

TEST(BuiltInCatalog, EveryEntryIsSound) {
  std::map<std::string, std::string> owners;
  for (const CatalogModel& model : Catalog::built_in().models()) {
    const std::string where = model.family + "/" + model.id;
    EXPECT_FALSE(model.source.empty()) << where;
    std::vector<std::string> names = model.names;
    names.push_back(model.id);
    for (const std::string& name : names) {
      EXPECT_TRUE(std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; })) << name;
      const auto [other, alone] = owners.emplace(model.family + "/" + name, where);
      EXPECT_TRUE(alone) << name << " is " << where << " and " << other->second;
    }
    for (const DatedPrice& dated : model.prices) {
      const Price& price = dated.price;
      EXPECT_TRUE(price.costs() || model.id.ends_with(":free")) << where << " costs nothing";
      EXPECT_TRUE(price.rates.has(Dimension::input) || price.rates.has(Dimension::call)) << where;
      const auto sound = [&](const Rates& rates) {
        for_each_dimension(
            [&](Dimension d) { EXPECT_GE(rates.get(d), 0) << where << " " << to_string(d); });
        // Nobody sells a token for more than a dollar: a rate in the wrong unit shows here.
        EXPECT_LT(rates.dearest_input(), 1'000'000'000) << where;
        EXPECT_LT(rates.dearest_output(), 1'000'000'000) << where;
        EXPECT_EQ(rates.has(Dimension::output), rates.has(Dimension::reasoning)) << where;
      };
      sound(price.rates);
      for (const RateCard& card : price.cards) sound(card.rates);
    }
  }
}

// What each name finds is its own model, dated or not.
TEST(BuiltInCatalog, NamesFindTheirModel) {
  const Catalog& catalog = Catalog::built_in();
  for (const CatalogModel& model : catalog.models()) {
    EXPECT_EQ(catalog.model(model.family, model.id), &model) << model.id;
    for (std::string name : model.names) {
      std::ranges::replace(name, '#', '7');
      EXPECT_EQ(catalog.model(model.family, name), &model) << name;
    }
  }
}

// Each figure as two of the tables and the page beside it have it (read 2026-11-21).
TEST(BuiltInCatalog, WellKnownRates) {
  using enum Dimension;
  const struct {
    const char* family;
    const char* model;
    std::vector<std::pair<Dimension, double>> rates;
  } rows[] = {
      // https://platform.claude.com/docs/en/about-claude/pricing
      {"anthropic",
       "claude-opus-5",
       {{input, 5},
        {output, 25},
        {cache_write_5m, 6.25},
        {cache_write_1h, 10},
        {cached_input, 0.5}}},
      {"anthropic", "claude-fable-5-1", {{input, 10}, {output, 50}, {cached_input, 0.25}}},
      {"anthropic",
       "claude-opus-4-6",
       {{input, 5},
        {output, 25},
        {cache_write_5m, 6.25},
        {cache_write_1h, 10},
        {cached_input, 0.5}}},
      {"anthropic",
       "claude-sonnet-4-6",
       {{input, 3},
        {output, 15},
        {cache_write_5m, 3.75},
        {cache_write_1h, 6},
        {cached_input, 0.3}}},
      {"anthropic",
       "claude-haiku-4-5-20251001",
       {{input, 1}, {output, 5}, {cache_write_5m, 1.25}, {cache_write_1h, 2}, {cached_input, 0.1}}},
      // https://developers.openai.com/api/docs/pricing
      {"openai", "gpt-4o", {{input, 2.5}, {cached_input, 1.25}, {output, 10}}},
      {"openai", "gpt-4o-mini-2024-07-18", {{input, 0.15}, {cached_input, 0.075}, {output, 0.6}}},
      {"openai", "gpt-4o-2024-05-13", {{input, 5}, {output, 15}}},
      {"openai", "gpt-5", {{input, 1.25}, {cached_input, 0.125}, {output, 10}, {reasoning, 10}}},
      {"openai", "o3", {{input, 2}, {cached_input, 0.5}, {output, 8}}},
      {"openai", "gpt-audio", {{input, 2.5}, {audio_input, 32}, {audio_output, 64}}},
      // https://ai.google.dev/gemini-api/docs/pricing
      {"google", "gemini-2.5-pro", {{input, 1.25}, {cached_input, 0.125}, {output, 10}}},
      {"google", "gemini-2.5-flash", {{input, 0.3}, {audio_input, 1}, {output, 2.5}}},
  };
  for (const auto& row : rows) {
    const Price& price = price_of(row.family, row.model);
    for (const auto& [dimension, usd] : row.rates) {
      EXPECT_EQ(price.rates.get(dimension), mtok(usd)) << row.model << " " << to_string(dimension);
    }
  }
}

TEST(BuiltInCatalog, CardsSizesAndItems) {
  const Price& gemini = price_of("google", "gemini-2.5-pro");
  EXPECT_EQ(rates_for(gemini, "", 200'000)->get(Dimension::input), mtok(1.25));
  EXPECT_EQ(rates_for(gemini, "", 200'001)->get(Dimension::input), mtok(2.5));
  EXPECT_EQ(rates_for(gemini, "priority", 0)->get(Dimension::output), mtok(18));
  EXPECT_EQ(rates_for(gemini, "no-such-tier", 0), nullptr);
  const Price& gpt = price_of("openai", "gpt-4o");
  EXPECT_EQ(rates_for(gpt, "priority", 0)->get(Dimension::cached_input), mtok(2.125));
  EXPECT_EQ(gpt.context_tokens, 128'000);
  EXPECT_EQ(gpt.max_output_tokens, 16'384);
  EXPECT_EQ(gpt.hidden_output, HiddenOutput::none);
  EXPECT_EQ(price_of("openai", "o3").hidden_output, HiddenOutput::some);
  // $10 per 1,000 searches; a tier does not state it and has it all the same.
  const Price& opus = price_of("anthropic", "claude-opus-5");
  EXPECT_EQ(opus.rates.get(Dimension::web_search), 10'000'000'000);
  EXPECT_EQ(rates_for(opus, "batch", 0)->get(Dimension::web_search), 10'000'000'000);
  EXPECT_EQ(rates_for(opus, "fast", 0)->get(Dimension::input), mtok(10));
}

// o3 became cheaper on 2025-06-10.
TEST(BuiltInCatalog, PriceOfTheDay) {
  EXPECT_EQ(price_of("openai", "o3", day("2025-06-09")).rates.get(Dimension::input), mtok(10));
  EXPECT_EQ(price_of("openai", "o3", day("2025-06-10")).rates.get(Dimension::input), mtok(2));
  EXPECT_EQ(price_of("openai", "o3", Time{}).rates.get(Dimension::input), mtok(10));
}

TEST(BuiltInCatalog, WhatNobodyListedIsUnknown) {
  const Catalog& catalog = Catalog::built_in();
  EXPECT_EQ(catalog.model("anthropic", "claude-opus-5-mini"), nullptr);
  EXPECT_EQ(catalog.model("anthropic", "claude-opus"), nullptr);
  EXPECT_EQ(catalog.model("openai", "claude-opus-5"), nullptr);
  EXPECT_EQ(catalog.model("", "gpt-4o"), nullptr);
  EXPECT_NE(catalog.model("anthropic", "claude-opus-5-20270101"), nullptr);
}

TEST(BuiltInCatalog, Families) {
  const Catalog& catalog = Catalog::built_in();
  EXPECT_EQ(catalog.family_named("openai"), "openai");
  EXPECT_EQ(catalog.family_named("gemini"), "google");
  EXPECT_EQ(catalog.family_named("local"), "");
  EXPECT_EQ(catalog.family_at("api.anthropic.com"), "anthropic");
  EXPECT_EQ(catalog.family_at("127.0.0.1"), "");
}

// ---- the reader

constexpr const char* kHead =
    R"({"format":1,"updated":"2026-11-21","families":{"f":{"hosts":["f.example"]}}})"
    "\n";

std::string line_of(const std::string& rest) {
  return R"({"family":"f","id":"m","source":"s",)" + rest + "}\n";
}

TEST(Catalog, SilenceIsFilledByRule) {
  const auto catalog =
      Catalog::parse(kHead + line_of(R"("prices":[{"input":"2","output":"8","web_search":"0.01",)"
                                     R"("tiers":[{"above":1000,"input":"4","output":"9"}],)"
                                     R"("service_tiers":{"flex":{"input":"1","output":"4",)"
                                     R"("tiers":[{"above":5,"output":"6"}]}}}])"));
  ASSERT_TRUE(catalog) << catalog.error().message;
  const Price& price = *catalog->find("f", "m", kNow);
  const auto rate = [&](std::string_view tier, std::int64_t input, Dimension d) {
    return rates_for(price, tier, input)->get(d);
  };
  EXPECT_EQ(rate("", 0, Dimension::cached_input), mtok(2));
  EXPECT_EQ(rate("", 1'001, Dimension::cached_input), mtok(4));
  EXPECT_EQ(rate("", 1'001, Dimension::reasoning), mtok(9));
  EXPECT_EQ(rate("", 1'001, Dimension::web_search), 10'000'000'000);
  EXPECT_EQ(rate("flex", 6, Dimension::input), mtok(1));
  EXPECT_EQ(rate("flex", 6, Dimension::output), mtok(6));
}

TEST(Catalog, RefusesWhatIsNotItsGrammar) {
  const std::string rows[] = {
      "",
      R"({"format":2,"updated":"x","families":{}})",
      kHead + line_of(R"("prices":[])"),
      kHead + line_of(R"("prices":[{"input":"-1"}])"),
      kHead + line_of(R"("prices":[{"input":1}])"),
      kHead + line_of(R"("prices":[{"input":"0.0000001"}])"),
      kHead + line_of(R"("prices":[{"inputs":"1"}])"),
      kHead + line_of(R"("prices":[{"input":"1","tiers":[{"input":"2"}]}])"),
      kHead + line_of(R"("prices":[{"from":"2026-02-01","input":"1"},{"input":"2"}])"),
      kHead + line_of(R"("context":0,"prices":[{"input":"1"}])"),
      kHead + line_of(R"("hidden_output":"maybe","prices":[{"input":"1"}])"),
      kHead + line_of(R"("names":["M"],"prices":[{"input":"1"}])"),
      kHead + line_of(R"("names":["a-##"],"prices":[{"input":"1"}])"),
      kHead + line_of(R"("names":["m"],"prices":[{"input":"1"}])"),
      kHead + line_of(R"("prices":[{"input":"1"}])") + line_of(R"("prices":[{"input":"1"}])"),
      std::string(kHead) + R"({"family":"g","id":"m","source":"s","prices":[{"input":"1"}]})",
  };
  for (const std::string& text : rows) EXPECT_FALSE(Catalog::parse(text)) << text;
  const auto refused = Catalog::parse(kHead + line_of(R"("prices":[])"));
  EXPECT_EQ(refused.error().where, "line 2");
}

TEST(Catalog, DatesAtTheEndOfANameOnly) {
  EXPECT_EQ(without_date("claude-opus-5-20270101"), "claude-opus-5-########");
  EXPECT_EQ(without_date("claude@20270101"), "claude@########");
  EXPECT_EQ(without_date("gpt-5-2027-01-01"), "gpt-5-####-##-##");
  EXPECT_EQ(without_date("gemini-2.0-flash-001"), "gemini-2.0-flash-###");
  EXPECT_EQ(without_date("gpt-4o"), "gpt-4o");
  EXPECT_EQ(without_date("-001"), "-001");
}

}  // namespace
}  // namespace ringfence
