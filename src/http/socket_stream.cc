// SPDX-License-Identifier: Apache-2.0
// The Stream over a TCP or Unix socket: plain recv and sendmsg, Asio only to wait. One
// instantiation of an Asio operation for all of it keeps this cheap to compile, and a call that
// need not wait costs one system call and no trip through the reactor.
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "http/stream.h"
#include "http/wait.h"

namespace ringfence::http {
namespace {

using Clock = std::chrono::steady_clock;
using Descriptor = asio::posix::stream_descriptor;

constexpr int kTurnsBeforeYield = 16;  // operations that need not wait, before others get a turn
constexpr std::size_t kPiecesPerSend = 64;
constexpr auto kPeerPoll = std::chrono::milliseconds(250);  // see wait_peer_closed

struct State : std::enable_shared_from_this<State> {
  State(const asio::any_io_executor& executor, int socket)
      : descriptor(executor, socket), deadline_timer(executor), peer_timer(executor) {}

  Error failure(int error) const;
  void close() noexcept;
  void arm();
  void on_timer();
  bool write_stalled(Clock::time_point now);
  awaitable<void> take_turn();

  Descriptor descriptor;
  asio::steady_timer deadline_timer;
  asio::steady_timer peer_timer;
  Clock::time_point deadline = Clock::time_point::max();
  Clock::time_point write_deadline = Clock::time_point::max();
  Clock::time_point armed_for = Clock::time_point::max();
  Clock::duration write_stall = Clock::duration::max();
  int unsent_at_last_look = 0;
  std::uint64_t bytes_sent = 0;
  int turns = 0;
  bool timed_out = false;
};

Error State::failure(int error) const {
  if (timed_out) return {ErrorCode::timeout, "The connection's time limit passed.", {}};
  if (!descriptor.is_open() || error == ECANCELED) {
    return {ErrorCode::closed, "The connection was closed on our side.", {}};
  }
  return {ErrorCode::closed,
          "The connection broke: " + std::system_category().message(error) + ".",
          {}};
}

void State::close() noexcept {
  if (!descriptor.is_open()) return;
  boost::system::error_code ignored;
  descriptor.close(ignored);
  deadline_timer.cancel();
  peer_timer.cancel();
}

// One timer for both deadlines; moving a deadline later costs nothing, the timer looks again then.
void State::arm() {
  const Clock::time_point next = std::min(deadline, write_deadline);
  if (next >= armed_for || !descriptor.is_open()) return;
  armed_for = next;
  deadline_timer.expires_at(next);
  deadline_timer.async_wait([weak = weak_from_this()](const boost::system::error_code& ec) {
    const auto self = weak.lock();
    if (self && ec != asio::error::operation_aborted) self->on_timer();
  });
}

void State::on_timer() {
  armed_for = Clock::time_point::max();
  const auto now = Clock::now();
  if (deadline <= now || (write_deadline <= now && write_stalled(now))) {
    timed_out = true;
    close();
    return;
  }
  arm();
}

// The socket's buffer may still be draining while we cannot add to it: that is progress too.
bool State::write_stalled(Clock::time_point now) {
  int unsent = 0;
  if (::ioctl(descriptor.native_handle(), SIOCOUTQ, &unsent) != 0) return true;
  if (unsent >= unsent_at_last_look) return true;
  unsent_at_last_look = unsent;
  write_deadline = now + write_stall;
  return false;
}

awaitable<void> State::take_turn() {
  if (++turns < kTurnsBeforeYield) co_return;
  turns = 0;
  co_await yield_turn();
}

std::optional<Result<std::size_t>> try_read(State& state, std::span<char> into) {
  if (!state.descriptor.is_open()) return std::unexpected(state.failure(ECANCELED));
  for (;;) {
    const ssize_t n =
        ::recv(state.descriptor.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return std::nullopt;
    return std::unexpected(state.failure(errno));
  }
}

awaitable<Result<void>> wait_readable(std::shared_ptr<State> state) {
  if (!state->descriptor.is_open()) co_return std::unexpected(state->failure(ECANCELED));
  state->turns = 0;
  const auto ec = co_await wait_for(state->descriptor, Descriptor::wait_read);
  if (ec) co_return std::unexpected(state->failure(ec.value()));
  co_return Result<void>();
}

awaitable<Result<std::size_t>> read_some(std::shared_ptr<State> state, std::span<char> into) {
  for (;;) {
    if (auto done = try_read(*state, into)) {
      co_await state->take_turn();
      co_return std::move(*done);
    }
    const auto ready = co_await wait_readable(state);
    if (!ready) co_return std::unexpected(ready.error());
  }
}

// The pieces not yet sent, as the kernel wants them.
class Unsent {
 public:
  explicit Unsent(std::span<const std::string_view> pieces) : pieces_(pieces) { skip_empty(); }
  bool empty() const { return pieces_.empty(); }

  std::size_t fill(std::array<iovec, kPiecesPerSend>& out) const {
    std::size_t count = 0;
    for (const std::string_view piece : pieces_.first(std::min(pieces_.size(), out.size()))) {
      const std::string_view rest = count == 0 ? piece.substr(offset_) : piece;
      out[count++] = {const_cast<char*>(rest.data()), rest.size()};
    }
    return count;
  }

  void advance(std::size_t n) {
    offset_ += n;
    while (!pieces_.empty() && offset_ >= pieces_.front().size()) {
      offset_ -= pieces_.front().size();
      pieces_ = pieces_.subspan(1);
    }
  }

 private:
  void skip_empty() { advance(0); }

  std::span<const std::string_view> pieces_;
  std::size_t offset_ = 0;
};

// Bytes sent, 0 if it would have to wait.
Result<std::size_t> try_send(State& state, const Unsent& unsent) {
  if (!state.descriptor.is_open()) return std::unexpected(state.failure(ECANCELED));
  std::array<iovec, kPiecesPerSend> pieces;
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = unsent.fill(pieces);
  for (;;) {
    const ssize_t n =
        ::sendmsg(state.descriptor.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return std::size_t{0};
    return std::unexpected(state.failure(errno));
  }
}

awaitable<Result<void>> write_pieces(std::shared_ptr<State> state,
                                     std::span<const std::string_view> pieces) {
  Unsent unsent(pieces);
  while (!unsent.empty()) {
    const auto sent = try_send(*state, unsent);
    if (!sent) co_return std::unexpected(sent.error());
    if (*sent > 0) {
      unsent.advance(*sent);
      state->bytes_sent += *sent;
      continue;
    }
    if (state->write_stall != Clock::duration::max()) {
      ::ioctl(state->descriptor.native_handle(), SIOCOUTQ, &state->unsent_at_last_look);
      state->write_deadline = Clock::now() + state->write_stall;
      state->arm();
    }
    const auto ec = co_await wait_for(state->descriptor, Descriptor::wait_write);
    state->write_deadline = Clock::time_point::max();
    if (ec) co_return std::unexpected(state->failure(ec.value()));
  }
  co_await state->take_turn();
  co_return Result<void>();
}

PeerState look_at_peer(State& state) {
  if (!state.descriptor.is_open()) return PeerState::closed;
  pollfd look{state.descriptor.native_handle(), POLLIN | POLLRDHUP, 0};
  if (::poll(&look, 1, 0) <= 0) return PeerState::quiet;
  if (look.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) return PeerState::closed;
  return PeerState::data;
}

awaitable<void> wait_peer_closed(std::shared_ptr<State> state) {
  for (;;) {
    const PeerState peer = look_at_peer(*state);
    if (peer == PeerState::closed) co_return;
    if (peer == PeerState::quiet) {
      const auto ec = co_await wait_for(state->descriptor, Descriptor::wait_read);
      if (ec) co_return;
    } else {
      // Readable it is and stays, so readiness cannot tell us more: look again now and then.
      state->peer_timer.expires_after(kPeerPoll);
      const auto ec = co_await wait_for(state->peer_timer);
      if (ec) co_return;
    }
  }
}

class SocketStream final : public Stream {
 public:
  SocketStream(const asio::any_io_executor& executor, int socket)
      : state_(std::make_shared<State>(executor, socket)) {}
  ~SocketStream() override { state_->close(); }
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  awaitable<Result<std::size_t>> read_some(std::span<char> into) override {
    return http::read_some(state_, into);
  }
  std::optional<Result<std::size_t>> try_read_some(std::span<char> into) override {
    return try_read(*state_, into);
  }
  awaitable<Result<void>> write_all(std::span<const std::string_view> pieces) override {
    return write_pieces(state_, pieces);
  }
  awaitable<void> shutdown() override {
    if (state_->descriptor.is_open()) ::shutdown(state_->descriptor.native_handle(), SHUT_WR);
    co_return;
  }
  void close() noexcept override { state_->close(); }
  bool is_open() const override { return state_->descriptor.is_open(); }
  PeerState peer_state() override { return look_at_peer(*state_); }
  awaitable<Result<void>> wait_readable() override { return http::wait_readable(state_); }
  awaitable<void> wait_peer_closed() override { return http::wait_peer_closed(state_); }

  void expires_after(Duration duration) override {
    state_->deadline = Clock::now() + std::chrono::microseconds(duration.us);
    state_->arm();
  }
  void expires_never() override { state_->deadline = Clock::time_point::max(); }
  void write_stall(Duration duration_max) override {
    state_->write_stall = std::chrono::microseconds(duration_max.us);
  }

  std::uint64_t bytes_sent() const override { return state_->bytes_sent; }
  int native_handle() const override {
    return state_->descriptor.is_open()
               ? const_cast<Descriptor&>(state_->descriptor).native_handle()
               : -1;
  }
  asio::any_io_executor executor() const override {
    return const_cast<Descriptor&>(state_->descriptor).get_executor();
  }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace

awaitable<Result<void>> Stream::handshake() { co_return Result<void>(); }

awaitable<Result<void>> Stream::write_all(std::string_view bytes) {
  co_return co_await write_all(std::span<const std::string_view>(&bytes, 1));
}

std::unique_ptr<Stream> make_socket_stream(asio::any_io_executor executor, int socket) {
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // fails on Unix sockets: fine
  return std::make_unique<SocketStream>(executor, socket);
}

}  // namespace ringfence::http
