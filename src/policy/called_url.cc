// SPDX-License-Identifier: Apache-2.0
#include "policy/called_url.h"

#include <fmt/format.h>

#include "base/ip_address.h"
#include "policy/web_address.h"

namespace ringfence {

std::optional<std::string> read_called_url(Problems& problems, YamlNode node, bool allow_private) {
  auto url = node.is_scalar() ? parse_web_address(node.text(), WithQuery::taken) : std::nullopt;
  if (!url) {
    problems.add(node.mark(),
                 "found no usable URL; expected https://host[:port][/path][?query] without user "
                 "and fragment, such as https://hooks.example.com/ringfence");
    return std::nullopt;
  }
  if (allow_private) return url;
  if (!url->starts_with("https://")) {
    problems.add(node.mark(),
                 "found a URL without TLS; expected https://, or `allow_private: true` for a "
                 "server near by");
  }
  const auto address = IpAddress::parse(host_of(*url));
  if (address && classify(*address) != AddressClass::open) {
    problems.add(node.mark(),
                 fmt::format("found an address that is not of the open internet ({}); expected "
                             "another, or `allow_private: true` for a server near by",
                             to_string(classify(*address))));
  }
  return url;
}

std::optional<std::string> read_absolute_path(Problems& problems, YamlNode node) {
  constexpr std::size_t kPathBytesMax = 4096;
  if (node.is_scalar() && node.text().starts_with('/') && node.text().size() <= kPathBytesMax) {
    return std::string(node.text());
  }
  problems.add(node.mark(), "found " + node.found() + "; expected an absolute path");
  return std::nullopt;
}

}  // namespace ringfence
