// SPDX-License-Identifier: Apache-2.0
#include "encode.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

namespace mock {
namespace {

constexpr std::size_t kPiece = 16 * 1024;

class ZlibEncoder final : public Encoder {
 public:
  explicit ZlibEncoder(bool gzip) {
    deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, gzip ? 31 : 15, 8, Z_DEFAULT_STRATEGY);
  }
  ~ZlibEncoder() override { deflateEnd(&stream_); }

  std::string add(std::string_view text) override { return run(text, Z_SYNC_FLUSH); }
  std::string finish() override { return run({}, Z_FINISH); }

 private:
  std::string run(std::string_view text, int flush) {
    std::string out;
    std::string input(text);
    stream_.next_in = reinterpret_cast<Bytef*>(input.data());
    stream_.avail_in = static_cast<uInt>(input.size());
    do {
      Bytef piece[kPiece];
      stream_.next_out = piece;
      stream_.avail_out = sizeof piece;
      deflate(&stream_, flush);
      out.append(reinterpret_cast<const char*>(piece), sizeof piece - stream_.avail_out);
    } while (stream_.avail_out == 0);
    return out;
  }

  z_stream stream_{};
};

class BrotliEncoder final : public Encoder {
 public:
  BrotliEncoder() : state_(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)) {
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY, 1);
  }
  ~BrotliEncoder() override { BrotliEncoderDestroyInstance(state_); }

  std::string add(std::string_view text) override { return run(text, BROTLI_OPERATION_FLUSH); }
  std::string finish() override { return run({}, BROTLI_OPERATION_FINISH); }

 private:
  std::string run(std::string_view text, BrotliEncoderOperation operation) {
    std::string out;
    auto left = text.size();
    const auto* in = reinterpret_cast<const std::uint8_t*>(text.data());
    do {
      std::uint8_t piece[kPiece];
      auto* next = piece;
      std::size_t room = sizeof piece;
      if (!BrotliEncoderCompressStream(state_, operation, &left, &in, &room, &next, nullptr)) break;
      out.append(reinterpret_cast<const char*>(piece), sizeof piece - room);
    } while (left > 0 || BrotliEncoderHasMoreOutput(state_));
    return out;
  }

  BrotliEncoderState* state_;
};

class ZstdEncoder final : public Encoder {
 public:
  ZstdEncoder() : context_(ZSTD_createCCtx()) {}
  ~ZstdEncoder() override { ZSTD_freeCCtx(context_); }

  std::string add(std::string_view text) override { return run(text, ZSTD_e_flush); }
  std::string finish() override { return run({}, ZSTD_e_end); }

 private:
  std::string run(std::string_view text, ZSTD_EndDirective directive) {
    std::string out;
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    std::size_t remaining = 0;
    do {
      char piece[kPiece];
      ZSTD_outBuffer room{piece, sizeof piece, 0};
      remaining = ZSTD_compressStream2(context_, &room, &in, directive);
      out.append(piece, room.pos);
    } while (remaining > 0 && !ZSTD_isError(remaining));
    return out;
  }

  ZSTD_CCtx* context_;
};

}  // namespace

std::unique_ptr<Encoder> make_encoder(Coding coding) {
  switch (coding) {
    case Coding::identity: return nullptr;
    case Coding::gzip: return std::make_unique<ZlibEncoder>(true);
    case Coding::deflate: return std::make_unique<ZlibEncoder>(false);
    case Coding::br: return std::make_unique<BrotliEncoder>();
    case Coding::zstd: return std::make_unique<ZstdEncoder>();
  }
  return nullptr;
}

std::string_view coding_name(Coding coding) {
  switch (coding) {
    case Coding::identity: return "identity";
    case Coding::gzip: return "gzip";
    case Coding::deflate: return "deflate";
    case Coding::br: return "br";
    case Coding::zstd: return "zstd";
  }
  return "identity";
}

}  // namespace mock
