// SPDX-License-Identifier: Apache-2.0
#include "closed_loop.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace ringfence::bench {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kEventsMax = 256;
constexpr int kSilenceMs = 30'000;  // no answer at all for so long: the server is stuck

[[noreturn]] void failed(std::string_view what) {
  give_up(fmt::format("{}: {}", what, std::strerror(errno)));
}

int connect_unix(const std::string& path) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.size() >= sizeof to.sun_path) give_up("the socket's path is too long");
  path.copy(to.sun_path, path.size());
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0 || ::connect(made, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    failed("connecting to " + path);
  }
  return made;
}

int connect_tcp(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) give_up("an address is HOST:PORT or unix:PATH");
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
  if (::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) {
    give_up("the host must be a numeric IPv4 address");
  }
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0 || ::connect(made, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    failed("connecting to " + address);
  }
  const int on = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return made;
}

class Loop {
 public:
  Loop(const std::string& address, const std::vector<std::unique_ptr<Conversation>>& conversations)
      : address_(address), epoll_(::epoll_create1(EPOLL_CLOEXEC)), input_(kReadBytes) {
    for (const auto& conversation : conversations)
      lines_.push_back({.conversation = conversation.get()});
    for (Line& line : lines_) {
      connect(line);
      ask(line);
    }
  }
  ~Loop() {
    for (const Line& line : lines_) ::close(line.socket);
    ::close(epoll_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run_until(std::int64_t end_ns) {
    std::array<epoll_event, kEventsMax> events{};
    while (ticks_ns() < end_ns) {
      const int ready = ::epoll_wait(epoll_, events.data(), kEventsMax, kSilenceMs);
      if (ready == 0) give_up("the server answers nothing any more");
      for (int i = 0; i < ready; ++i) {
        Line& line = *static_cast<Line*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (!line.unsent.empty()) send(line);
        if ((events[static_cast<std::size_t>(i)].events & ~std::uint32_t{EPOLLOUT}) != 0) {
          receive(line);
        }
      }
    }
  }

 private:
  struct Line {
    Conversation* conversation;
    int socket = -1;
    std::string_view unsent = {};
    bool full = false;  // the kernel took not all: we are told when it takes more
  };

  void connect(Line& line) {
    const bool local = address_.starts_with("unix:");
    line.socket = local ? connect_unix(address_.substr(5)) : connect_tcp(address_);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &line;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, line.socket, &event) != 0) failed("epoll");
  }

  void watch(Line& line, std::uint32_t what) {
    epoll_event event{};
    event.events = what;
    event.data.ptr = &line;
    if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, line.socket, &event) != 0) failed("epoll");
  }

  void ask(Line& line) {
    line.unsent = line.conversation->ask(ticks_ns());
    send(line);
  }

  void send(Line& line) {
    const ssize_t sent =
        ::send(line.socket, line.unsent.data(), line.unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) failed("sending");
    if (sent > 0) line.unsent.remove_prefix(static_cast<std::size_t>(sent));
    if (line.full == !line.unsent.empty()) return;
    line.full = !line.full;
    watch(line, line.full ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }

  void receive(Line& line) {
    const ssize_t got = ::recv(line.socket, input_.data(), input_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) give_up("the server closed a connection before its answer was whole");
    const std::string_view bytes(input_.data(), static_cast<std::size_t>(got));
    switch (line.conversation->take(bytes, ticks_ns())) {
      case Conversation::Next::more: return;
      case Conversation::Next::reconnect:
        ::close(line.socket);
        line.full = false;
        connect(line);
        break;
      case Conversation::Next::ask: break;
    }
    ask(line);
  }

  const std::string address_;
  const int epoll_;
  std::vector<char> input_;
  std::vector<Line> lines_;
};

}  // namespace

void run_closed_loop(const std::string& address,
                     const std::vector<std::unique_ptr<Conversation>>& conversations,
                     const Common& common, Score& score) {
  Loop loop(address, conversations);
  loop.run_until(ticks_ns() + static_cast<std::int64_t>(common.warmup_seconds * 1e9));
  score.measuring = true;
  const std::int64_t start = ticks_ns();
  loop.run_until(start + static_cast<std::int64_t>(common.seconds * 1e9));
  score.measuring = false;
  score.seconds = static_cast<double>(ticks_ns() - start) / 1e9;
}

}  // namespace ringfence::bench
