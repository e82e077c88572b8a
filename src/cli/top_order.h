// SPDX-License-Identifier: Apache-2.0
// Orders of `top` as calls of the API, and what came of them as a sentence.
//
// Contract: pure. The sentence of a refused order is the server's own.
#pragma once

#include <string>

#include "base/json.h"
#include "cli/top_view.h"

namespace ringfence::top {

struct ApiCall {
  std::string target;  // to POST to
  Json body;
};

ApiCall call_of(const Order& order);

View::Message message_of(const Order& order, int status, const Json& answer);

}  // namespace ringfence::top
