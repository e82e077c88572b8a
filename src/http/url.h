// SPDX-License-Identifier: Apache-2.0
// Url: the parts of an http or https address that a client needs (RFC 3986, without userinfo).
//
// Contract: a value. `http+unix:/path/to/socket:/target` names a server on a Unix socket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringfence::http {

inline constexpr std::size_t kUrlMax = 8 * 1024;  // bytes

struct Url {
  bool secure = false;
  std::string host;  // name or address, without brackets; empty with `unix_socket`
  std::uint16_t port = 0;
  std::string unix_socket;
  std::string target = "/";  // path and query

  // Errors: `invalid`. A user or password in it is refused.
  static Result<Url> parse(std::string_view text);
  // "api.openai.com", "127.0.0.1:7070", "[::1]:80", "localhost" for a Unix socket.
  std::string authority() const;
  // What connections may be shared by.
  std::string origin() const;
};

}  // namespace ringfence::http
