// SPDX-License-Identifier: Apache-2.0
// Answers one call of a model on any wire: reads it, draws up a plan, bills it, generates.
//
// Contract: returns whether the connection can take another request. What was billed stands in
// App::truth before the answer's last byte leaves.
#pragma once

#include "app.h"
#include "wire.h"

namespace mock {

[[nodiscard]] bool answer_call(App& app, Connection& connection, const HttpRequest& request,
                               Wire& wire);

}  // namespace mock
