// SPDX-License-Identifier: Apache-2.0
// Writes JSON text: the few helpers the mock's answers need.
#pragma once

#include <string>
#include <string_view>

namespace mock {

// `text` as a JSON string with its quotes. Bytes above 0x7f pass as they are.
[[nodiscard]] std::string json_string(std::string_view text);

// An error body in the shape of the OpenAI API. Empty `param` or `code` become null.
[[nodiscard]] std::string error_body(std::string_view message, std::string_view type,
                                     std::string_view param, std::string_view code);

}  // namespace mock
