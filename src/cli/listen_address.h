// SPDX-License-Identifier: Apache-2.0
// An address as --listen takes it:
//   listen = [ "http://" / "https://" ] host ":" port / "unix:" path
//   host   = name / IPv4 / "[" IPv6 "]"       port = 0..65535       path begins with "/"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringfence {

struct ListenAddress {
  std::string host;  // without brackets
  std::uint16_t port = 0;
  std::optional<bool> secure;  // as its scheme says; none: as the server is set up
  std::string unix_socket;     // then nothing above counts

  // Whether only this machine can reach it. A name other than localhost is taken as reachable.
  bool loopback() const;
  std::string url(std::uint16_t bound_port, bool with_tls) const;
};

// "127.0.0.1:7070", "https://[::]:7443", "unix:/run/ringfence.sock". Errors: `invalid`.
Result<ListenAddress> parse_listen(std::string_view text);

}  // namespace ringfence
