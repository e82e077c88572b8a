// SPDX-License-Identifier: Apache-2.0
// Writes JSON text: what the mock's answers need.
#pragma once

#include <string>
#include <string_view>

namespace mock {

// `text` as a JSON string with its quotes. Bytes above 0x7f pass as they are.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace mock
