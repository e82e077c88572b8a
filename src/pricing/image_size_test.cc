// SPDX-License-Identifier: Apache-2.0
#include "pricing/image_size.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace ringfence {
namespace {

using namespace std::string_literals;

std::string big(std::uint32_t number, int bytes) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>(number >> (8 * bytes));
  return text;
}
std::string little(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i));
  return text;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (at + i < bytes.size() ? static_cast<std::uint8_t>(bytes[at + i]) : 0);
    }
    for (int i = 3; i >= 0; --i) text += kAlphabet[bits >> (6 * i) & 63];
  }
  for (std::size_t i = 0; i < (3 - bytes.size() % 3) % 3; ++i) text[text.size() - 1 - i] = '=';
  return text;
}

std::string chunk(std::string_view type, std::string_view data) {
  return big(static_cast<std::uint32_t>(data.size()), 4).append(type).append(data) + "crc.";
}
std::string png(std::string_view chunks) { return "\x89PNG\r\n\x1a\n" + std::string(chunks); }
std::string header(std::uint32_t width, std::uint32_t height) {
  return chunk("IHDR", big(width, 4) + big(height, 4) + "\x08\x06\0\0\0"s);
}

std::string segment(char marker, std::string_view data) {
  return "\xff"s + marker + big(static_cast<std::uint32_t>(data.size()) + 2, 2).append(data);
}
std::string frame(char marker, std::uint32_t width, std::uint32_t height) {
  return segment(marker, "\x08" + big(height, 2) + big(width, 2) + "\x01\x01\x11\0"s);
}
const std::string kScan = segment('\xda', "\x01\x01\0\0\x3f\0"s) + "pixels";

std::string gif(std::string_view blocks) {
  return "GIF89a" + little(20, 2) + little(10, 2) + "\0\0\0"s.append(blocks);
}
std::string gif_frame(std::uint32_t left, std::uint32_t width, std::uint32_t height) {
  return "," + little(left, 2) + little(0, 2) + little(width, 2) + little(height, 2) +
         "\0\x02\x03zip\0"s;
}

std::string webp(std::string_view chunk_type, std::string_view data) {
  return "RIFF" + little(100, 4) + "WEBP" + std::string(chunk_type) + little(50, 4) +
         std::string(data) + std::string(8, '\0');
}

void expect(const std::string& bytes, std::optional<ImageSize> size, std::string_view what) {
  EXPECT_EQ(image_size(ImageBytes::of_bytes(bytes)), size) << what;
  EXPECT_EQ(image_size_of_base64(base64(bytes)), size) << what;
  EXPECT_EQ(image_size_of_data_url("data:image/png;base64," + base64(bytes)), size) << what;
}

TEST(ImageSize, Png) {
  expect(png(header(640, 480) + chunk("IDAT", "x")), ImageSize{640, 480}, "plain");
  expect(png(header(1, 0xFFFFFFFF) + chunk("tEXt", "abc") + chunk("IDAT", "")),
         ImageSize{1, 0xFFFFFFFF}, "text before the pixels");
  expect(png(header(640, 480)), std::nullopt, "no pixels");
  expect(png(header(0, 480) + chunk("IDAT", "x")), std::nullopt, "no width");
  expect(png(header(640, 480) + header(9, 9) + chunk("IDAT", "x")), std::nullopt, "two headers");
  expect(png(header(640, 480) + chunk("acTL", "12345678") + chunk("IDAT", "x")), std::nullopt,
         "animated");
  expect(png(chunk("tEXt", "abcdefghijklm") + header(640, 480)), std::nullopt, "late header");
  expect(png(header(640, 480) + big(0xFFFFFFFF, 4) + "tEXt"), std::nullopt, "endless chunk");
}

