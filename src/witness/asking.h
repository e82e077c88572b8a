// SPDX-License-Identifier: Apache-2.0
// Asking: one request to a witness on its way, and its answer.
//
// Contract: internal to the room; one thread. The answer is whole within `at_most` of the
// connection's being there, and no larger than kAnswerBytesMax, or it is none. Redirects are not
// followed. What is on its way is in lane.asking, to be cut. Errors are sentences without the
// witness's words.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "http/client.h"
#include "witness/exchange.h"
#include "witness/lane.h"

namespace ringfence::witness {

boost::asio::awaitable<std::expected<Answer, std::string>> ask(std::shared_ptr<Lane> lane,
                                                               std::shared_ptr<http::Client> client,
                                                               std::string body, Duration at_most);

}  // namespace ringfence::witness
