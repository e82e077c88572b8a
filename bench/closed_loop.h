// SPDX-License-Identifier: Apache-2.0
// A closed loop: N connections to one server, each with one request in flight, on one thread.
//
// Contract: what is said on a connection is its Conversation's business; the loop connects, sends,
// receives, and connects anew where the conversation says so. Bare epoll and sockets: the load
// shares the machine with what it measures. Ends the program when the server does something wrong.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness.h"

namespace ringfence::bench {

// What is counted, of all connections together, from when the warmup is over.
struct Score {
  Histogram latency;
  std::uint64_t count = 0;  // of what the throughput is
  bool measuring = false;
  double seconds = 0;  // measured in fact
};

class Conversation {
 public:
  enum class Next { more, ask, reconnect };

  virtual ~Conversation() = default;
  // The next request. The bytes stay until the answer is whole.
  virtual std::string_view ask(std::int64_t now_ns) = 0;
  // What arrived. `ask` and `reconnect`: the answer is whole.
  virtual Next take(std::string_view bytes, std::int64_t now_ns) = 0;
};

// `address`: HOST:PORT with a numeric IPv4 host, or unix:PATH.
void run_closed_loop(const std::string& address,
                     const std::vector<std::unique_ptr<Conversation>>& conversations,
                     const Common& common, Score& score);

}  // namespace ringfence::bench
