// SPDX-License-Identifier: Apache-2.0
// Decoder: compressed bytes to plain ones as they come, within limits (RFC 9110, content codings).
//
// Contract: sans-I/O, one thread. Output is bounded in all and against the input, so that a bomb is
// an error and not a memory problem. After an error the decoder is finished. Several members one
// after another (gzip, zstd) are one body.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace ringfence::http {

struct DecodeLimits {
  std::uint64_t output_bytes_max = 256ULL * 1024 * 1024;
  std::uint64_t ratio_max = 200;  // output to input, once past `ratio_from_bytes`
  std::uint64_t ratio_from_bytes = 1024 * 1024;
};

class Decoder {
 public:
  using Sink = std::function<void(std::string_view)>;

  virtual ~Decoder() = default;
  // For "gzip", "x-gzip", "deflate", "br", "zstd", "identity" or nothing. Errors: `invalid` for any
  // other coding, and for several of them.
  static Result<std::unique_ptr<Decoder>> make(std::string_view content_encoding,
                                               DecodeLimits limits = {});

  // Gives what `in` decodes to to `sink`, in pieces. Errors: `invalid` (corrupt), `too_large`.
  virtual Result<void> feed(std::string_view in, const Sink& sink) = 0;
  // The input is over. Errors: `closed` when it was cut short.
  virtual Result<void> finish() = 0;
};

}  // namespace ringfence::http
