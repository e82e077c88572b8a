// SPDX-License-Identifier: Apache-2.0
#include "http/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

#include "base/descriptor.h"
#include "base/log.h"
#include "http/wait.h"

namespace ringfence::http {
namespace {

constexpr auto kPauseWithoutDescriptors = std::chrono::milliseconds(100);

std::string system_message(int error) { return std::system_category().message(error); }

struct AddressFreer {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

std::string describe(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ":" + std::to_string(ntohs(in.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &in.sin6_addr, text.data(), text.size());
    return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(in.sin6_port));
  }
  return "unix";
}

std::uint16_t bound_port(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

// A socket file of our own user that nobody answers on is what a dead process left. Anything else
// that has the name (a file, a link, another user's socket) is not ours to remove.
bool is_stale(const sockaddr_un& address) {
  struct stat file{};
  if (::lstat(address.sun_path, &file) != 0 || !S_ISSOCK(file.st_mode) ||
      file.st_uid != ::geteuid()) {
    return false;
  }
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(probe.get(), raw, sizeof address) != 0 && errno == ECONNREFUSED;
}

bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Listener::~Listener() { close(); }

void Listener::close() {
  boost::system::error_code ignored;
  struct stat file{};
  if (descriptor.is_open() && !socket_file.empty() && ::lstat(socket_file.c_str(), &file) == 0 &&
      file.st_ino == socket_inode) {
    ::unlink(socket_file.c_str());
  }
  descriptor.close(ignored);
  pause.cancel();
}

Result<ListenerPtr> listen_on_tcp(const asio::any_io_executor& executor, const std::string& host,
                                  std::uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0)
    return invalid("No address to listen on: " + std::string(::gai_strerror(error)) + ".", host);
  const std::unique_ptr<addrinfo, AddressFreer> addresses(found);
  Descriptor socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(socket.get(), SOMAXCONN) != 0) {
    const auto code = errno == EADDRINUSE ? ErrorCode::conflict : ErrorCode::unavailable;
    return fail(code, "Cannot listen there: " + system_message(errno) + ".",
                host + ":" + std::to_string(port));
  }
  auto listener = std::make_shared<Listener>(executor, socket.release());
  listener->port = bound_port(listener->descriptor.native_handle());
  return listener;
}

Result<ListenerPtr> listen_on_unix(const asio::any_io_executor& executor, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return invalid("The path of a socket has 1 to 107 bytes.", path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int bound = ::bind(socket.get(), raw, sizeof address);
  if (bound != 0 && errno == EADDRINUSE) {
    if (!is_stale(address))
      return fail(ErrorCode::conflict,
                  "Another process listens there, or it is no socket of this user.", path);
    ::unlink(path.c_str());
    bound = ::bind(socket.get(), raw, sizeof address);
  }
  // Nobody can connect before listen, so the mode holds from the first connection on.
  if (bound != 0 || ::chmod(path.c_str(), 0600) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) {
    return fail(ErrorCode::unavailable, "Cannot listen there: " + system_message(errno) + ".",
                path);
  }
  auto listener = std::make_shared<Listener>(executor, socket.release());
  listener->socket_file = path;
  struct stat file{};
  if (::lstat(path.c_str(), &file) == 0) listener->socket_inode = file.st_ino;
  return listener;
}

awaitable<Result<Accepted>> accept_next(ListenerPtr listener) {
  using Descriptor = asio::posix::stream_descriptor;
  bool told = false;
  while (listener->descriptor.is_open()) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int socket =
        ::accept4(listener->descriptor.native_handle(), reinterpret_cast<sockaddr*>(&address),
                  &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      co_return Accepted{make_socket_stream(listener->descriptor.get_executor(), socket),
                         describe(address)};
    }
    const int error = errno;
    if (is_shortage(error)) {
      if (!std::exchange(told, true)) log_warn("http: cannot accept: " + system_message(error));
      listener->pause.expires_after(kPauseWithoutDescriptors);
      co_await wait_for(listener->pause);
    } else if (error == EAGAIN) {
      co_await wait_for(listener->descriptor, Descriptor::wait_read);
    }
    // Anything else concerns one connection that is gone already.
  }
  co_return fail(ErrorCode::closed, "The listener is closed.");
}

}  // namespace ringfence::http
