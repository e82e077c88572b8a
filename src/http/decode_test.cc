// SPDX-License-Identifier: Apache-2.0
#include "http/decode.h"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

namespace ringfence::http {
namespace {

std::string zlib_packed(const std::string& plain, int bits) {
  z_stream stream{};
  EXPECT_EQ(::deflateInit2(&stream, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(::deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

std::string packed_as(const std::string& coding, const std::string& plain) {
  if (coding == "gzip") return zlib_packed(plain, MAX_WBITS + 16);
  if (coding == "deflate") return zlib_packed(plain, MAX_WBITS);
  if (coding == "raw deflate") return zlib_packed(plain, -MAX_WBITS);
  if (coding == "br") {
    std::string packed(::BrotliEncoderMaxCompressedSize(plain.size()) + 16, '\0');
    std::size_t size = packed.size();
    EXPECT_EQ(::BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, plain.size(),
                                      reinterpret_cast<const std::uint8_t*>(plain.data()), &size,
                                      reinterpret_cast<std::uint8_t*>(packed.data())),
              BROTLI_TRUE);
    packed.resize(size);
    return packed;
  }
  if (coding == "zstd") {
    std::string packed(::ZSTD_compressBound(plain.size()), '\0');
    packed.resize(::ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
    return packed;
  }
  return plain;
}

std::string some_text() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "token " + std::to_string(i * i % 9973) + "\n";
  return text;
}

class DecodeTest : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Decoder> make(DecodeLimits limits = {}) const {
    const std::string coding = GetParam();
    return *Decoder::make(coding == "raw deflate" ? "deflate" : coding, limits);
  }
};

TEST_P(DecodeTest, AnySplitGivesTheSame) {
  const std::string plain = some_text();
  const std::string packed = packed_as(GetParam(), plain);
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{7}, std::size_t{1'000}, packed.size()}) {
    auto decoder = make();
    std::string out;
    for (std::size_t at = 0; at < packed.size(); at += step) {
      ASSERT_TRUE(decoder->feed(std::string_view(packed).substr(at, step),
                                [&out](std::string_view piece) { out += piece; }));
    }
    EXPECT_TRUE(decoder->finish());
    EXPECT_EQ(out, plain);
  }
}

TEST_P(DecodeTest, ABodyThatFillsItsLastPieceIsWhole) {
  for (const std::size_t size : {16U * 1024, 32U * 1024, 16U * 1024 + 1, 1U}) {
    const std::string plain(size, 'a');
    auto decoder = make();
    std::string out;
    ASSERT_TRUE(decoder->feed(packed_as(GetParam(), plain),
                              [&out](std::string_view piece) { out += piece; }));
    EXPECT_TRUE(decoder->finish()) << size;
    EXPECT_EQ(out.size(), size);
  }
}

TEST_P(DecodeTest, ACutBodyIsNotAWholeOne) {
  if (std::string_view(GetParam()) == "identity") GTEST_SKIP();
  const std::string packed = packed_as(GetParam(), some_text());
  auto decoder = make();
  ASSERT_TRUE(decoder->feed(std::string_view(packed).substr(0, packed.size() / 2),
                            [](std::string_view) {}));
  EXPECT_FALSE(decoder->finish());
}

TEST_P(DecodeTest, ABombIsRefusedEarly) {
  if (std::string_view(GetParam()) == "identity") GTEST_SKIP();
  const std::string packed = packed_as(GetParam(), std::string(64 * 1024 * 1024, 'a'));
  auto decoder = make();
  std::size_t given = 0;
  const auto fed = decoder->feed(packed, [&](std::string_view piece) { given += piece.size(); });
  ASSERT_FALSE(fed.has_value());
  EXPECT_EQ(fed.error().code, ErrorCode::too_large);
  EXPECT_LT(given, 64U * 1024 * 1024);
}

INSTANTIATE_TEST_SUITE_P(Codings, DecodeTest,
                         testing::Values("identity", "gzip", "deflate", "raw deflate", "br",
                                         "zstd"));

TEST(Decode, RefusesWhatItDoesNotKnow) {
  EXPECT_TRUE(Decoder::make(" GZIP ").has_value());
  EXPECT_TRUE(Decoder::make("").has_value());
  EXPECT_FALSE(Decoder::make("gzip, br").has_value());
  EXPECT_FALSE(Decoder::make("lzma").has_value());
  for (const char* coding : {"gzip", "br", "zstd"}) {
    const auto fed =
        (*Decoder::make(coding))->feed("\x01\x02garbage that is no stream", [](std::string_view) {
        });
    EXPECT_FALSE(fed.has_value()) << coding;
  }
}

}  // namespace
}  // namespace ringfence::http
