// SPDX-License-Identifier: Apache-2.0
// web_address: the URLs that a document may name.
//
// Grammar (RFC 3986, cut down):
//   address = ("http://" / "https://") host [":" port] [path] ["?" query]
//   host    = name / IPv4 address / "[" IPv6 address "]"
// without user, password, fragment, backslash, blanks and "/..".
//
// Contract: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringfence {

enum class WithQuery : std::uint8_t { refused, taken };

// The address without trailing slashes of its path.
std::optional<std::string> parse_web_address(std::string_view text, WithQuery query);

// Its host: "127.0.0.1" of "http://127.0.0.1:8080/v1", an IPv6 address without brackets.
std::string_view host_of(std::string_view address);

}  // namespace ringfence
