// SPDX-License-Identifier: Apache-2.0
#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

using enum AddressClass;

TEST(IpAddress, EveryBlockHasItsClassUpToItsEdges) {
  const struct {
    std::string_view text;
    AddressClass address_class;
  } rows[] = {
      {"0.0.0.0", unspecified},
      {"0.255.255.255", unspecified},
      {"1.0.0.0", open},
      {"8.8.8.8", open},
      {"9.255.255.255", open},
      {"10.0.0.0", private_use},
      {"10.255.255.255", private_use},
      {"11.0.0.0", open},
      {"100.63.255.255", open},
      {"100.64.0.0", shared},
      {"100.127.255.255", shared},
      {"100.128.0.0", open},
      {"126.255.255.255", open},
      {"127.0.0.1", loopback},
      {"127.255.255.255", loopback},
      {"128.0.0.0", open},
      {"169.253.255.255", open},
      {"169.254.169.254", link_local},
      {"169.255.0.0", open},
      {"172.15.255.255", open},
      {"172.16.0.0", private_use},
      {"172.31.255.255", private_use},
      {"172.32.0.0", open},
      {"192.0.0.170", reserved},
      {"192.0.1.0", open},
      {"192.0.2.1", documentation},
      {"192.0.3.0", open},
      {"192.88.99.1", reserved},
      {"192.167.255.255", open},
      {"192.168.0.0", private_use},
      {"192.168.255.255", private_use},
      {"192.169.0.0", open},
      {"198.17.255.255", open},
      {"198.18.0.0", reserved},
      {"198.19.255.255", reserved},
      {"198.20.0.0", open},
      {"198.51.100.7", documentation},
      {"203.0.113.255", documentation},
      {"203.0.114.0", open},
      {"223.255.255.255", open},
      {"224.0.0.1", multicast},
      {"239.255.255.255", multicast},
      {"240.0.0.0", reserved},
      {"255.255.255.254", reserved},
      {"255.255.255.255", multicast},

      {"::", unspecified},
      {"::1", loopback},
      {"::2", unspecified},  // 0.0.0.2, compatible
      {"::7f00:1", loopback},
      {"::8.8.8.8", open},
      {"::ffff:127.0.0.1", loopback},
      {"::ffff:10.1.2.3", private_use},
      {"::ffff:169.254.169.254", link_local},
      {"::ffff:8.8.8.8", open},
      {"64:ff9b::127.0.0.1", loopback},
      {"64:ff9b::a9fe:a9fe", link_local},
      {"64:ff9b::8.8.8.8", open},
      {"64:ff9b:1::8.8.8.8", reserved},
      {"2002:7f00:1::1", loopback},
      {"2002:a00:1::1", private_use},
      {"2002:808:808::1", open},
      {"100::1", reserved},
      {"1fff:ffff::1", reserved},
      {"2000::1", open},
      {"2001::1", reserved},
      {"2001:1ff:ffff::1", reserved},
      {"2001:200::1", open},
      {"2001:db8::1", documentation},
      {"2001:4860:4860::8888", open},
      {"3ffe::1", open},
      {"3fff:0fff::1", documentation},
      {"3fff:1000::1", open},
      {"4000::1", reserved},
      {"5f00::1", reserved},
      {"fc00::1", private_use},
      {"fdff::1", private_use},
      {"fe00::1", reserved},
      {"fe80::1", link_local},
      {"febf::1", link_local},
      {"fec0::1", private_use},
      {"ff02::1", multicast},
  };
  for (const auto& row : rows) {
    const auto address = IpAddress::parse(row.text);
    ASSERT_TRUE(address) << row.text;
    EXPECT_EQ(to_string(classify(*address)), to_string(row.address_class)) << row.text;
  }
}

TEST(IpAddress, HasOneSpellingOfIpv4) {
  for (const std::string_view text :
       {"", "127.1", "127.0.0.01", "0x7f.0.0.1", "2130706433", "127.0.0.1.", "1.2.3.256", "::g",
        "[::1]", "fe80::1%lo", "localhost", "1.2.3.4\n"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(IpAddress, IsMadeOfItsBytes) {
  const std::uint8_t v4[4] = {127, 0, 0, 1};
  EXPECT_EQ(IpAddress::of(v4), IpAddress::parse("127.0.0.1"));
  const std::uint8_t v6[16] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_EQ(IpAddress::of(v6), IpAddress::parse("fe80::1"));
}

}  // namespace
}  // namespace ringfence
