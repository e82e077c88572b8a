// SPDX-License-Identifier: Apache-2.0
// connect: a name or a socket path to a connected Stream.
//
// Contract: the addresses of a name are tried in order until one answers, all within `time_max`.
// Names are resolved on Asio's resolver thread, once: what the filter saw is what is dialled. A
// name of which one address does not pass is refused whole. Errors: `unavailable`, `timeout`,
// `forbidden` (the filter); no byte of a request has left yet.
#pragma once

#include <memory>

#include "http/address_filter.h"
#include "http/stream.h"
#include "http/url.h"

namespace ringfence::http {

// `filter` may be null: every address passes.
awaitable<Result<std::unique_ptr<Stream>>> connect_to(
    Url url, Duration time_max, std::shared_ptr<const AddressFilter> filter = nullptr);

}  // namespace ringfence::http
