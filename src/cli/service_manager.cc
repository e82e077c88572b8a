// SPDX-License-Identifier: Apache-2.0
#include "cli/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace ringfence {
namespace {

constexpr std::int64_t kWatchdogMicrosMax = 24LL * 3'600 * 1'000'000;

std::optional<std::int64_t> number_in(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const char* end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

}  // namespace

ServiceManager ServiceManager::from_environment(bool ours) {
  ServiceManager manager;
  const char* socket = std::getenv("NOTIFY_SOCKET");
  if (!ours || socket == nullptr || (*socket != '/' && *socket != '@')) return manager;
  manager.socket_ = socket;
  const auto pid = number_in("WATCHDOG_PID");
  const auto micros = number_in("WATCHDOG_USEC");
  if (micros && *micros > 0 && *micros <= kWatchdogMicrosMax && (!pid || *pid == ::getpid())) {
    manager.alive_every_ = Duration{*micros / 3};
  }
  return manager;
}

void ServiceManager::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);  // tidy:allow(clock) systemd holds it against this clock
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                   std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000));
}

void ServiceManager::tell(std::string_view text) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() > sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';  // an abstract name begins with a zero
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  [[maybe_unused]] const ssize_t sent = ::sendto(fd, text.data(), text.size(), MSG_NOSIGNAL,
                                                 reinterpret_cast<const sockaddr*>(&address), size);
  ::close(fd);
}

}  // namespace ringfence
