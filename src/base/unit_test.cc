// SPDX-License-Identifier: Apache-2.0
#include "base/unit.h"

#include <gtest/gtest.h>

#include <utility>

namespace ringfence {
namespace {

TEST(UnitTable, BuiltInNamesInTheirPlaces) {
  const UnitTable table;
  EXPECT_EQ(table.size(), kBuiltInUnits);
  const std::pair<const char*, Unit> rows[] = {
      {"usd", kUsd},
      {"calls", kCalls},
      {"tokens", kTokens},
      {"input_tokens", kInputTokens},
      {"output_tokens", kOutputTokens},
      {"bytes", kBytes},
      {"seconds", kSeconds},
      {"concurrent", kConcurrent},
  };
  for (const auto& [name, unit] : rows) {
    EXPECT_EQ(table.find(name), unit) << name;
    EXPECT_EQ(table.name(unit), name);
  }
  EXPECT_EQ(table.find("USD"), std::nullopt);
  EXPECT_EQ(table.find(""), std::nullopt);
  EXPECT_EQ(table.find("emails"), std::nullopt);
}

TEST(UnitTable, InternsUpToItsLimit) {
  UnitTable table;
  EXPECT_EQ(table.intern("calls").value(), kCalls);
  const Unit emails = table.intern("emails").value();
  EXPECT_EQ(emails.index, kBuiltInUnits);
  EXPECT_EQ(table.intern("emails").value(), emails);
  for (std::size_t i = table.size(); i < kUnitsMax; ++i) {
    ASSERT_TRUE(table.intern("unit_" + std::to_string(i)).has_value());
  }
  const auto over = table.intern("one_more");
  ASSERT_FALSE(over.has_value());
  EXPECT_EQ(over.error().code, ErrorCode::too_large);
  EXPECT_EQ(table.intern("emails").value(), emails);  // a known one still is
  EXPECT_EQ(table.name(emails), "emails");
}

TEST(UnitTable, RefusesOtherNames) {
  const std::string longest(32, 'a');
  UnitTable table;
  EXPECT_TRUE(table.intern(longest).has_value());
  const std::string_view names[] = {"",        "Emails",  "1st",      "_x",
                                    "e-mails", "e mails", "\xC3\xA9", "a\x1b[31m"};
  for (const std::string_view name : names) {
    const auto unit = table.intern(name);
    ASSERT_FALSE(unit.has_value()) << name;
    EXPECT_EQ(unit.error().code, ErrorCode::invalid);
    EXPECT_EQ(unit.error().text().find('\x1b'), std::string::npos);
  }
  EXPECT_FALSE(table.intern(longest + "a").has_value());
}

TEST(Amount, TextForms) {
  const struct {
    Unit unit;
    const char* text;
    std::int64_t amount;
    const char* again;
  } rows[] = {
      {kUsd, "0.5", 500'000'000, "0.50"}, {kUsd, "0", 0, "0.00"},   {kSeconds, "1.5", 1'500, "1.5"},
      {kSeconds, "90", 90'000, "90"},     {kCalls, "12", 12, "12"}, {kTokens, "12.0", 12, "12"},
      {Unit{kBuiltInUnits}, "3", 3, "3"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(parse_amount(row.unit, row.text).value(), row.amount) << row.text;
    EXPECT_EQ(format_amount(row.unit, row.amount), row.again);
  }
  for (const char* text : {"-1", "-0.01", "1.5", "", "x"}) {
    EXPECT_FALSE(parse_amount(kCalls, text).has_value()) << text;
  }
  EXPECT_FALSE(parse_amount(kUsd, "-0.000000001").has_value());
  EXPECT_FALSE(parse_amount(kSeconds, "0.0001").has_value());
}

TEST(Amounts, StatedOrAbsent) {
  Amounts amounts;
  EXPECT_TRUE(amounts.empty());
  amounts.set(kCalls, 0);
  EXPECT_FALSE(amounts.empty());
  EXPECT_TRUE(amounts.has(kCalls));
  EXPECT_FALSE(amounts.has(kUsd));
  EXPECT_EQ(amounts.get(kUsd), 0);
  EXPECT_NE(amounts, Amounts{});  // a stated zero is not an absent unit

  amounts.raise_to(kCalls, 1);
  amounts.raise_to(kCalls, 0);
  EXPECT_EQ(amounts.get(kCalls), 1);
  amounts.raise_to(kUsd, 0);
  EXPECT_TRUE(amounts.has(kUsd));
  amounts.set(Unit{kUnitsMax - 1}, 7);

  std::vector<std::pair<int, std::int64_t>> seen;
  amounts.for_each([&](Unit unit, std::int64_t amount) { seen.emplace_back(unit.index, amount); });
  EXPECT_EQ(seen, (std::vector<std::pair<int, std::int64_t>>{{0, 0}, {1, 1}, {15, 7}}));

  amounts.clear(kCalls);
  amounts.clear(kUsd);
  amounts.clear(Unit{kUnitsMax - 1});
  EXPECT_EQ(amounts, Amounts{});
}

}  // namespace
}  // namespace ringfence
