// SPDX-License-Identifier: Apache-2.0
#include "pricing/image_tokens.h"

#include <algorithm>

namespace ringfence {
namespace {

using Wide = __int128;  // sides are below 2^32: products of three fit

constexpr std::int64_t up(Wide number, Wide divisor) {
  return static_cast<std::int64_t>((number + divisor - 1) / divisor);
}

struct Sides {
  std::int64_t longer;
  std::int64_t shorter;
};

Sides sides_of(ImageSize size) {
  return {std::max(size.width, size.height), std::min(size.width, size.height)};
}

bool valid(ImageSize size) {
  constexpr std::int64_t kSideMax = 0xFFFF'FFFF;
  return size.width > 0 && size.height > 0 && size.width <= kSideMax && size.height <= kSideMax;
}

bool digits_and_dashes(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || c == '-'; });
}

// The model itself, its latest alias or a dated snapshot ("gpt-4o-2024-08-06"): not its kin.
bool is_model(std::string_view model, std::string_view name) {
  if (!model.starts_with(name)) return false;
  const std::string_view rest = model.substr(name.size());
  return rest.empty() || rest == "-latest" || rest == "-chat-latest" ||
         (rest.size() == 11 && rest.starts_with("-20") && digits_and_dashes(rest));
}

struct TileModel {
  std::string_view name;
  std::int64_t base;
  std::int64_t tile;
};

constexpr TileModel kTileModels[] = {
    {"gpt-4o", 85, 170},      {"chatgpt-4o", 85, 170},
    {"gpt-4.1", 85, 170},     {"gpt-4.5-preview", 85, 170},
    {"gpt-4-turbo", 85, 170}, {"gpt-4o-mini", 2'833, 5'667},
    {"o1", 75, 150},          {"o1-pro", 75, 150},
    {"o3", 75, 150},          {"gpt-5", 70, 140},
    {"gpt-5.1", 70, 140},     {"computer-use-preview", 65, 129},
};

std::int64_t tile_tokens(const TileModel& model, ImageSize size, ImageDetail detail) {
  if (detail == ImageDetail::low) return model.base;
  constexpr std::int64_t kTile = 512;
  constexpr std::int64_t kShort = 768;
  constexpr std::int64_t kLong = 2'048;
  const auto [longer, shorter] = sides_of(size);
  // Scaled by the smaller of kShort / shorter and kLong / longer.
  const bool by_short = Wide{longer} * kShort <= Wide{shorter} * kLong;
  const std::int64_t across =
      by_short ? up(kShort, kTile) : up(Wide{shorter} * kLong, Wide{longer} * kTile);
  const std::int64_t along =
      by_short ? up(Wide{longer} * kShort, Wide{shorter} * kTile) : up(kLong, kTile);
  return model.base + model.tile * across * along;
}

struct Budget {
  std::int64_t side;     // 0: the image is not fitted
  std::int64_t patches;  // 0: likewise
};

struct PatchModel {
  std::string_view name;
  std::int64_t percent;  // the multiplier in hundredths
  Budget high;
  std::optional<Budget> original;
};

constexpr Budget kSmall{2'048, 6'144};
constexpr Budget kHigh{2'048, 2'500};
constexpr Budget kOriginal{6'000, 10'000};
constexpr Budget kUnfitted{0, 0};

constexpr PatchModel kPatchModels[] = {
    {"gpt-4.1-mini", 162, kSmall, {}},
    {"gpt-4.1-nano", 246, kSmall, {}},
    {"gpt-5-mini", 162, kSmall, {}},
    {"gpt-5-nano", 246, kSmall, {}},
    {"o4-mini", 172, kSmall, {}},
    {"gpt-5.2", 120, kSmall, {}},
    {"gpt-5.4-mini", 162, kSmall, {}},
    {"gpt-5.4-nano", 246, kSmall, {}},
    {"gpt-5.4", 120, kHigh, kOriginal},
    {"gpt-5.5", 120, kHigh, kOriginal},
    {"gpt-5.6", 120, kHigh, kUnfitted},
    {"gpt-5.6-sol", 120, kHigh, kUnfitted},
    {"gpt-5.6-terra", 120, kHigh, kUnfitted},
    {"gpt-5.6-luna", 120, kHigh, kUnfitted},
};

std::int64_t patches(ImageSize size, Budget budget) {
  constexpr std::int64_t kPatch = 32;
  const auto [longer, shorter] = sides_of(size);
  const bool fitted = budget.side != 0 && longer > budget.side;
  const std::int64_t along = up(fitted ? budget.side : longer, kPatch);
  const std::int64_t across =
      fitted ? up(Wide{shorter} * budget.side, Wide{longer} * kPatch) : up(shorter, kPatch);
  const std::int64_t count = along * across;  // below 2^54
  return budget.patches != 0 ? std::min(count, budget.patches) : count;
}

