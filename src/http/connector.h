// SPDX-License-Identifier: Apache-2.0
// connect: a name or a socket path to a connected Stream.
//
// Contract: the addresses of a name are tried in order until one answers, all within `time_max`.
// Names are resolved on Asio's resolver thread. Errors: `unavailable`, `timeout`; no byte of a
// request has left yet.
#pragma once

#include <memory>

#include "http/stream.h"
#include "http/url.h"

namespace ringfence::http {

awaitable<Result<std::unique_ptr<Stream>>> connect_to(Url url, Duration time_max);

}  // namespace ringfence::http
