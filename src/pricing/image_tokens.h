// SPDX-License-Identifier: Apache-2.0
// The most tokens that an image can be to a model, by the vendors' published formulas.
//
// Contract: pure. Each answer is an upper bound: where documents differ or are silent the larger
// reading is taken, and fractions are rounded up. None for a model whose formula is not published;
// an answer may be larger than the model's context (the caller takes the smaller).
// Limitations: the vendors' pages as they stood in autumn 2026; a new model needs a new row. The
// few tokens that frame an image in its message are not in here.
//
// OpenAI, developers.openai.com/api/docs/guides/images-vision, "Calculating costs":
//   tiles    fitted into 2048 x 2048, then the short side to 768 (here: up too, as far as 2048 lets
//            it); base + tile for each 512 x 512 square. `low` is the base alone.
//   patches  ceil(w/32) x ceil(h/32) x multiplier, after fitting into a longest side and a budget
//   of
//            patches. Earlier forms of the page had a budget of 1,536 where it now has 6,144 with
//            2,048 pixels: the later is taken. `low` may enlarge to 512 x 512 and is said not to be
//            cheaper everywhere: here the larger of that and `high`. `auto` is `original` where the
//            model has it. From gpt-5.6 on `original` is not fitted at all.
// Anthropic, platform.claude.com/docs/en/build-with-claude/vision: ceil(w/28) x ceil(h/28), at most
//   1,568 (4,784 from Claude 4.7 on) because larger images are scaled down; before 2026 the page
//   said w x h / 750, at most about 1,600. Here the larger of both, at most 1,600 or 4,784.
// Google, ai.google.dev/gemini-api/docs/image-understanding and /media-resolution:
//   Gemini 1.5 to 2.5  258 when both sides are at most 384, else 258 for each tile of side
//                      floor(min(w, h) / 1.5), here at most 768, and one more for the overview that
//                      usage figures show. Low and medium resolution: 64 and 256, here 258.
//   Gemini 3           280, 560, 1120, 2240 for low, medium, high, ultra high; 1120 unless stated
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pricing/image_size.h"

namespace ringfence {

// OpenAI's `detail`; one that is absent is automatic.
enum class ImageDetail : std::uint8_t { automatic, low, high, original };

// Google's `media_resolution`.
enum class MediaResolution : std::uint8_t { unspecified, low, medium, high, ultra_high };

// `model` as the vendor names it, with or without the date of a snapshot.
std::optional<std::int64_t> openai_image_tokens(std::string_view model, ImageSize size,
                                                ImageDetail detail);
std::optional<std::int64_t> anthropic_image_tokens(std::string_view model, ImageSize size);
std::optional<std::int64_t> google_image_tokens(std::string_view model, ImageSize size,
                                                MediaResolution resolution);

// The words of the wires: "low", "high", "original", "auto", and "" for an absent one; and
// "MEDIA_RESOLUTION_HIGH" and so on. None for a word that we do not know.
std::optional<ImageDetail> image_detail(std::string_view word);
std::optional<MediaResolution> media_resolution(std::string_view word);

}  // namespace ringfence
