// SPDX-License-Identifier: Apache-2.0
// IpAddress, and what kind of network it belongs to: what a request that others chose must not
// reach from where we stand.
//
// Contract: pure. The classes follow the IANA special-purpose address registries for IPv4 and IPv6
// (RFC 6890 and its updates); an address that carries an IPv4 address inside (mapped, compatible,
// NAT64, 6to4) is of the class of that one. What no registry gives out for general use is
// `reserved`. Only `open` addresses are of the open internet.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ringfence {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  // the first four when it is not `v6`
  bool v6 = false;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;

  static IpAddress of(std::span<const std::uint8_t, 4> v4);
  static IpAddress of(std::span<const std::uint8_t, 16> v6);
  // "192.0.2.1", "2001:db8::1"; no brackets, no zone, no other spelling of IPv4.
  static std::optional<IpAddress> parse(std::string_view text);
};

enum class AddressClass : std::uint8_t {
  open,
  unspecified,  // 0.0.0.0/8, ::
  loopback,     // 127.0.0.0/8, ::1
  private_use,  // RFC 1918, unique local, site-local
  link_local,   // 169.254.0.0/16, fe80::/10: cloud metadata is here
  shared,       // 100.64.0.0/10, behind a carrier's NAT
  multicast,    // and broadcast
  documentation,
  reserved,  // benchmarks, protocol assignments, and what is not given out
};

std::string_view to_string(AddressClass address_class);
AddressClass classify(const IpAddress& address);

}  // namespace ringfence
