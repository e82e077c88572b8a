// SPDX-License-Identifier: Apache-2.0
// admission: from a request's head to a durable hold, or to its refusal in the wire's own shape.
//
// Contract: internal to the room; one io_context, one thread. While the request waits for room its
// client is watched: one that goes away leaves the queue.
#pragma once

#include "gateway/llm/gateway_core.h"

namespace ringfence::llm {

http::awaitable<void> admit_and_run(GatewayCore& core, const Dialect& dialect,
                                    const auth::Caller& caller, http::Request& request,
                                    http::Response& response);

}  // namespace ringfence::llm
