// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/answer_reading.h"

#include <gtest/gtest.h>

#include "gateway/llm/request_reading.h"

namespace ringfence::llm {
namespace {

TEST(AnswerReading, CountsOnlyCounts) {
  std::optional<std::int64_t> into;
  Counts counts;
  counts.take(json_root("null"), into);
  EXPECT_FALSE(into);
  counts.take(json_root("7"), into);
  EXPECT_EQ(into, 7);
  EXPECT_FALSE(counts.nonsense());
  counts.take(json_root("8"), into);
  EXPECT_TRUE(counts.nonsense()) << "stated twice";
  for (const char* text : {"-1", "1.0", "1e3", "\"1\"", "true", "[]", "99999999999999999999"}) {
    Counts one;
    std::optional<std::int64_t> none;
    one.take(json_root(text), none);
    EXPECT_TRUE(one.nonsense()) << text;
  }
}

TEST(AnswerReading, DividesAWholeIntoItsParts) {
  Usage usage;
  EXPECT_TRUE(divide(usage, Dimension::input, 10, {{Dimension::cached_input, 4}}));
  EXPECT_EQ(usage.get(Dimension::input), 6);
  EXPECT_EQ(usage.get(Dimension::cached_input), 4);
  EXPECT_FALSE(divide(usage, Dimension::input, 10,
                      {{Dimension::cached_input, 6}, {Dimension::cache_write_5m, 5}}));
}

TEST(AnswerReading, CountsTheBytesOfStrings) {
  const auto bytes = [](std::string_view text) { return string_bytes(json_root(text), {"id"}); };
  EXPECT_EQ(bytes(R"("h\u00e9")"), 3);
  EXPECT_EQ(bytes(R"([1,"ab",{"id":"xxx","a":{"b":"c"}}])"), 3);
  EXPECT_EQ(bytes(R"({"i\u0064":"xxx"})"), 0);
  EXPECT_EQ(bytes("17"), 0);
}

TEST(RequestReading, ReadsModelsAndCaps) {
  EXPECT_EQ(*read_model(json_root(R"("a\/b")"), "model"), "a/b");
  EXPECT_FALSE(read_model(json_root(R"("")"), "model"));
  EXPECT_FALSE(read_model(json_root("7"), "model"));
  EXPECT_FALSE(read_model(json_root("\"" + std::string(kModelNameMax + 1, 'm') + "\""), "model"));
  EXPECT_EQ(*read_output_cap(json_root("null"), "cap"), std::nullopt);
  EXPECT_EQ(*read_output_cap(json_root("1"), "cap"), 1);
  EXPECT_EQ(read_output_cap(json_root("0"), "cap").error().where, "cap");
  EXPECT_FALSE(read_output_cap(json_root(std::to_string(kOutputCapMax + 1)), "cap"));
}

}  // namespace
}  // namespace ringfence::llm
