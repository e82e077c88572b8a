// SPDX-License-Identifier: Apache-2.0
// The Stream of TLS: OpenSSL works on two memory buffers, and the bytes move between those and the
// stream below. OpenSSL never sees a socket and Asio never sees OpenSSL.
//
// Reader and writer share one SSL object. Either may leave bytes to send (a key update answers from
// within a read), so sending is a flush that only one of them runs at a time.
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <limits>

#include "base/ensure.h"
#include "http/tls.h"
#include "http/wait.h"

namespace ringfence::http {
namespace {

constexpr std::size_t kRecordBytes = 16 * 1024;
constexpr auto kPeerPoll = std::chrono::milliseconds(250);  // as in socket_stream.cc

struct SslFreer {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

struct State {
  State(std::unique_ptr<Stream> stream_below, std::shared_ptr<const TlsContext> tls_context);

  Error failure(const char* doing);
  void feed(std::span<const char> bytes);
  std::string take_output();

  std::unique_ptr<Stream> below;
  std::shared_ptr<const TlsContext> context;
  std::unique_ptr<SSL, SslFreer> ssl;
  BIO* incoming = nullptr;  // both belong to ssl
  BIO* outgoing = nullptr;
  bool flushing = false;
  asio::steady_timer flushed;     // cancelled when a flush ends
  asio::steady_timer peer_timer;  // cancelled by close
};
using StatePtr = std::shared_ptr<State>;

State::State(std::unique_ptr<Stream> stream_below, std::shared_ptr<const TlsContext> tls_context)
    : below(std::move(stream_below)),
      context(std::move(tls_context)),
      ssl(SSL_new(context->native())),
      flushed(below->executor()),
      peer_timer(below->executor()) {
  RF_ENSURE(ssl != nullptr, "out of memory for a TLS session");
  incoming = BIO_new(BIO_s_mem());
  outgoing = BIO_new(BIO_s_mem());
  RF_ENSURE(incoming != nullptr && outgoing != nullptr, "out of memory for a TLS session");
  BIO_set_mem_eof_return(incoming, -1);  // empty means "come back", never "end"
  SSL_set_bio(ssl.get(), incoming, outgoing);
}

std::string reason_of_verification(long result) {
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return "the certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "the certificate is not valid yet";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "the certificate is self-signed";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "no trusted authority signed the certificate";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return "the certificate is for another host";
    default: return X509_verify_cert_error_string(result);
  }
}

Error State::failure(const char* doing) {
  const long verified = SSL_get_verify_result(ssl.get());
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (!SSL_is_server(ssl.get()) && verified != X509_V_OK) {
    return {ErrorCode::unavailable, "TLS: " + reason_of_verification(verified) + ".", {}};
  }
  const char* reason = ERR_reason_error_string(code);
  return {ErrorCode::closed,
          std::string("TLS failed while ") + doing + ": " + (reason ? reason : "broken") + ".",
          {}};
}

void State::feed(std::span<const char> bytes) {
  const int n = BIO_write(incoming, bytes.data(), static_cast<int>(bytes.size()));
  RF_ENSURE(n == static_cast<int>(bytes.size()), "a memory BIO took less than it was given");
}

std::string State::take_output() {
  std::string out(BIO_ctrl_pending(outgoing), '\0');
  if (!out.empty()) {
    const int n = BIO_read(outgoing, out.data(), static_cast<int>(out.size()));
    RF_ENSURE(n == static_cast<int>(out.size()), "a memory BIO gave less than it holds");
  }
  return out;
}

// Sends whatever OpenSSL has left. With another flush under way the bytes go with that one: a
// writer waits for its end, since back-pressure is its job; a reader does not.
awaitable<Result<void>> flush(StatePtr state, bool wait_for_other) {
  while (state->flushing) {
    if (!wait_for_other) co_return Result<void>();
    state->flushed.expires_at(std::chrono::steady_clock::time_point::max());
    co_await wait_for(state->flushed);
    if (!state->below->is_open()) {
      co_return fail(ErrorCode::closed, "The connection was closed while it was written to.");
    }
  }
  state->flushing = true;
  Result<void> result;
  while (result && BIO_ctrl_pending(state->outgoing) > 0) {
    const std::string bytes = state->take_output();
    result = co_await state->below->write_all(bytes);
  }
  state->flushing = false;
  if (!result) state->below->close();  // part of a record may be gone: nothing can follow it
  state->flushed.cancel();
  co_return result;
}

// Moves what the stream below has into OpenSSL: bytes, an end (0), an error, or nothing yet. The
// buffer is on the stack of a plain function: a connection that waits holds none.
std::optional<Result<std::size_t>> pull(State& state) {
  std::array<char, kRecordBytes> bytes;
  auto n = state.below->try_read_some(bytes);
  if (n && *n && **n > 0) state.feed(std::span(bytes).first(**n));
  return n;
}

awaitable<Result<void>> read_below(StatePtr state, const char* doing) {
  for (;;) {
    const auto n = pull(*state);
    if (n && !*n) co_return std::unexpected(n->error());
    if (n && **n > 0) co_return Result<void>();
    if (n) {
      co_return fail(
          ErrorCode::closed,
          std::string("The peer ended the connection without TLS's goodbye while ") + doing + ".");
    }
    const auto ready = co_await state->below->wait_readable();
    if (!ready) co_return std::unexpected(ready.error());
  }
}

awaitable<Result<void>> handshake(StatePtr state) {
  for (;;) {
    ERR_clear_error();
    const int done = SSL_do_handshake(state->ssl.get());
    const int why = SSL_get_error(state->ssl.get(), done);
    std::optional<Error> failed;
    if (done != 1 && why != SSL_ERROR_WANT_READ) failed = state->failure("shaking hands");
    const auto sent = co_await flush(state, true);  // the alert too, so that the peer knows why
    if (failed) co_return std::unexpected(*failed);
    if (!sent) co_return std::unexpected(sent.error());
    if (done == 1) co_return Result<void>();
    const auto got = co_await read_below(state, "shaking hands");
    if (!got) co_return std::unexpected(got.error());
  }
}

// One step of reading: bytes, an end (0), an error, or nothing yet.
std::optional<Result<std::size_t>> take_input(State& state, std::span<char> into) {
  ERR_clear_error();
  std::size_t n = 0;
  const int done = SSL_read_ex(state.ssl.get(), into.data(), into.size(), &n);
  if (done == 1) return n;
  switch (SSL_get_error(state.ssl.get(), done)) {
    case SSL_ERROR_WANT_READ: return std::nullopt;
    case SSL_ERROR_ZERO_RETURN: return std::size_t{0};
    default: return std::unexpected(state.failure("reading"));
  }
}

awaitable<Result<std::size_t>> read_some(StatePtr state, std::span<char> into) {
  for (;;) {
    auto step = take_input(*state, into);
    if (BIO_ctrl_pending(state->outgoing) > 0) co_await flush(state, false);
    if (step) co_return std::move(*step);
    const auto got = co_await read_below(state, "being read");
    if (!got) co_return std::unexpected(got.error());
  }
}

awaitable<Result<void>> write_record(StatePtr state, std::string_view record) {
  if (!state->below->is_open()) co_return fail(ErrorCode::closed, "The connection is closed.");
  ERR_clear_error();
  std::size_t n = 0;
  if (SSL_write_ex(state->ssl.get(), record.data(), record.size(), &n) != 1) {
    co_return std::unexpected(state->failure("writing"));
  }
  RF_ENSURE(n == record.size(), "TLS took a part of a record");
  co_return co_await flush(state, true);
}

// One record at a time, so that a slow peer makes us wait before the next is even encrypted.
awaitable<Result<void>> write_pieces(StatePtr state, std::span<const std::string_view> pieces) {
  std::string record;
  for (std::string_view rest : pieces) {
    while (!rest.empty()) {
      const std::size_t take = std::min(rest.size(), kRecordBytes - record.size());
      record.append(rest.substr(0, take));
      rest.remove_prefix(take);
      if (record.size() < kRecordBytes) break;
      if (auto sent = co_await write_record(state, record); !sent) co_return sent;
      record.clear();
    }
  }
  if (record.empty()) co_return Result<void>();
  co_return co_await write_record(state, record);
}

awaitable<void> shutdown(StatePtr state) {
  if (!state->below->is_open()) co_return;
  ERR_clear_error();
  SSL_shutdown(state->ssl.get());
  co_await flush(state, true);
  co_await state->below->shutdown();
}

// Looks through what is not data (session tickets, key updates) to what is. May take bytes off the
// stream below, into OpenSSL; never more than about one record beyond the first data.
PeerState look_at_peer(State& state) {
  for (;;) {
    char first;
    ERR_clear_error();
    const int n = SSL_peek(state.ssl.get(), &first, 1);
    const int why = SSL_get_error(state.ssl.get(), n);
    if (n > 0) {
      return state.below->peer_state() == PeerState::closed ? PeerState::closed : PeerState::data;
    }
    if (why != SSL_ERROR_WANT_READ) return PeerState::closed;
    const auto more = pull(state);
    if (!more) return PeerState::quiet;
    if (!*more || **more == 0) return PeerState::closed;
  }
}

// No switch here: g++ 12 loses the coroutine's frame when a co_await stands in a condition inside
// one.
awaitable<void> wait_peer_closed(StatePtr state) {
  for (;;) {
    const PeerState peer = look_at_peer(*state);
    if (peer == PeerState::closed) co_return;
    if (peer == PeerState::quiet) {
      const auto ready = co_await state->below->wait_readable();
      if (!ready) co_return;
    } else {
      state->peer_timer.expires_after(kPeerPoll);
      const auto ec = co_await wait_for(state->peer_timer);
      if (ec) co_return;
    }
  }
}

awaitable<Result<void>> wait_readable(StatePtr state) {
  while (look_at_peer(*state) == PeerState::quiet) {
    auto ready = co_await state->below->wait_readable();
    if (!ready) co_return ready;
  }
  co_return Result<void>();
}

class TlsStream final : public Stream {
 public:
  explicit TlsStream(StatePtr state) : state_(std::move(state)) {}
  ~TlsStream() override { TlsStream::close(); }
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  awaitable<Result<void>> handshake() override { return http::handshake(state_); }
  awaitable<Result<std::size_t>> read_some(std::span<char> into) override {
    return http::read_some(state_, into);
  }
  std::optional<Result<std::size_t>> try_read_some(std::span<char> into) override {
    const PeerState peer = look_at_peer(*state_);
    auto step = take_input(*state_, into);
    if (step || peer != PeerState::closed) return step;
    return fail(ErrorCode::closed, "The peer ended the connection.");
  }
  awaitable<Result<void>> write_all(std::span<const std::string_view> pieces) override {
    return write_pieces(state_, pieces);
  }
  awaitable<void> shutdown() override { return http::shutdown(state_); }
  void close() noexcept override {
    state_->below->close();
    state_->peer_timer.cancel();
    state_->flushed.cancel();
  }
  bool is_open() const override { return state_->below->is_open(); }
  PeerState peer_state() override { return look_at_peer(*state_); }
  awaitable<Result<void>> wait_readable() override { return http::wait_readable(state_); }
  awaitable<void> wait_peer_closed() override { return http::wait_peer_closed(state_); }
  void expires_after(Duration duration) override { state_->below->expires_after(duration); }
  void expires_never() override { state_->below->expires_never(); }
  void write_stall(Duration duration_max) override { state_->below->write_stall(duration_max); }
  std::uint64_t bytes_sent() const override { return state_->below->bytes_sent(); }
  bool secure() const override { return true; }
  int native_handle() const override { return state_->below->native_handle(); }
  asio::any_io_executor executor() const override { return state_->below->executor(); }

