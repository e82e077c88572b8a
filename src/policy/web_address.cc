// SPDX-License-Identifier: Apache-2.0
#include "policy/web_address.h"

#include <algorithm>

#include "base/decimal.h"
#include "policy/words.h"

namespace ringfence {
namespace {

constexpr std::size_t kUrlMax = 2048;

bool valid_port(std::string_view port) {
  const auto number = parse_decimal(port, 0);
  return number && *number >= 1 && *number <= 65535 && port.size() <= 5;
}

// "host", "host:port", "[::1]", "[::1]:port".
bool valid_authority(std::string_view authority) {
  std::string_view host = authority;
  std::string_view after;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return false;
    host = authority.substr(1, close - 1);
    after = authority.substr(close + 1);
    const bool ok = std::ranges::all_of(host, [](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
             c == '.';
    });
    if (!ok) return false;
  } else {
    const std::size_t colon = authority.find(':');
    host = authority.substr(0, colon);
    if (colon != std::string_view::npos) after = authority.substr(colon);
    const bool ok =
        std::ranges::all_of(host, [](char c) { return is_word(c) || c == '.' || c == '-'; });
    if (!ok || host.starts_with('.') || host.starts_with('-')) return false;
  }
  return !host.empty() && (after.empty() || (after[0] == ':' && valid_port(after.substr(1))));
}

bool plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7f && c != '?' && c != '#' && c != '\\' && c != '@';
  });
}

}  // namespace

std::optional<std::string> parse_web_address(std::string_view text, WithQuery with_query) {
  if (text.size() > kUrlMax) return std::nullopt;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = text.substr(0, scheme_end);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  const std::size_t question = text.find('?');
  const bool has_query = question != std::string_view::npos;
  if (has_query && (with_query == WithQuery::refused || !plain(text.substr(question + 1)))) {
    return std::nullopt;
  }
  const std::string_view rest =
      text.substr(scheme_end + 3)
          .substr(0, has_query ? question - std::min(question, scheme_end + 3)
                               : std::string_view::npos);
  const std::size_t slash = rest.find('/');
  if (!valid_authority(rest.substr(0, slash))) return std::nullopt;
  const std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash);
  if (!plain(path) || path.find("/..") != std::string_view::npos) return std::nullopt;
  std::string url(text);
  while (!has_query && url.back() == '/') url.pop_back();
  return url;
}

std::string_view host_of(std::string_view address) {
  std::string_view rest = address.substr(address.find("://") + 3);
  rest = rest.substr(0, rest.find_first_of("/?"));
  if (rest.starts_with('[')) return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find(':'));
}

}  // namespace ringfence
