// SPDX-License-Identifier: Apache-2.0
// The values of `anthropic-beta` that cannot make a call dearer by themselves.
//
// Contract: pure. What a beta unlocks is asked for by a member or a tool, and those have their own
// lists; a value is known here when nothing else in the request would change its cost. Sources: the
// published SDK's list, and what Claude Code sends.
#pragma once

#include <string>
#include <string_view>

#include "http/headers.h"

namespace ringfence::llm {

bool is_known_beta(std::string_view name);
// The first value that is not known, over all fields; empty: none.
std::string unknown_beta(const http::Headers& headers);

}  // namespace ringfence::llm