 private:
  StatePtr state_;
};

bool is_ip_address(const std::string& host) {
  in6_addr storage;
  return ::inet_pton(AF_INET, host.c_str(), &storage) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &storage) == 1;
}

}  // namespace

Result<std::unique_ptr<Stream>> make_tls_client(std::unique_ptr<Stream> below,
                                                std::shared_ptr<const TlsContext> context,
                                                const std::string& host) {
  auto state = std::make_shared<State>(std::move(below), std::move(context));
  SSL* ssl = state->ssl.get();
  const bool is_ip = is_ip_address(host);
  X509_VERIFY_PARAM* verify = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int named = is_ip ? X509_VERIFY_PARAM_set1_ip_asc(verify, host.c_str())
                          : SSL_set1_host(ssl, host.c_str());
  if (named != 1 || host.empty()) return invalid("TLS: this is no host to verify.", host);
  if (!is_ip) SSL_set_tlsext_host_name(ssl, host.c_str());
  SSL_set_connect_state(ssl);
  return std::make_unique<TlsStream>(std::move(state));
}

std::unique_ptr<Stream> make_tls_server(std::unique_ptr<Stream> below,
                                        std::shared_ptr<const TlsContext> context) {
  auto state = std::make_shared<State>(std::move(below), std::move(context));
  SSL_set_accept_state(state->ssl.get());
  return std::make_unique<TlsStream>(std::move(state));
}

}  // namespace ringfence::http
