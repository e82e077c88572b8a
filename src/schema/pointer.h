// SPDX-License-Identifier: Apache-2.0
// JSON pointers (RFC 6901), as places in schemas and instances.
#pragma once

#include <string>
#include <string_view>

namespace ringfence {

// "/name", with ~ and / escaped.
void append_pointer_step(std::string& pointer, std::string_view name);

}  // namespace ringfence
