// SPDX-License-Identifier: Apache-2.0
#include "pricing/image_size.h"

#include <algorithm>

namespace ringfence {
namespace {

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n";

std::optional<ImageSize> size_of(std::uint32_t width, std::uint32_t height) {
  if (width == 0 || height == 0) return std::nullopt;
  return ImageSize{width, height};
}

// chunk = length(4) type(4) data(length) crc(4); IHDR is the first. Read up to the pixels.
std::optional<ImageSize> png_size(const ImageBytes& image) {
  std::size_t at = kPng.size();
  if (!image.has(at, 25) || image.big_endian(at, 4) != 13 || !image.is(at + 4, "IHDR")) {
    return std::nullopt;
  }
  const auto size = size_of(image.big_endian(at + 8, 4), image.big_endian(at + 12, 4));
  for (at += 25; image.has(at, 12);) {
    const std::size_t length = image.big_endian(at, 4);
    if (image.is(at + 4, "IDAT")) return size;
    if (image.is(at + 4, "IHDR") || image.is(at + 4, "acTL")) return std::nullopt;
    if (!image.has(at, 12 + length)) return std::nullopt;
    at += 12 + length;
  }
  return std::nullopt;
}

bool is_frame_header(std::uint8_t marker) {  // SOF0 to SOF15 without DHT, JPG, DAC
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// segment = 0xFF marker length(2, itself included) data. Read up to the first scan.
std::optional<ImageSize> jpeg_size(const ImageBytes& image) {
  std::optional<ImageSize> size;
  for (std::size_t at = 2; image.has(at, 4);) {
    if (image[at] != 0xFF) return std::nullopt;
    const std::uint8_t marker = image[at + 1];
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    // 0x01 and 0xD0 to 0xD9 have no length, and no place before a scan.
    if (marker < 0xC0 || (marker >= 0xD0 && marker <= 0xD9)) return std::nullopt;
    if (marker == 0xDA) return size;
    const std::size_t length = image.big_endian(at + 2, 2);
    if (length < 2 || !image.has(at + 2, length)) return std::nullopt;
    if (is_frame_header(marker)) {
      if (size || length < 8) return std::nullopt;
      size = size_of(image.big_endian(at + 7, 2), image.big_endian(at + 5, 2));
      if (!size) return std::nullopt;  // a height of 0 is told after the scan
    }
    at += 2 + length;
  }
  return std::nullopt;
}

std::size_t gif_colors(std::uint8_t flags) {
  return (flags & 0x80) != 0 ? std::size_t{3} << ((flags & 7) + 1) : 0;
}

// The place after a row of length-led data blocks, or none when they do not end.
std::optional<std::size_t> after_gif_blocks(const ImageBytes& image, std::size_t at) {
  while (image.has(at, 1)) {
    const std::size_t length = image[at];
    ++at;
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

// One image and no more, up to the trailer; a frame may be larger than the screen.
std::optional<ImageSize> gif_size(const ImageBytes& image) {
  if (!image.has(0, 13)) return std::nullopt;
  std::uint32_t width = image.little_endian(6, 2);
  std::uint32_t height = image.little_endian(8, 2);
  bool seen = false;
  std::optional<std::size_t> at = 13 + gif_colors(image[10]);
  while (at && image.has(*at, 1)) {
    const std::uint8_t kind = image[*at];
    if (kind == 0x3B) return seen ? size_of(width, height) : std::nullopt;
    if (kind == 0x21 && image.has(*at, 2)) {
      at = after_gif_blocks(image, *at + 2);
    } else if (kind == 0x2C && !seen && image.has(*at, 11)) {
      seen = true;
      width = std::max(width, image.little_endian(*at + 1, 2) + image.little_endian(*at + 5, 2));
      height = std::max(height, image.little_endian(*at + 3, 2) + image.little_endian(*at + 7, 2));
      at = after_gif_blocks(image, *at + 10 + gif_colors(image[*at + 9]) + 1);
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

// "RIFF" size(4) "WEBP" chunk; chunk = type(4) size(4) data
std::optional<ImageSize> webp_size(const ImageBytes& image) {
  if (!image.has(12, 18)) return std::nullopt;
  if (image.is(12, "VP8X")) {
    constexpr std::uint8_t kAnimated = 0x02;
    if ((image[20] & kAnimated) != 0) return std::nullopt;
    return size_of(image.little_endian(24, 3) + 1, image.little_endian(27, 3) + 1);
  }
  if (image.is(12, "VP8L") && image[20] == 0x2F) {
    const std::uint32_t bits = image.little_endian(21, 4);
    return size_of((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1);
  }
  if (image.is(12, "VP8 ") && image.is(23, "\x9d\x01\x2a")) {
    return size_of(image.little_endian(26, 2) & 0x3FFF, image.little_endian(28, 2) & 0x3FFF);
  }
  return std::nullopt;
}

bool same_letters(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? x + ('a' - 'A') : x) == y;
  });
}

}  // namespace

std::optional<ImageSize> image_size(const ImageBytes& image) {
  if (image.is(0, kPng)) return png_size(image);
  if (image.is(0, "\xff\xd8\xff")) return jpeg_size(image);
  if (image.is(0, "GIF87a") || image.is(0, "GIF89a")) return gif_size(image);
  if (image.is(0, "RIFF") && image.is(8, "WEBP")) return webp_size(image);
  return std::nullopt;
}

std::optional<ImageSize> image_size_of_base64(std::string_view base64) {
  const auto image = ImageBytes::of_base64(base64);
  return image ? image_size(*image) : std::nullopt;
}

std::optional<ImageSize> image_size_of_data_url(std::string_view url) {
  constexpr std::string_view kScheme = "data:";
  constexpr std::string_view kBase64 = ";base64";
  const std::size_t comma = url.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const std::string_view head = url.substr(0, comma);
  if (head.size() < kScheme.size() + kBase64.size() ||
      !same_letters(head.substr(0, kScheme.size()), kScheme) ||
      !same_letters(head.substr(head.size() - kBase64.size()), kBase64)) {
    return std::nullopt;
  }
  return image_size_of_base64(url.substr(comma + 1));
}

}  // namespace ringfence
