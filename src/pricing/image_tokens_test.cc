// SPDX-License-Identifier: Apache-2.0
#include "pricing/image_tokens.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

constexpr auto kAuto = ImageDetail::automatic;
constexpr auto kLow = ImageDetail::low;
constexpr auto kHigh = ImageDetail::high;
constexpr auto kOriginal = ImageDetail::original;

// "documented": the vendor's own example; the others follow from the rules in the header.
TEST(ImageTokens, OpenAi) {
  const struct {
    const char* model;
    ImageSize size;
    ImageDetail detail;
    std::optional<std::int64_t> tokens;
  } rows[] = {
      {"gpt-4o", {1024, 1024}, kHigh, 765},   // documented
      {"gpt-4o", {2048, 4096}, kHigh, 1105},  // documented
      {"gpt-4o", {4096, 8192}, kLow, 85},     // documented
      {"gpt-4o-2024-08-06", {1024, 1024}, kAuto, 765},
      {"gpt-4.1", {1024, 1024}, kOriginal, 765},
      {"gpt-4o", {1, 1}, kHigh, 765},        // scaled up, should they do so
      {"gpt-4o", {1, 100'000}, kHigh, 765},  // a strip of four squares
      {"gpt-4o", {768, 2048}, kHigh, 1445},  // the most there is: 2 x 4 squares
      {"gpt-4o-mini", {1024, 1024}, kHigh, 25'501},
      {"gpt-4o-mini", {1024, 1024}, kLow, 2'833},
      {"o1", {1024, 1024}, kHigh, 675},
      {"o3-2025-04-16", {1024, 1024}, kLow, 75},
      {"gpt-5", {1024, 1024}, kHigh, 630},
      {"gpt-5-chat-latest", {1024, 1024}, kHigh, 630},
      {"computer-use-preview", {1024, 1024}, kHigh, 581},
      {"gpt-4.1-mini", {1024, 1024}, kHigh, 1'659},  // documented: 1024 patches, x 1.62
      {"gpt-4.1-mini", {1800, 2400}, kHigh, 4'977},  // 48 x 64; documented once: 1452 patches
      {"gpt-4.1-nano", {32, 32}, kHigh, 3},
      {"gpt-4.1-nano", {33, 32}, kHigh, 5},
      {"gpt-4.1-nano", {32, 32}, kLow, 630},  // may be enlarged
      {"o4-mini", {100'000, 100'000}, kHigh, 7'046},
      {"gpt-5-mini-2025-08-07", {1024, 1024}, kAuto, 1'659},
      {"gpt-5.5",
       {2752, 1536},
       kHigh,
       2'765},  // observed: 2048 x 1143, 64 x 36 = 2304 patches x 1.2
      {"gpt-5.4", {6000, 6000}, kHigh, 3'000},
      {"gpt-5.4", {6000, 6000}, kOriginal, 12'000},
      {"gpt-5.4", {6000, 6000}, kAuto, 12'000},
      {"gpt-5.6", {6000, 6000}, kOriginal, 42'413},  // documented: 35,344 patches
      {"gpt-5.6", {6000, 6000}, kHigh, 3'000},       // documented: 2,500 patches
      {"gpt-5.6", {6000, 6000}, kLow, 3'000},
      {"gpt-5.9", {1024, 1024}, kHigh, std::nullopt},
      {"gpt-4o-audio-preview", {1024, 1024}, kHigh, std::nullopt},
      {"o3-mini", {1024, 1024}, kHigh, std::nullopt},
      {"gpt-4", {1024, 1024}, kHigh, std::nullopt},
      {"", {1024, 1024}, kHigh, std::nullopt},
      {"gpt-4o", {0, 1024}, kHigh, std::nullopt},
      {"gpt-4o", {1024, -1}, kHigh, std::nullopt},
      {"gpt-4o", {std::int64_t{1} << 32, 1}, kHigh, std::nullopt},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(openai_image_tokens(row.model, row.size, row.detail), row.tokens)
        << row.model << ' ' << row.size.width << 'x' << row.size.height;
  }
}

TEST(ImageTokens, Anthropic) {
  const struct {
    const char* model;
    ImageSize size;
    std::optional<std::int64_t> tokens;
  } rows[] = {
      {"claude-opus-5", {200, 200}, 64},                  // documented
      {"claude-opus-5", {1000, 1000}, 1'334},             // documented: 1296, and once 1334
      {"claude-opus-5", {1092, 1092}, 1'590},             // documented: 1521, and once 1590
      {"claude-opus-5", {1920, 1080}, 2'765},             // documented: 2691
      {"claude-opus-4-7", {3840, 2160}, 4'784},           // documented
      {"claude-opus-4-1-20250805", {3840, 2160}, 1'600},  // documented: 1560
      {"claude-sonnet-4-20250514", {3840, 2160}, 1'600},
      {"claude-3-5-sonnet-20241022", {3840, 2160}, 1'600},
      {"claude-sonnet-4.6", {3840, 2160}, 1'600},
      {"claude-sonnet-4", {3840, 2160}, 1'600},
      {"claude-haiku-4-5", {1, 1}, 1},
      {"claude-fable-5-1", {0xFFFFFFFF, 0xFFFFFFFF}, 4'784},
      {"claude-2.1", {100, 100}, std::nullopt},
      {"gpt-4o", {100, 100}, std::nullopt},
      {"claude-opus-5", {0, 0}, std::nullopt},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(anthropic_image_tokens(row.model, row.size), row.tokens)
        << row.model << ' ' << row.size.width << 'x' << row.size.height;
  }
}

TEST(ImageTokens, Google) {
  using enum MediaResolution;
  const struct {
    const char* model;
    ImageSize size;
    MediaResolution resolution;
    std::optional<std::int64_t> tokens;
  } rows[] = {
      {"gemini-2.5-flash", {384, 384}, unspecified, 258},    // documented
      {"gemini-2.5-flash", {960, 540}, unspecified, 1'806},  // documented: 6 tiles, and an overview
      {"gemini-2.0-flash", {1024, 1024}, unspecified, 1'290},  // as observed
      {"gemini-2.5-pro", {3840, 2160}, high, 4'128},           // 5 x 3 tiles and an overview
      {"gemini-2.5-pro", {3840, 2160}, low, 258},
      {"gemini-2.5-pro", {1, 385}, unspecified, 99'588},  // a tile a pixel
      {"gemini-2.5-pro", {960, 540}, ultra_high, std::nullopt},
      {"gemini-3-pro-preview", {3840, 2160}, unspecified, 1'120},  // documented, all five
      {"gemini-3.1-pro", {3840, 2160}, low, 280},
      {"gemini-3.5-flash", {1, 1}, medium, 560},
      {"gemini-3.5-flash", {1, 1}, high, 1'120},
      {"gemini-3.5-flash", {1, 1}, ultra_high, 2'240},
      {"gemini-4-pro", {1, 1}, unspecified, std::nullopt},
      {"gemini-2.5-pro", {0, 1}, unspecified, std::nullopt},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(google_image_tokens(row.model, row.size, row.resolution), row.tokens)
        << row.model << ' ' << row.size.width << 'x' << row.size.height;
  }
}

// A larger square never bounds lower.
TEST(ImageTokens, GrowWithTheImage) {
  for (const char* model : {"gpt-4.1-mini", "gpt-5.4", "gpt-5.6"}) {
    std::int64_t last = 0;
    for (std::int64_t side = 1; side < 70'000; side += 97) {
      const auto tokens = openai_image_tokens(model, {side, side}, kOriginal);
      ASSERT_GE(tokens, last) << model << ' ' << side;
      last = *tokens;
    }
  }
  std::int64_t last = 0;
  for (std::int64_t side = 1; side < 9'000; side += 13) {
    const auto tokens = anthropic_image_tokens("claude-opus-5", {side, side});
    ASSERT_GE(tokens, last) << side;
    last = *tokens;
  }
}

TEST(ImageTokens, WordsOfTheWires) {
  EXPECT_EQ(image_detail(""), kAuto);
  EXPECT_EQ(image_detail("auto"), kAuto);
  EXPECT_EQ(image_detail("low"), kLow);
  EXPECT_EQ(image_detail("high"), kHigh);
  EXPECT_EQ(image_detail("original"), kOriginal);
  EXPECT_EQ(image_detail("LOW"), std::nullopt);
  EXPECT_EQ(media_resolution(""), MediaResolution::unspecified);
  EXPECT_EQ(media_resolution("MEDIA_RESOLUTION_LOW"), MediaResolution::low);
  EXPECT_EQ(media_resolution("MEDIA_RESOLUTION_ULTRA_HIGH"), MediaResolution::ultra_high);
  EXPECT_EQ(media_resolution("low"), std::nullopt);
}

}  // namespace
}  // namespace ringfence
