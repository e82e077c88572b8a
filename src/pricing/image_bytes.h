// SPDX-License-Identifier: Apache-2.0
// The bytes of an image by their place, whether they are at hand or still base64.
//
// Contract: pure view, nothing is decoded but the bytes asked for. Base64 is RFC 4648 section 4,
// padded, without white space: what decoders read in different ways is refused as a whole, so that
// no two readers see different bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringfence {

class ImageBytes {
 public:
  static ImageBytes of_bytes(std::string_view bytes) { return {bytes, bytes.size(), false}; }
  static std::optional<ImageBytes> of_base64(std::string_view text);

  std::size_t size() const { return size_; }
  // Precondition: at < size().
  std::uint8_t operator[](std::size_t at) const;

  // Whether `size` bytes stand from `at` on.
  bool has(std::size_t at, std::size_t size) const { return at <= size_ && size <= size_ - at; }
  bool is(std::size_t at, std::string_view expected) const;
  // `count` bytes as a number. Precondition: has(at, count), count <= 4.
  std::uint32_t big_endian(std::size_t at, int count) const;
  std::uint32_t little_endian(std::size_t at, int count) const;

 private:
  ImageBytes(std::string_view text, std::size_t size, bool base64)
      : text_(text), size_(size), base64_(base64) {}

  std::string_view text_;
  std::size_t size_;
  bool base64_;
};

}  // namespace ringfence
