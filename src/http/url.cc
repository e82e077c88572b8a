// SPDX-License-Identifier: Apache-2.0
#include "http/url.h"

#include <charconv>

namespace ringfence::http {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool printable(std::string_view text) {
  for (const char c : text) {
    if (c <= 0x20 || c >= 0x7f) return false;
  }
  return true;
}

Result<Url> parse_unix(std::string_view rest) {
  const std::size_t colon = rest.find(':');
  Url url;
  url.unix_socket = rest.substr(0, colon);
  if (colon != std::string_view::npos) url.target = rest.substr(colon + 1);
  if (url.unix_socket.empty() || !url.target.starts_with('/')) {
    return invalid("expected http+unix:/path/to/socket:/target");
  }
  return url;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kHttps = "https://";
  constexpr std::string_view kUnix = "http+unix:";
  if (text.size() > kUrlMax || !printable(text)) return invalid("not a URL");
  if (text.starts_with(kUnix)) return parse_unix(text.substr(kUnix.size()));
  Url url;
  url.secure = text.starts_with(kHttps);
  if (!url.secure && !text.starts_with(kHttp)) {
    return invalid("expected a URL that begins with http:// or https://");
  }
  std::string_view rest = text.substr(url.secure ? kHttps.size() : kHttp.size());
  const std::size_t path = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, path);
  if (path != std::string_view::npos) {
    rest.remove_prefix(path);
    url.target = rest.substr(0, rest.find('#'));
    if (!url.target.starts_with('/')) url.target.insert(0, "/");
  }
  if (authority.find('@') != std::string_view::npos) {
    return invalid("a URL here carries no user and no password");
  }
  url.port = url.secure ? kHttpsPort : kHttpPort;
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return invalid("an IPv6 address lacks its ]");
    url.host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
    if (!authority.empty() && authority[0] != ':') return invalid("expected a port after ]");
    if (!authority.empty()) port = authority.substr(1);
  } else {
    const std::size_t colon = authority.find(':');
    url.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon + 1);
  }
  if (url.host.empty()) return invalid("a URL needs a host");
  if (!port.empty()) {
    const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (ec != std::errc{} || end != port.data() + port.size() || url.port == 0) {
      return invalid("a port is a number from 1 to 65535");
    }
  }
  return url;
}

std::string Url::authority() const {
  if (!unix_socket.empty()) return "localhost";
  const bool v6 = host.find(':') != std::string::npos;
  std::string text = v6 ? "[" + host + "]" : host;
  if (port != (secure ? kHttpsPort : kHttpPort)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::origin() const {
  if (!unix_socket.empty()) return "unix:" + unix_socket;
  return (secure ? "https://" : "http://") + host + ":" + std::to_string(port);
}

}  // namespace ringfence::http
