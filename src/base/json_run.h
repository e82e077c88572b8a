// SPDX-License-Identifier: Apache-2.0
// What stands in a JSON string as it is, for those who write one and those who scan one.
//
// Contract: pure and thread-safe.
#pragma once

#include <cstddef>
#include <string_view>

namespace ringfence {

// How many bytes at the start of `text` are plain: ASCII but for quotes, backslashes and controls
// (DEL is one).
std::size_t json_plain_run(std::string_view text);

}  // namespace ringfence