std::int64_t patch_tokens(const PatchModel& model, ImageSize size, ImageDetail detail) {
  constexpr std::int64_t kLowPatches = (512 / 32) * (512 / 32);
  std::int64_t count = patches(size, model.high);
  if (detail == ImageDetail::low) count = std::max(count, kLowPatches);
  if (model.original && (detail == ImageDetail::automatic || detail == ImageDetail::original)) {
    count = std::max(count, patches(size, *model.original));
  }
  return up(Wide{count} * model.percent, 100);
}

// Claude 3, and Claude 4 up to 4.6, in both orders of the name: "claude-3-5-sonnet-…",
// "claude-opus-4-1-…", "claude-sonnet-4-20250514".
bool is_standard_claude(std::string_view model) {
  if (model.starts_with("claude-3-")) return true;
  for (const std::string_view name : {"claude-opus-4", "claude-sonnet-4", "claude-haiku-4"}) {
    if (!model.starts_with(name)) continue;
    const std::string_view rest = model.substr(name.size());
    if (rest.empty()) return true;
    if (rest[0] != '-' && rest[0] != '.') return false;
    const std::string_view minor = rest.substr(1, rest.find('-', 1) - 1);
    if (minor.size() == 8) return true;  // the date of a snapshot
    return minor.size() == 1 && minor[0] >= '0' && minor[0] <= '6';
  }
  return false;
}

std::int64_t gemini_tiles(ImageSize size) {
  constexpr std::int64_t kTileMax = 768;
  const std::int64_t shorter = std::min(size.width, size.height);
  const std::int64_t tile = std::clamp<std::int64_t>(shorter * 2 / 3, 1, kTileMax);
  return up(size.width, tile) * up(size.height, tile);
}

}  // namespace

std::optional<std::int64_t> openai_image_tokens(std::string_view model, ImageSize size,
                                                ImageDetail detail) {
  if (!valid(size)) return std::nullopt;
  for (const TileModel& one : kTileModels) {
    if (is_model(model, one.name)) return tile_tokens(one, size, detail);
  }
  for (const PatchModel& one : kPatchModels) {
    if (is_model(model, one.name)) return patch_tokens(one, size, detail);
  }
  return std::nullopt;
}

std::optional<std::int64_t> anthropic_image_tokens(std::string_view model, ImageSize size) {
  constexpr std::int64_t kStandardMax = 1'600;
  constexpr std::int64_t kHighMax = 4'784;
  if (!valid(size) || !model.starts_with("claude-") || model.starts_with("claude-2") ||
      model.starts_with("claude-instant")) {
    return std::nullopt;
  }
  const Wide patches = Wide{up(size.width, 28)} * up(size.height, 28);
  const Wide area = up(Wide{size.width} * size.height, 750);
  const Wide most = is_standard_claude(model) ? kStandardMax : kHighMax;
  return static_cast<std::int64_t>(std::min(std::max(patches, area), most));
}

std::optional<std::int64_t> google_image_tokens(std::string_view model, ImageSize size,
                                                MediaResolution resolution) {
  if (!valid(size)) return std::nullopt;
  if (model.starts_with("gemini-3-") || model.starts_with("gemini-3.")) {
    switch (resolution) {
      case MediaResolution::low: return 280;
      case MediaResolution::medium: return 560;
      case MediaResolution::unspecified:
      case MediaResolution::high: return 1'120;
      case MediaResolution::ultra_high: return 2'240;
    }
  }
  const bool tiled = model.starts_with("gemini-1.5-") || model.starts_with("gemini-2.0-") ||
                     model.starts_with("gemini-2.5-");
  if (!tiled || resolution == MediaResolution::ultra_high) return std::nullopt;
  constexpr std::int64_t kTileTokens = 258;
  constexpr std::int64_t kSmallSide = 384;
  const bool small = size.width <= kSmallSide && size.height <= kSmallSide;
  if (small || resolution == MediaResolution::low || resolution == MediaResolution::medium) {
    return kTileTokens;
  }
  // A strip of 1 x 2^32 is 2^32 tiles: no product overflows.
  return (gemini_tiles(size) + 1) * kTileTokens;
}

std::optional<ImageDetail> image_detail(std::string_view word) {
  if (word.empty() || word == "auto") return ImageDetail::automatic;
  if (word == "low") return ImageDetail::low;
  if (word == "high") return ImageDetail::high;
  if (word == "original") return ImageDetail::original;
  return std::nullopt;
}

std::optional<MediaResolution> media_resolution(std::string_view word) {
  if (word.empty() || word == "MEDIA_RESOLUTION_UNSPECIFIED") return MediaResolution::unspecified;
  if (word == "MEDIA_RESOLUTION_LOW") return MediaResolution::low;
  if (word == "MEDIA_RESOLUTION_MEDIUM") return MediaResolution::medium;
  if (word == "MEDIA_RESOLUTION_HIGH") return MediaResolution::high;
  if (word == "MEDIA_RESOLUTION_ULTRA_HIGH") return MediaResolution::ultra_high;
  return std::nullopt;
}

}  // namespace ringfence
