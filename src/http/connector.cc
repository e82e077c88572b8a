// SPDX-License-Identifier: Apache-2.0
#include "http/connector.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <vector>

#include "http/wait.h"

namespace ringfence::http {
namespace {

constexpr std::size_t kAddressesMax = 8;  // of a name's, tried in turn

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::unexpected<Error> unreachable(const std::string& why) {
  return fail(ErrorCode::unavailable, "cannot connect: " + why);
}

Result<std::vector<Address>> unix_address(const std::string& path) {
  Address address;
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  if (path.size() >= sizeof un.sun_path) return unreachable("the socket's path is too long");
  std::memcpy(un.sun_path, path.data(), path.size());
  std::memcpy(&address.storage, &un, sizeof un);
  address.size = sizeof un;
  return std::vector<Address>{address};
}

using Resolver = asio::ip::tcp::resolver;

// getaddrinfo cannot be stopped, so a look-up that takes too long is left behind, unheard.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), give_up(executor) {}
  Resolver resolver;
  asio::steady_timer give_up;
  std::optional<Result<std::vector<Address>>> found;
};

Address to_address(const asio::ip::tcp::endpoint& endpoint) {
  Address address;
  address.size = static_cast<socklen_t>(endpoint.size());
  std::memcpy(&address.storage, endpoint.data(), endpoint.size());
  return address;
}

IpAddress ip_of(const Address& address) {
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address.storage, sizeof v4);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return IpAddress::of(bytes);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address.storage, sizeof v6);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return IpAddress::of(bytes);
}

Result<std::vector<Address>> collect(const boost::system::error_code& ec,
                                     const Resolver::results_type& results) {
  if (ec) return unreachable(ec.message());
  std::vector<Address> addresses;
  for (const auto& entry : results) {
    if (addresses.size() < kAddressesMax) addresses.push_back(to_address(entry.endpoint()));
  }
  return addresses;
}

awaitable<Result<std::vector<Address>>> resolve(Url url, Duration time_max) {
  if (!url.unix_socket.empty()) co_return unix_address(url.unix_socket);
  boost::system::error_code not_numeric;
  const auto numeric = asio::ip::make_address(url.host, not_numeric);
  if (!not_numeric) co_return std::vector<Address>(1, to_address({numeric, url.port}));
  const auto lookup = std::make_shared<Lookup>(co_await asio::this_coro::executor);
  lookup->give_up.expires_after(std::chrono::microseconds(time_max.us));
  lookup->resolver.async_resolve(
      url.host, std::to_string(url.port), Resolver::numeric_service,
      [lookup](const boost::system::error_code& ec, const Resolver::results_type& results) {
        lookup->found = collect(ec, results);
        lookup->give_up.cancel();
      });
  const auto ec = co_await wait_for(lookup->give_up);
  if (lookup->found) co_return std::move(*lookup->found);
  if (ec) co_return fail(ErrorCode::closed, "the look-up of the host's name was given up");
  co_return fail(ErrorCode::timeout, "the host's name was not found in time");
}

// Every address must pass: one that may not be dialled shows that the name cannot be trusted.
Result<void> check(const Url& url, const std::vector<Address>& addresses,
                   const AddressFilter& filter) {
  if (!url.unix_socket.empty()) {
    return fail(ErrorCode::forbidden, "a Unix socket has no address");
  }
  for (const Address& address : addresses) {
    if (auto passed = filter(ip_of(address)); !passed) return passed;
  }
  return {};
}

// A connect under way, cut short when its time is up.
struct Attempt {
  asio::posix::stream_descriptor descriptor;
  asio::steady_timer timer;
  bool expired = false;
};

awaitable<Result<int>> connect_one(Address address, Duration time_max) {
  const int socket =
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) co_return unreachable(std::strerror(errno));
  const auto executor = co_await asio::this_coro::executor;
  const auto attempt = std::make_shared<Attempt>(
      Attempt{asio::posix::stream_descriptor(executor, socket), asio::steady_timer(executor)});
  const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(socket, where, address.size) != 0) {
    if (errno != EINPROGRESS) co_return unreachable(std::strerror(errno));
    attempt->timer.expires_after(std::chrono::microseconds(time_max.us));
    start(executor, [attempt]() -> awaitable<void> {
      if (co_await wait_for(attempt->timer)) co_return;
      attempt->expired = true;
      boost::system::error_code ignored;
      attempt->descriptor.cancel(ignored);
    });
    const auto waited =
        co_await wait_for(attempt->descriptor, asio::posix::descriptor_base::wait_write);
    attempt->timer.cancel();
    if (attempt->expired) co_return fail(ErrorCode::timeout, "cannot connect: it took too long");
    if (waited) co_return unreachable(waited.message());
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) co_return unreachable(std::strerror(error));
  }
  co_return attempt->descriptor.release();
}

}  // namespace

awaitable<Result<std::unique_ptr<Stream>>> connect_to(Url url, Duration time_max,
                                                      std::shared_ptr<const AddressFilter> filter) {
  auto addresses = co_await resolve(url, time_max);
  if (!addresses) co_return std::unexpected(addresses.error());
  if (filter) {
    if (auto passed = check(url, *addresses, *filter); !passed) {
      co_return std::unexpected(passed.error());
    }
  }
  Error last{ErrorCode::unavailable, "cannot connect: no address", {}};
  const auto tries = static_cast<std::int64_t>(addresses->size());
  for (const Address& address : *addresses) {
    auto socket = co_await connect_one(address, time_max / tries);
    if (socket) co_return make_socket_stream(co_await asio::this_coro::executor, *socket);
    last = socket.error();
  }
  co_return std::unexpected(last);
}

}  // namespace ringfence::http
