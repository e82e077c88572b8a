// SPDX-License-Identifier: Apache-2.0
// Reads a Chat Completions request as a provider does: leniently where OpenAI is, with its errors.
//
// Contract: pure. Of a duplicated member the last one counts: a gateway that looks at the first is
// found out.
#pragma once

#include <optional>
#include <string_view>

#include "wire.h"

namespace mock {

struct ChatExtras {
  bool include_usage = false;
};

[[nodiscard]] std::optional<Refusal> read_chat_request(std::string_view body, Call& out,
                                                       ChatExtras& extras);

}  // namespace mock
