// SPDX-License-Identifier: Apache-2.0
#include "cli/listen_address.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

TEST(ListenAddress, ReadsAndRefuses) {
  EXPECT_EQ(parse_listen("127.0.0.1:0")->url(81), "http://127.0.0.1:81");
  EXPECT_EQ(parse_listen("[::1]:7070")->url(7070), "http://[::1]:7070");
  EXPECT_TRUE(parse_listen("localhost:1")->loopback());
  EXPECT_TRUE(parse_listen("[::1]:1")->loopback());
  EXPECT_FALSE(parse_listen("0.0.0.0:1")->loopback());
  EXPECT_FALSE(parse_listen("192.168.0.1:1")->loopback());
  for (const char* bad : {"", ":80", "host", "host:", "host:x", "host:70000", "::1:80", "h:-1"}) {
    EXPECT_FALSE(parse_listen(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace ringfence
