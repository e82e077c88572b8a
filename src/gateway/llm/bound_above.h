// SPDX-License-Identifier: Apache-2.0
// bound_above: the most a call can cost, counted as closely as the walls above its run make worth.
//
// A request is bound by its bytes at once. Only where that does not fit is it looked at closer:
// counted by its model's public vocabulary, or else by the provider's own count endpoint + 2 %.
//
// Contract: one io_context, one thread. Nothing goes to a provider unless only walls can stand
// against the operation. A count that fails, or is higher, leaves the byte bound.
#pragma once

#include "gateway/llm/gateway_core.h"
#include "gateway/llm/route.h"

namespace ringfence::llm {

// Hostile text takes up to 0.2 s a MiB to count, and all streams of this thread wait for it.
inline constexpr std::int64_t kCountedBytesMax = 1024 * 1024;
inline constexpr Duration kCountTime = Duration::seconds(10);
inline constexpr std::size_t kCountAnswerMax = 64 * 1024;

struct Bounding {
  GatewayCore& core;
  const Dialect& dialect;
  const CallRequest& request;
  const Route& route;
  const std::string& run_id;
  const http::Headers& client_headers;
  const http::Headers& client_key;
};

http::awaitable<std::expected<Bound, Refusal>> bound_above(const Bounding& call, BoundTerms terms);

}  // namespace ringfence::llm
