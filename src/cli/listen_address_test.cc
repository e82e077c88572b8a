// SPDX-License-Identifier: Apache-2.0
#include "cli/listen_address.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

TEST(ListenAddress, ReadsAndRefuses) {
  EXPECT_EQ(parse_listen("127.0.0.1:0")->url(81, false), "http://127.0.0.1:81");
  EXPECT_EQ(parse_listen("[::1]:7070")->url(7070, true), "https://[::1]:7070");
  EXPECT_EQ(parse_listen("unix:/run/rf.sock")->unix_socket, "/run/rf.sock");
  EXPECT_EQ(parse_listen("127.0.0.1:0")->secure, std::nullopt);
  EXPECT_EQ(parse_listen("http://127.0.0.1:0")->secure, false);
  EXPECT_EQ(parse_listen("https://[::]:7443")->secure, true);
  for (const char* bad : {"", ":80", "host", "host:", "host:x", "host:70000", "::1:80", "h:-1",
                          "ftp://h:1", "http://h:1/", "unix:", "unix:run/rf.sock"}) {
    EXPECT_FALSE(parse_listen(bad).has_value()) << bad;
  }
}

TEST(ListenAddress, LoopbackIsAValueNotASpelling) {
  for (const char* inside : {"localhost:1", "[::1]:1", "127.0.0.1:1", "127.9.9.9:1", "unix:/s"}) {
    EXPECT_TRUE(parse_listen(inside)->loopback()) << inside;
  }
  for (const char* outside : {"0.0.0.0:1", "[::]:1", "192.168.0.1:1", "127.evil.example:1",
                              "localhost.example:1", "[::ffff:192.0.2.1]:1"}) {
    EXPECT_FALSE(parse_listen(outside)->loopback()) << outside;
  }
}

}  // namespace
}  // namespace ringfence