TEST(ImageSize, Jpeg) {
  const std::string start = "\xff\xd8";
  expect(start + segment('\xe0', "JFIF") + frame('\xc0', 640, 480) + kScan, ImageSize{640, 480},
         "baseline");
  expect(start + segment('\xe1', std::string(60'000, 'x')) + "\xff" + frame('\xc2', 3, 5) + kScan,
         ImageSize{3, 5}, "progressive, behind a long segment and a fill byte");
  expect(start + segment('\xc4', "tables..") + frame('\xc1', 3, 5) + kScan, ImageSize{3, 5}, "DHT");
  expect(start + frame('\xc0', 640, 480), std::nullopt, "no scan");
  expect(start + kScan, std::nullopt, "no frame");
  expect(start + frame('\xc0', 640, 0) + kScan, std::nullopt, "height after the scan");
  expect(start + frame('\xc0', 1, 1) + frame('\xc0', 640, 480) + kScan, std::nullopt, "two frames");
  expect(start + "x" + frame('\xc0', 640, 480) + kScan, std::nullopt, "garbage between segments");
  expect(start + "\xff\xe0" + big(1, 2) + kScan, std::nullopt, "a length below its own");
}

TEST(ImageSize, Gif) {
  expect(gif(gif_frame(0, 20, 10) + ";"), ImageSize{20, 10}, "one frame");
  expect(gif(gif_frame(5, 20, 30) + ";"), ImageSize{25, 30}, "a frame beyond the screen");
  expect(gif("!\xf9\x04"
             "abcd\0"s +
             gif_frame(0, 20, 10) + ";"),
         ImageSize{20, 10}, "extension");
  expect(gif(gif_frame(0, 20, 10) + gif_frame(0, 20, 10) + ";"), std::nullopt, "animated");
  expect(gif(gif_frame(0, 20, 10)), std::nullopt, "no end");
  expect(gif(";"), std::nullopt, "no frame");
}

TEST(ImageSize, Webp) {
  expect(webp("VP8 ", "\0\0\0\x9d\x01\x2a"s + little(640, 2) + little(0x4000 | 480, 2)),
         ImageSize{640, 480}, "lossy");
  expect(webp("VP8L", "\x2f" + little(639 | 479 << 14, 4)), ImageSize{640, 480}, "lossless");
  expect(webp("VP8X", "\0\0\0\0"s + little(639, 3) + little(479, 3)), ImageSize{640, 480},
         "canvas");
  expect(webp("VP8X", "\x02\0\0\0"s + little(639, 3) + little(479, 3)), std::nullopt, "animated");
  expect(webp("VP9 ", "\0\0\0\x9d\x01\x2a"s), std::nullopt, "unknown");
}

// The fuzzer's seeds, written by Pillow.
TEST(ImageSize, ImagesOfAnotherWriter) {
  const struct {
    const char* file;
    bool has_size;
  } rows[] = {{"png", true},           {"jpeg", true},          {"progressive", true},
              {"gif", true},           {"webp_lossy", true},    {"webp_lossless", true},
              {"webp_extended", true}, {"png_animated", false}, {"gif_animated", false},
              {"webp_animated", false}};
  for (const auto& row : rows) {
    std::ifstream file("tests/fuzz/corpus/image_size/"s + row.file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    ASSERT_FALSE(bytes.empty()) << row.file;
    expect(bytes, row.has_size ? std::optional(ImageSize{17, 9}) : std::nullopt, row.file);
  }
}

TEST(ImageSize, WhatIsNoImageOrNotOneReading) {
  const std::string good = base64(png(header(640, 480) + chunk("IDAT", "x")));
  ASSERT_TRUE(image_size_of_base64(good));
  for (const std::string& text :
       {""s, "a"s, "===="s, good + "\n", "\n" + good, good + "====", good.substr(1),
        std::string(good).replace(8, 1, "-"), std::string(good).replace(8, 1, "="), "Qk0AAAAA"s}) {
    EXPECT_EQ(image_size_of_base64(text), std::nullopt) << text;
  }
  EXPECT_TRUE(image_size_of_data_url("DATA:;BASE64," + good));
  EXPECT_TRUE(image_size_of_data_url("data:image/png;charset=x;base64," + good));
  for (const std::string& url : {"https://example.com/a.png"s, "data:image/png," + good, good,
                                 "data:image/png;base64;x," + good, "data:base64," + good}) {
    EXPECT_EQ(image_size_of_data_url(url), std::nullopt) << url;
  }
}

// Every beginning of an image is either none or the image's size: nothing is read past the end.
TEST(ImageSize, CutShort) {
  const std::string images[] = {
      png(header(640, 480) + chunk("IDAT", "x")), "\xff\xd8" + frame('\xc0', 640, 480) + kScan,
      gif(gif_frame(0, 640, 480) + ";"), webp("VP8L", "\x2f" + little(639 | 479 << 14, 4))};
  for (const std::string& image : images) {
    for (std::size_t size = 0; size < image.size(); ++size) {
      const std::string cut = image.substr(0, size);
      const auto found = image_size(ImageBytes::of_bytes(cut));
      EXPECT_EQ(image_size_of_base64(base64(cut)), found) << size;
      if (found) {
        EXPECT_EQ(found, (ImageSize{640, 480})) << size;
      }
    }
  }
}

}  // namespace
}  // namespace ringfence
