// SPDX-License-Identifier: Apache-2.0
// send: one attempt to deliver one message.
//
// Contract: a POST of JSON with the three headers of Standard Webhooks; all of it, from looking up
// the host's name to the end of the answer, takes kSendTime at most. A redirect is a failure, the
// answer's body is read (up to kAnswerMax) and ignored. What went wrong is told without the
// receiver's words.
#pragma once

#include <memory>
#include <string>

#include "http/client.h"
#include "webhook/endpoint.h"

namespace ringfence::webhook {

inline constexpr Duration kSendTime = Duration::seconds(15);
inline constexpr std::size_t kAnswerMax = 64 * 1024;  // bytes

struct Attempt {
  enum class Outcome : std::uint8_t { delivered, failed, gone } outcome = Outcome::failed;
  std::string what;      // of a failure: "status 500", "cannot connect: …"
  Duration retry_after;  // as the receiver wished
};

struct Message {
  std::string id;
  std::string body;
};

// The same for every attempt: of this installation, this event and this endpoint.
std::string message_id(std::string_view installation, std::uint64_t seq, std::string_view endpoint);

http::awaitable<Attempt> send(std::shared_ptr<http::Client> client,
                              std::shared_ptr<const Endpoint> endpoint, Message message,
                              std::shared_ptr<http::CutSwitch> cut_switch);

}  // namespace ringfence::webhook
