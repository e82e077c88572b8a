// SPDX-License-Identifier: Apache-2.0
// Any bytes as any content coding: no crash, no more output than the limits allow.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using ringfence::http::Decoder;
  constexpr std::string_view kCodings[] = {"gzip", "deflate", "br", "zstd"};
  if (size < 2) return 0;
  ringfence::http::DecodeLimits limits;
  limits.output_bytes_max = 4 * 1024 * 1024;
  auto decoder = *Decoder::make(kCodings[data[0] % 4], limits);
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t split = body.size() * data[1] / 256;
  std::uint64_t given = 0;
  const auto sink = [&given](std::string_view piece) { given += piece.size(); };
  if (decoder->feed(body.substr(0, split), sink) && decoder->feed(body.substr(split), sink)) {
    (void)decoder->finish();
  }
  if (given > limits.output_bytes_max) std::abort();
  return 0;
}
