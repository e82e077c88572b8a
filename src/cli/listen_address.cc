// SPDX-License-Identifier: Apache-2.0
#include "cli/listen_address.h"

#include <arpa/inet.h>

#include <charconv>

namespace ringfence {
namespace {

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

bool ListenAddress::loopback() const {
  if (!unix_socket.empty() || host == "localhost") return true;
  // By its value, not its spelling: "127.evil.example" is a name.
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string ListenAddress::url(std::uint16_t bound_port, bool with_tls) const {
  if (!unix_socket.empty()) return "unix:" + unix_socket;
  const bool v6 = host.find(':') != std::string::npos;
  return (with_tls ? "https://" : "http://") + (v6 ? "[" + host + "]" : host) + ":" +
         std::to_string(bound_port);
}

Result<ListenAddress> parse_listen(std::string_view text) {
  const auto bad = [] {
    return invalid(
        "expected HOST:PORT such as 127.0.0.1:7070 (port 0 lets the system choose), with http:// "
        "or https:// before it where that matters, or unix:/PATH",
        "--listen");
  };
  ListenAddress address;
  if (take_prefix(text, "unix:")) {
    if (!text.starts_with('/') || text.find('\0') != std::string_view::npos) return bad();
    address.unix_socket = text;
    return address;
  }
  if (take_prefix(text, "https://")) {
    address.secure = true;
  } else if (take_prefix(text, "http://")) {
    address.secure = false;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad();
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return bad();
  address.host = host;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (host.empty() || port.empty() || ec != std::errc{} || end != port.data() + port.size()) {
    return bad();
  }
  return address;
}

}  // namespace ringfence
