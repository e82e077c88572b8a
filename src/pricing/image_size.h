// SPDX-License-Identifier: Apache-2.0
// Width and height of an image, read from the headers of PNG, JPEG, GIF and WEBP.
//
// Contract: pure; no pixel is decoded. Time is linear in the number of header blocks (GIF: of data
// blocks, 255 bytes each; base64 is checked once as a whole). None for whatever could be read in
// two ways or would make the size meaningless: unknown formats, cut-off headers, a second frame
// header, animations (how many frames a provider reads is its own affair), a side of 0. Sources:
// PNG (ISO/IEC 15948), JPEG (ITU-T T.81 annex B), GIF89a, RFC 9649 (WEBP). Limitations: a size is
// what the file says; whether the pixels follow is not looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pricing/image_bytes.h"

namespace ringfence {

struct ImageSize {
  std::int64_t width = 0;   // pixels, 1 to 2^32 - 1
  std::int64_t height = 0;  // likewise
  friend bool operator==(const ImageSize&, const ImageSize&) = default;
};

std::optional<ImageSize> image_size(const ImageBytes& image);
std::optional<ImageSize> image_size_of_base64(std::string_view base64);

// Of `data:image/png;base64,…`; the media type is not believed. None for every other kind of URL.
std::optional<ImageSize> image_size_of_data_url(std::string_view url);

}  // namespace ringfence
