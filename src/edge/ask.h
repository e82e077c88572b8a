// SPDX-License-Identifier: Apache-2.0
// ask: puts a command to the service from a coroutine and comes back on the coroutine's executor.
//
// Contract: the calling coroutine's io_context must outlive the reply. Cancelling the coroutine
// does not cancel the command; send CancelHold for that.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <vector>

#include "service/policy_changer.h"
#include "service/service.h"

namespace ringfence {

boost::asio::awaitable<Reply> ask(Service& service, Command command);
boost::asio::awaitable<Reply> ask(Service& service, Ticket ticket, Command command);
boost::asio::awaitable<std::vector<Reply>> ask_batch(Service& service,
                                                     std::vector<Command> commands);
// Resumes when the change is in force and durable, or refused.
boost::asio::awaitable<std::expected<PolicyOutcome, PolicyProblem>> ask_policy(
    PolicyChanger& changer, PolicyChange change);
// Runs `reader` on the engine's thread, then resumes.
boost::asio::awaitable<void> ask_query(Service& service,
                                       std::function<void(const Engine&, Time)> reader);
// The same, and resumes only when all that `reader` can have seen is durable: for what is told to
// others, who must not see it undone by a crash.
boost::asio::awaitable<void> ask_durable_query(Service& service,
                                               std::function<void(const Engine&, Time)> reader);

}  // namespace ringfence
