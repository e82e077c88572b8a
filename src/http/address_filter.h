// SPDX-License-Identifier: Apache-2.0
// AddressFilter: which addresses a request may be dialled at, for requests whose address others
// choose.
//
// Contract: immutable and shared; called on the client's thread with each address that a name was
// resolved to, and with one that stands in the URL itself. A server on a Unix socket has no address
// and never passes.
#pragma once

#include <functional>
#include <memory>

#include "base/ip_address.h"
#include "base/result.h"

namespace ringfence::http {

// Errors: why not, without the address.
using AddressFilter = std::function<Result<void>(const IpAddress&)>;

// Takes only addresses of the open internet.
std::shared_ptr<const AddressFilter> open_internet_only();

}  // namespace ringfence::http
