// SPDX-License-Identifier: Apache-2.0
// The hold that the API would ask for, from a request as people write it down.
//
// Contract: pure; without a run and its holder. A command becomes the programs that it starts
// (engine/line_programs.h). Errors: `invalid`, with the field.
#pragma once

#include "engine/command.h"
#include "policy/tests_section.h"

namespace ringfence {

Result<PlaceHold> hold_for(const TestRequest& request);

// "usd=0.10,calls=3". Errors: `invalid`.
Result<Amounts> parse_need(std::string_view text, const UnitTable& units);

}  // namespace ringfence
