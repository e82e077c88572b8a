// SPDX-License-Identifier: Apache-2.0
// What the tests of this room share: one io_context, a raw client, certificates made on the spot.
//
// Contract: test code only. `run` drives the io_context until the coroutine it was given ends; a
// test that hangs is ended by a watchdog, which is not a sleep: nothing waits for it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "http/server.h"
#include "http/stream.h"

namespace ringfence::http::test {

// Runs one coroutine to its end on `io`, and whatever else becomes ready meanwhile. Rethrows.
void run(asio::io_context& io, std::function<awaitable<void>()> coroutine);
// Starts one beside; ends with the io_context.
void background(asio::io_context& io, std::function<awaitable<void>()> coroutine);

// A connected pair of Unix sockets as streams.
struct Pair {
  std::unique_ptr<Stream> a;
  std::unique_ptr<Stream> b;
};
Pair stream_pair(asio::io_context& io);

// A blocking connect to a listener on loopback: the kernel completes it without the io_context.
std::unique_ptr<Stream> connect_loopback(asio::io_context& io, std::uint16_t port);

awaitable<void> must_write(Stream& stream, std::string_view bytes);
// Everything until the peer's end, or until an error.
awaitable<std::string> read_to_end(Stream& stream);
// Until `text` holds `until` (or the end).
awaitable<std::string> read_until(Stream& stream, std::string until);
// Lets everything that is ready run, `turns` times.
awaitable<void> spin(int turns = 50);

struct Certificate {
  std::string pem;
  std::string key_pem;
};
struct CertificateWish {
  std::string dns = "localhost";
  std::string ip = "127.0.0.1";
  int starts_in_days = -1;
  int ends_in_days = 1;
  const Certificate* issuer = nullptr;  // null: self-signed
  bool is_authority = false;
};
Certificate make_certificate(const CertificateWish& wish);

}  // namespace ringfence::http::test
