// SPDX-License-Identifier: Apache-2.0
// Reads an Anthropic Messages request, whole or only to be counted, with that API's errors.
//
// Contract: pure. Of a duplicated member the last one counts. Hosted tools (`web_search_…` and the
// like) are not among the tools a client runs; the fewest `max_uses` of a search bounds the
// searches.
#pragma once

#include <optional>
#include <string_view>

#include "wire.h"

namespace mock {

[[nodiscard]] std::optional<Refusal> read_anthropic_request(std::string_view body, bool counts_only,
                                                            Call& out);

}  // namespace mock
