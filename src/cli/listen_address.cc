// SPDX-License-Identifier: Apache-2.0
#include "cli/listen_address.h"

#include <charconv>

namespace ringfence {

bool ListenAddress::loopback() const {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string ListenAddress::url(std::uint16_t bound_port) const {
  const bool v6 = host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(bound_port);
}

Result<ListenAddress> parse_listen(std::string_view text) {
  const auto bad = [&] {
    return invalid("expected HOST:PORT such as 127.0.0.1:7070; port 0 lets the system choose",
                   "--listen");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad();
  ListenAddress address;
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
