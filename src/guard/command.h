// SPDX-License-Identifier: Apache-2.0
// ask_command: puts a question to a guard's command through a keeper, without blocking the thread.
//
// Contract: on the caller's executor, one thread. Comes back within the time stated and a little
// for the keeper to tidy up; a keeper that needs longer goes on alone. Abandoning the coroutine
// kills the command and all that it started.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace ringfence::guard {

struct CommandTerms {
  std::vector<std::string> keeper;       // the program that is a keeper, with its first words
  std::vector<std::string> command;      // an absolute program and its arguments
  std::vector<std::string> environment;  // NAME=value
  Duration timeout;
};

// What it printed, once it has ended with 0. Errors: `timeout`, `too_large`, `unavailable`, each
// with what to say of it: "it did not answer in time".
boost::asio::awaitable<Result<std::string>> ask_command(CommandTerms terms, std::string question);

}  // namespace ringfence::guard
