// SPDX-License-Identifier: Apache-2.0
// OpenAI Responses.
//
// Contract: input is all text of `input`, `instructions` and `text`, and the JSON of `tools`. Both
// terms of cache writes are told as one number. A failed stream tells no usage.
//
// Limitations: nothing is stored: `previous_response_id` is taken and adds no input (the knob
// `input_tokens` can), and no response can be read again. No WebSocket.
#pragma once

#include "wire.h"

namespace mock {

[[nodiscard]] std::unique_ptr<Wire> make_openai_responses();

}  // namespace mock
