// SPDX-License-Identifier: Apache-2.0
#include "cli/price_lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/price_text.h"

namespace ringfence {
namespace {

using ::testing::HasSubstr;
using Decides = ShownPrice::Decides;

constexpr std::string_view kCatalog =
    R"({"format":1,"updated":"2026-11-21","sources":{},"families":{)"
    R"("alpha":{"hosts":["alpha.test"],"also":["first"]},"beta":{"hosts":["beta.test"]}}}
{"family":"alpha","id":"one","names":["one-####-##-##"],"context":1000,"source":"here",)"
    R"("prices":[{"input":"1","output":"2"},{"from":"2026-06-01","input":"3","output":"4",)"
    R"("tiers":[{"above":500,"input":"6"}]}]}
{"family":"beta","id":"one","source":"there","prices":[{"input":"5","output":"6"}]}
{"family":"beta","id":"two","source":"there","prices":[{"input":"7","output":"8"}]}
)";

constexpr std::string_view kPolicy = R"(version: 1
providers:
  mine: {wire: openai, base_url: "https://mine.test", key: {env: K}}
  local: {wire: openai, base_url: "http://127.0.0.1:1", free: true}
prices:
  mine/own: {input: "0.5", output: "1.5"}
  tool:github/search: {call: "0.25"}
)";

struct PriceLookups : ::testing::Test {
  const Catalog catalog = *Catalog::parse(kCatalog);
  const Time now = *parse_rfc3339("2026-11-21T00:00:00Z");
  const PriceLookup bare{catalog, nullptr, now};

  static std::vector<std::string> names(const Result<std::vector<ShownPrice>>& found) {
    std::vector<std::string> out;
    if (!found) return {found.error().text()};
    for (const ShownPrice& shown : *found) out.push_back(shown.name);
    return out;
  }
};

TEST_F(PriceLookups, ByNameBareNameOtherNameAndPattern) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(bare.find("alpha/one")), (Names{"alpha/one"}));
  EXPECT_EQ(names(bare.find("first/ONE-2026-01-31")), (Names{"alpha/one-2026-01-31"}));
  EXPECT_EQ(names(bare.find("one")), (Names{"alpha/one", "beta/one"}));
  EXPECT_EQ(names(bare.find("beta/*")), (Names{"beta/one", "beta/two"}));
  EXPECT_EQ(names(bare.find("*o")), (Names{"beta/two"}));
}

TEST_F(PriceLookups, ThePriceOfTheDay) {
  const PriceLookup before(catalog, nullptr, *parse_rfc3339("2026-05-31T23:59:59Z"));
  EXPECT_EQ(before.find("alpha/one")->front().price.rates.get(Dimension::input), 1'000'000);
  EXPECT_EQ(bare.find("alpha/one")->front().price.rates.get(Dimension::input), 3'000'000);
}

TEST_F(PriceLookups, UnknownNamesAreToldTheirNeighbours) {
  const auto none = bare.find("beta/twoo");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  EXPECT_THAT(none.error().message, HasSubstr("beta/two"));
  EXPECT_EQ(bare.find("a\x1b[31m").error().code, ErrorCode::invalid);
  EXPECT_EQ(bare.find("").error().code, ErrorCode::invalid);
}

TEST_F(PriceLookups, SaysWhatDecides) {
  const auto policy = Policy::compile(kPolicy, "policy.yaml");
  ASSERT_TRUE(policy) << policy.error().text();
  const PriceLookup lookup(catalog, policy->get(), now);
  const auto own = lookup.find("own");
  ASSERT_TRUE(own) << own.error().text();
  EXPECT_EQ(own->front().name, "mine/own");
  EXPECT_EQ(own->front().decides, Decides::policy);
  EXPECT_EQ(lookup.find("local/any")->front().decides, Decides::free_provider);
  const auto listed = lookup.find("alpha/one");
  EXPECT_EQ(listed->front().decides, Decides::catalog);
  EXPECT_FALSE(listed->front().served);
  const auto tool = lookup.find("tool:github/search");
  ASSERT_TRUE(tool) << tool.error().text();
  EXPECT_EQ(tool->front().price.rates.get(Dimension::call), 250'000'000'000);
}

TEST_F(PriceLookups, PagesAndJsonHaveExactRates) {
  const ShownPrice shown = bare.find("alpha/one")->front();
  const std::string page = price_page(shown, catalog);
  EXPECT_THAT(page, HasSubstr("> 500"));
  EXPECT_THAT(page, HasSubstr("from 2026-06-01: 3.00 in, 4.00 out"));
  const Json json = price_json(shown, catalog);
  EXPECT_EQ(json.find("usd")->text(),
            R"({"input":"3","cached_input":"3","output":"4","reasoning":"4"})");
  EXPECT_EQ(json.find("cards")->array()->front().find("usd")->find("input")->text(), R"("6")");
}

// Every model of the build: pages and tables keep to their columns.
TEST(PricePages, FitTheirWidth) {
  const PriceLookup lookup(Catalog::built_in(), nullptr, *parse_rfc3339("2026-11-21T00:00:00Z"));
  const auto all = lookup.find("*");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), Catalog::built_in().models().size());
  std::string text = price_table(*all);
  for (const ShownPrice& shown : *all) text += price_page(shown, Catalog::built_in());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    ASSERT_LE(end - at, kPriceLineMax) << text.substr(at, end - at);
    at = end + 1;
  }
}

}  // namespace
}  // namespace ringfence
