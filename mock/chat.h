// SPDX-License-Identifier: Apache-2.0
// Answers one Chat Completions request: reads it, draws up a plan, bills it, generates.
//
// Contract: returns whether the connection can take another request. What was billed stands in
// App::truth before the answer's last byte leaves.
#pragma once

#include "app.h"

namespace mock {

[[nodiscard]] bool answer_chat(App& app, Connection& connection, const HttpRequest& request);

// The bearer token, or "-".
[[nodiscard]] std::string bearer(const HttpRequest& request);

}  // namespace mock
