// SPDX-License-Identifier: Apache-2.0
// Any bytes as an image, and any text as its base64: no byte is read past the end, sides are in
// range, base64 says what the bytes say, and every formula holds over every size.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pricing/image_size.h"
#include "pricing/image_tokens.h"

namespace {

using ringfence::ImageSize;

void must(bool condition) {
  if (!condition) std::abort();
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

void check(ImageSize size) {
  using ringfence::ImageDetail;
  using ringfence::MediaResolution;
  constexpr std::int64_t kSideMax = 0xFFFF'FFFF;
  must(size.width >= 1 && size.width <= kSideMax && size.height >= 1 && size.height <= kSideMax);
  for (const char* model : {"gpt-4o", "gpt-4.1-nano", "gpt-5.4", "gpt-5.6"}) {
    for (const auto detail : {ImageDetail::automatic, ImageDetail::low, ImageDetail::high}) {
      must(ringfence::openai_image_tokens(model, size, detail).value() >= 1);
    }
  }
  must(ringfence::anthropic_image_tokens("claude-opus-5", size).value() >= 1);
  must(ringfence::google_image_tokens("gemini-2.5-pro", size, MediaResolution::high).value() >=
       258);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto found = ringfence::image_size(ringfence::ImageBytes::of_bytes(bytes));
  must(ringfence::image_size_of_base64(base64(bytes)) == found);
  if (found) check(*found);
  if (const auto other = ringfence::image_size_of_base64(bytes)) check(*other);
  if (const auto other = ringfence::image_size_of_data_url(bytes)) check(*other);
  return 0;
}
