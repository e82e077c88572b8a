// SPDX-License-Identifier: Apache-2.0
#include "http/decode.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <array>

#include "base/ensure.h"
#include "http/headers.h"

namespace ringfence::http {
namespace {

constexpr std::size_t kPieceBytes = 16 * 1024;
using Piece = std::array<char, kPieceBytes>;

std::unexpected<Error> corrupt() { return invalid("the compressed body is corrupt"); }

// Counts both sides and says when the output is too much.
class Meter {
 public:
  explicit Meter(DecodeLimits limits) : limits_(limits) {}
  void took(std::size_t bytes) { input_ += bytes; }
  Result<void> gave(std::size_t bytes) {
    output_ += bytes;
    const bool bomb = output_ > limits_.ratio_from_bytes && output_ / limits_.ratio_max > input_;
    if (output_ <= limits_.output_bytes_max && !bomb) return {};
    return fail(ErrorCode::too_large, "the compressed body unpacks to too much");
  }

 private:
  DecodeLimits limits_;
  std::uint64_t input_ = 0;
  std::uint64_t output_ = 0;
};

class Identity final : public Decoder {
 public:
  explicit Identity(DecodeLimits limits) : meter_(limits) {}
  Result<void> feed(std::string_view in, const Sink& sink) override {
    meter_.took(in.size());
    if (auto within = meter_.gave(in.size()); !within) return within;
    sink(in);
    return {};
  }
  Result<void> finish() override { return {}; }

 private:
  Meter meter_;
};

class Zlib final : public Decoder {
 public:
  enum class Format { gzip, deflate };
  Zlib(Format format, DecodeLimits limits) : format_(format), meter_(limits) { open(); }
  Zlib(const Zlib&) = delete;
  Zlib& operator=(const Zlib&) = delete;
  ~Zlib() override { ::inflateEnd(&stream_); }

  Result<void> feed(std::string_view in, const Sink& sink) override {
    if (in.empty()) return {};
    // "deflate" is zlib's format, yet some senders leave out its header.
    if (format_ == Format::deflate && !begun_ && (in[0] & 0x0f) != Z_DEFLATED) {
      ::inflateEnd(&stream_);
      bits_ = -MAX_WBITS;
      open();
    }
    begun_ = true;
    meter_.took(in.size());
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    for (;;) {
      Piece piece;
      stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_.avail_out = kPieceBytes;
      if (ended_) {
        if (stream_.avail_in == 0) return {};
        if (format_ != Format::gzip) return corrupt();
        ::inflateReset(&stream_);
        ended_ = false;
      }
      const int status = ::inflate(&stream_, Z_NO_FLUSH);
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return corrupt();
      const std::size_t made = kPieceBytes - stream_.avail_out;
      if (auto within = meter_.gave(made); !within) return within;
      if (made > 0) sink({piece.data(), made});
      ended_ = status == Z_STREAM_END;
      if (!ended_ && stream_.avail_out > 0) return {};
    }
  }

  Result<void> finish() override {
    if (ended_ || !begun_) return {};
    return fail(ErrorCode::closed, "the compressed body was cut short");
  }

 private:
  void open() {
    stream_ = {};
    RF_ENSURE(::inflateInit2(&stream_, bits_ != 0                ? bits_
                                       : format_ == Format::gzip ? MAX_WBITS + 16
                                                                 : MAX_WBITS) == Z_OK,
              "zlib starts");
  }

  Format format_;
  Meter meter_;
  z_stream stream_{};
  int bits_ = 0;
  bool begun_ = false;
  bool ended_ = false;
};

class Brotli final : public Decoder {
 public:
  explicit Brotli(DecodeLimits limits)
      : meter_(limits), state_(::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
    RF_ENSURE(state_ != nullptr, "brotli starts");
  }
  Brotli(const Brotli&) = delete;
  Brotli& operator=(const Brotli&) = delete;
  ~Brotli() override { ::BrotliDecoderDestroyInstance(state_); }

  Result<void> feed(std::string_view in, const Sink& sink) override {
    if (in.empty()) return {};
    begun_ = true;
    if (::BrotliDecoderIsFinished(state_) != 0) return corrupt();
    meter_.took(in.size());
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    std::size_t left_in = in.size();
    for (;;) {
      Piece piece;
      auto* next_out = reinterpret_cast<std::uint8_t*>(piece.data());
      std::size_t left_out = kPieceBytes;
      const auto status = ::BrotliDecoderDecompressStream(state_, &left_in, &next_in, &left_out,
                                                          &next_out, nullptr);
      if (status == BROTLI_DECODER_RESULT_ERROR) return corrupt();
      const std::size_t made = kPieceBytes - left_out;
      if (auto within = meter_.gave(made); !within) return within;
      if (made > 0) sink({piece.data(), made});
      if (status == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) continue;
      if (status == BROTLI_DECODER_RESULT_SUCCESS && left_in > 0) return corrupt();
      return {};
    }
  }

  Result<void> finish() override {
    if (!begun_ || ::BrotliDecoderIsFinished(state_) != 0) return {};
    return fail(ErrorCode::closed, "the compressed body was cut short");
  }

 private:
  Meter meter_;
  BrotliDecoderState* state_;
  bool begun_ = false;
};

class Zstd final : public Decoder {
 public:
  explicit Zstd(DecodeLimits limits) : meter_(limits), stream_(::ZSTD_createDStream()) {
    RF_ENSURE(stream_ != nullptr, "zstd starts");
    constexpr int kWindowLogMax = 23;  // 8 MiB, as RFC 9659 asks of receivers
    ::ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kWindowLogMax);
  }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  ~Zstd() override { ::ZSTD_freeDStream(stream_); }

  Result<void> feed(std::string_view in, const Sink& sink) override {
    meter_.took(in.size());
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    bool full = false;
    while (input.pos < input.size || full) {
      Piece piece;
      ZSTD_outBuffer output{piece.data(), kPieceBytes, 0};
      const std::size_t hint = ::ZSTD_decompressStream(stream_, &output, &input);
      if (::ZSTD_isError(hint) != 0) return corrupt();
      if (auto within = meter_.gave(output.pos); !within) return within;
      if (output.pos > 0) sink({piece.data(), output.pos});
      inside_frame_ = hint != 0;
      full = output.pos == kPieceBytes && hint != 0;  // a frame that ended holds nothing back
    }
    return {};
  }

  Result<void> finish() override {
    if (!inside_frame_) return {};
    return fail(ErrorCode::closed, "the compressed body was cut short");
  }

 private:
  Meter meter_;
  ZSTD_DStream* stream_;
  bool inside_frame_ = false;
};

}  // namespace

Result<std::unique_ptr<Decoder>> Decoder::make(std::string_view content_encoding,
                                               DecodeLimits limits) {
  const std::string coding = to_lower(trim_blanks(content_encoding));
  if (coding.empty() || coding == "identity") return std::make_unique<Identity>(limits);
  if (coding == "gzip" || coding == "x-gzip") {
    return std::make_unique<Zlib>(Zlib::Format::gzip, limits);
  }
  if (coding == "deflate") return std::make_unique<Zlib>(Zlib::Format::deflate, limits);
  if (coding == "br") return std::make_unique<Brotli>(limits);
  if (coding == "zstd") return std::make_unique<Zstd>(limits);
  return invalid("an unknown content coding");
}

}  // namespace ringfence::http
