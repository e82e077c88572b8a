// SPDX-License-Identifier: Apache-2.0
// HOST:PORT as --listen takes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringfence {

struct ListenAddress {
  std::string host;  // without brackets
  std::uint16_t port = 0;

  bool loopback() const;
  std::string url(std::uint16_t bound_port) const;
};

// "127.0.0.1:7070", "[::1]:0", "localhost:7070". Errors: `invalid`.
Result<ListenAddress> parse_listen(std::string_view text);

}  // namespace ringfence
