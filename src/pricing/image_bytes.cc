// SPDX-License-Identifier: Apache-2.0
#include "pricing/image_bytes.h"

#include <algorithm>
#include <array>

namespace ringfence {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xFF;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

std::uint8_t value_of(char c) { return kValues[static_cast<std::uint8_t>(c)]; }

}  // namespace

std::optional<ImageBytes> ImageBytes::of_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string_view digits = text;
  for (int i = 0; i < 2 && digits.ends_with('='); ++i) digits.remove_suffix(1);
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return value_of(c) != kNone; })) {
    return std::nullopt;
  }
  return ImageBytes(digits, digits.size() * 3 / 4, true);
}

std::uint8_t ImageBytes::operator[](std::size_t at) const {
  if (!base64_) return static_cast<std::uint8_t>(text_[at]);
  const std::size_t digit = at / 3 * 4 + at % 3;  // the first of the two digits that hold it
  const std::uint32_t two = std::uint32_t{value_of(text_[digit])} << 6 | value_of(text_[digit + 1]);
  return static_cast<std::uint8_t>(two >> (4 - 2 * (at % 3)));
}

bool ImageBytes::is(std::size_t at, std::string_view expected) const {
  if (!has(at, expected.size())) return false;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if ((*this)[at + i] != static_cast<std::uint8_t>(expected[i])) return false;
  }
  return true;
}

std::uint32_t ImageBytes::big_endian(std::size_t at, int count) const {
  std::uint32_t number = 0;
  for (int i = 0; i < count; ++i) number = number << 8 | (*this)[at + i];
  return number;
}

std::uint32_t ImageBytes::little_endian(std::size_t at, int count) const {
  std::uint32_t number = 0;
  for (int i = count; i-- > 0;) number = number << 8 | (*this)[at + i];
  return number;
}

}  // namespace ringfence
