// SPDX-License-Identifier: Apache-2.0
// The one spelling of a JSON value that digests are taken of, after RFC 8785 (JCS).
//
// Contract: pure. Members are sorted by the UTF-16 code units of their names, strings are escaped
// as RFC 8785 has it, nothing stands between tokens.
// Limitations: numbers keep the text they came with, where RFC 8785 would pass them through a
// binary float: 1.0 and 1 are two different contents here, and no digit is ever lost.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/json.h"

namespace ringfence {

void append_canonical(std::string& out, const Json& value);

Digest canonical_digest(const Json& value);

}  // namespace ringfence
