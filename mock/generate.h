// SPDX-License-Identifier: Apache-2.0
// Generates a planned answer: token by token at its pace, billed as it comes, up to a fault.
//
// Contract: run() returns whether the connection can take another request. A streamed token is
// billed once its bytes are in the socket's buffer, all others when their time has come; searches
// come between the hidden tokens and the text. One thread.
#pragma once

#include <string>
#include <vector>

#include "fault.h"
#include "http.h"
#include "plan.h"
#include "reply.h"
#include "truth.h"

namespace mock {

class Generation {
 public:
  Generation(Connection& connection, const Wire& wire, const Plan& plan, const Knobs& knobs,
             Truth::Ticket& ticket)
      : connection_(connection), wire_(wire), plan_(plan), knobs_(knobs), ticket_(ticket) {}

  // `base` are the headers of the answer without its type.
  [[nodiscard]] bool plain(Reply& reply, const std::vector<Header>& base);
  [[nodiscard]] bool stream(Reply& reply, const std::vector<Header>& base);

 private:
  [[nodiscard]] bool wait_for_token(Clock::time_point start, std::int64_t token);
  [[nodiscard]] bool break_off(Fault fault, Reply& reply, StreamWriter* writer);
  [[nodiscard]] bool stream_until(StreamWriter& writer, Reply& reply, std::int64_t last);
  [[nodiscard]] std::int64_t step(StreamWriter& writer, std::int64_t at, std::int64_t last);
  void enter_visible(StreamWriter& writer);
  void enter_part(StreamWriter& writer, std::size_t part);
  void ping(StreamWriter& writer);
  void finish(StreamWriter& writer);
  [[nodiscard]] bool flush(Reply& reply);
  [[nodiscard]] bool paced() const { return knobs_.tokens_per_second > 0; }

  Connection& connection_;
  const Wire& wire_;
  const Plan& plan_;
  const Knobs& knobs_;
  Truth::Ticket& ticket_;
  // Of a stream: what is written and not yet sent, and what is billed with it.
  std::string pending_;
  Usage pending_usage_;
  std::int64_t pings_left_ = 0;
  bool visible_ = false;         // reasoning and searches are over
  std::size_t parts_begun_ = 0;  // the last of them is open
  std::int64_t part_start_ = 0;  // visible tokens before it
};

}  // namespace mock
