// SPDX-License-Identifier: Apache-2.0
#include "base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "base/ensure.h"

namespace ringfence {
namespace {

using enum AddressClass;

constexpr std::array<std::string_view, 9> kNames{"open",      "unspecified",   "loopback",
                                                 "private",   "link-local",    "shared",
                                                 "multicast", "documentation", "reserved"};

struct Block {
  std::array<std::uint8_t, 16> start;
  int bits;
  AddressClass address_class;
};

// The first block that holds an address tells its class.
constexpr Block kV4[] = {
    {{0}, 8, unspecified},
    {{10}, 8, private_use},
    {{100, 64}, 10, shared},
    {{127}, 8, loopback},
    {{169, 254}, 16, link_local},
    {{172, 16}, 12, private_use},
    {{192, 0, 0}, 24, reserved},  // protocol assignments
    {{192, 0, 2}, 24, documentation},
    {{192, 88, 99}, 24, reserved},  // 6to4 relays, withdrawn
    {{192, 168}, 16, private_use},
    {{198, 18}, 15, reserved},  // benchmarks
    {{198, 51, 100}, 24, documentation},
    {{203, 0, 113}, 24, documentation},
    {{224}, 4, multicast},
    {{255, 255, 255, 255}, 32, multicast},
    {{240}, 4, reserved},
};

constexpr Block kV6[] = {
    {{0xfc}, 7, private_use},
    {{0xfe, 0x80}, 10, link_local},
    {{0xfe, 0xc0}, 10, private_use},  // site-local, withdrawn
    {{0xff}, 8, multicast},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, documentation},
    {{0x20, 0x01}, 23, reserved},  // protocol assignments, Teredo
    {{0x3f, 0xff}, 20, documentation},
    {{0x20}, 3, open},  // global unicast; nothing else is given out
};

// Where an IPv4 address stands inside an IPv6 address.
struct Carrier {
  std::array<std::uint8_t, 16> start;
  int bits;
  std::size_t offset;
};
constexpr Carrier kCarriers[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},  // mapped
    {{0, 0x64, 0xff, 0x9b}, 96, 12},                       // NAT64
    {{0x20, 0x02}, 16, 2},                                 // 6to4
    {{0}, 96, 12},                                         // compatible, withdrawn
};

bool within(const IpAddress& address, const std::array<std::uint8_t, 16>& start, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(start.begin(), start.begin() + whole, address.bytes.begin())) return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (start[whole] & mask) == (address.bytes[whole] & mask);
}

AddressClass class_in(std::span<const Block> blocks, const IpAddress& address,
                      AddressClass otherwise) {
  for (const Block& block : blocks) {
    if (within(address, block.start, block.bits)) return block.address_class;
  }
  return otherwise;
}

constexpr std::array<std::uint8_t, 16> kUnspecifiedV6{};
constexpr std::array<std::uint8_t, 16> kLoopbackV6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

}  // namespace

IpAddress IpAddress::of(std::span<const std::uint8_t, 4> v4) {
  IpAddress address;
  std::ranges::copy(v4, address.bytes.begin());
  return address;
}

IpAddress IpAddress::of(std::span<const std::uint8_t, 16> v6) {
  IpAddress address{.v6 = true};
  std::ranges::copy(v6, address.bytes.begin());
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() > INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated(text);
  IpAddress address;
  address.v6 = text.find(':') != std::string_view::npos;
  const int family = address.v6 ? AF_INET6 : AF_INET;
  if (::inet_pton(family, terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::string_view to_string(AddressClass address_class) {
  const auto index = static_cast<std::size_t>(address_class);
  RF_ENSURE(index < kNames.size(), "every class has its name");
  return kNames[index];
}

AddressClass classify(const IpAddress& address) {
  if (!address.v6) return class_in(kV4, address, open);
  if (address.bytes == kUnspecifiedV6) return unspecified;
  if (address.bytes == kLoopbackV6) return loopback;
  for (const Carrier& carrier : kCarriers) {
    if (!within(address, carrier.start, carrier.bits)) continue;
    return classify(
        IpAddress::of(std::span<const std::uint8_t, 4>(address.bytes.data() + carrier.offset, 4)));
  }
  return class_in(kV6, address, reserved);
}

}  // namespace ringfence
