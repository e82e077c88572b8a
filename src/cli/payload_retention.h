// SPDX-License-Identifier: Apache-2.0
// PayloadRetention: erases what lies beside the record when the policy says that it is old enough.
//
// Contract: one thread, that of the executor; looks now and then, in short pieces. An erasure goes
// through the engine and is recorded. What is old is told by the engine's time, which a step of
// the wall clock does not move, and nothing is erased while that stops admission. What cannot be
// erased is logged and tried again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>

#include "base/time.h"
#include "service/service.h"

namespace ringfence {

// Goes on until its executor ends. `keep`: for how long payloads are kept now; none: for good.
boost::asio::awaitable<void> retain_payloads(Service& service,
                                             std::function<std::optional<Duration>()> keep);

}  // namespace ringfence
