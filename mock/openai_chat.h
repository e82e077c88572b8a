// SPDX-License-Identifier: Apache-2.0
// OpenAI Chat Completions.
//
// Contract: input is all text of `messages`, `response_format` and `prediction`, and the JSON of
// `tools`. Usage of a stream comes in a chunk of its own, if asked for.
//
// Limitations: hosted searches are billed and told nowhere, as the real wire does; custom tools are
// not offered here.
#pragma once

#include "wire.h"

namespace mock {

[[nodiscard]] std::unique_ptr<Wire> make_openai_chat();

}  // namespace mock
