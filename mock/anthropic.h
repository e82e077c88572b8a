// SPDX-License-Identifier: Apache-2.0
// Anthropic Messages and its token counter.
//
// Contract: input is all text of `system`, `messages`, `output_format` and `output_config`, and the
// JSON of `tools`. Told usage keeps cache reads and writes out of `input_tokens`; thinking is part
// of `output_tokens`. The key is `x-api-key`, else the bearer token.
//
// Limitations: the thinking told is one sentence, however long it was.
#pragma once

#include "wire.h"

namespace mock {

[[nodiscard]] std::unique_ptr<Wire> make_anthropic_messages(bool counts_only);

}  // namespace mock
