// SPDX-License-Identifier: Apache-2.0
// Content codings for answers: gzip, deflate (zlib), br and zstd, whole or streamed.
//
// Contract: an Encoder takes text piece by piece; each add() flushes, so that the peer can decode
// all that was given so far. finish() ends the coded stream. One thread each.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "knobs.h"

namespace mock {

class Encoder {
 public:
  virtual ~Encoder() = default;
  [[nodiscard]] virtual std::string add(std::string_view text) = 0;
  [[nodiscard]] virtual std::string finish() = 0;
};

// Null for identity.
[[nodiscard]] std::unique_ptr<Encoder> make_encoder(Coding coding);

// The value of content-encoding.
[[nodiscard]] std::string_view coding_name(Coding coding);

}  // namespace mock
