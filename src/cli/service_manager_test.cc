// SPDX-License-Identifier: Apache-2.0
#include "cli/service_manager.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <map>

namespace ringfence {
namespace {

using testing::MatchesRegex;

// The manager's end: a real datagram socket under `name` ("@..." is abstract), with the variables.
class Manager : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    name_ = fmt::format("{}-{}", GetParam(), ::getpid());
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    if (name_.front() == '@') address.sun_path[0] = '\0';
    ASSERT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size())),
              0);
    set("NOTIFY_SOCKET", name_);
  }
  void TearDown() override {
    for (const auto& name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    ::close(fd_);
    if (name_.front() == '/') ::unlink(name_.c_str());
  }

  void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
  // The next datagram; empty when there is none.
  std::string heard() {
    char text[256];
    const ssize_t size = ::recv(fd_, text, sizeof text, 0);
    return size < 0 ? std::string() : std::string(text, static_cast<std::size_t>(size));
  }

  std::string name_;
  int fd_ = -1;
};

INSTANTIATE_TEST_SUITE_P(Names, Manager, testing::Values("/tmp/rf-notify", "@rf-notify"));

TEST_P(Manager, HearsEachState) {
  const auto manager = ServiceManager::from_environment(true);
  manager.ready();
  EXPECT_EQ(heard(), "READY=1");
  manager.reloading();
  EXPECT_THAT(heard(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  manager.alive();
  EXPECT_EQ(heard(), "WATCHDOG=1");
  manager.stopping();
  EXPECT_EQ(heard(), "STOPPING=1");
}

TEST_P(Manager, HearsNothingOfAnothersChild) {
  ServiceManager::from_environment(false).ready();
  EXPECT_EQ(heard(), "");
}

TEST_P(Manager, ThatDoesNotListenIsNotWaitedFor) {
  const auto manager = ServiceManager::from_environment(true);
  for (int i = 0; i < 2'000; ++i) manager.alive();  // more than any socket holds
  EXPECT_EQ(heard(), "WATCHDOG=1");
}

TEST_P(Manager, WantsAliveThriceInItsTime) {
  EXPECT_EQ(ServiceManager::from_environment(true).alive_every(), std::nullopt);
  set("WATCHDOG_USEC", "60000000");
  EXPECT_EQ(ServiceManager::from_environment(true).alive_every(), Duration::seconds(20));
  EXPECT_EQ(ServiceManager::from_environment(false).alive_every(), std::nullopt);
  set("WATCHDOG_PID", std::to_string(::getpid()));
  EXPECT_EQ(ServiceManager::from_environment(true).alive_every(), Duration::seconds(20));
  set("WATCHDOG_PID", "1");
  EXPECT_EQ(ServiceManager::from_environment(true).alive_every(), std::nullopt);
  for (const char* wrong : {"", "-1", "0", "x", "1e6", "99999999999999999999"}) {
    ::unsetenv("WATCHDOG_PID");
    set("WATCHDOG_USEC", wrong);
    EXPECT_EQ(ServiceManager::from_environment(true).alive_every(), std::nullopt) << wrong;
  }
}

TEST(ServiceManager, SaysNothingWithoutASocket) {
  ::unsetenv("NOTIFY_SOCKET");
  ServiceManager::from_environment(true).ready();
  ::setenv("NOTIFY_SOCKET", "relative", 1);
  ServiceManager::from_environment(true).ready();
  ::setenv("NOTIFY_SOCKET", ("/" + std::string(200, 'a')).c_str(), 1);
  ServiceManager::from_environment(true).ready();
  ::unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace ringfence
