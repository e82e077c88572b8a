// SPDX-License-Identifier: Apache-2.0
// Compliance: which events of a record bear on what common frameworks ask for.
//
// Contract: pure. Evidence, not a legal determination: whether a control is met is for who assesses
// it. What an installation has no event of is said, not left out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace ringfence::evidence {

// How many events of each type a record has.
using TypeCounts = std::map<std::string, std::uint64_t, std::less<>>;

// A Markdown page.
std::string compliance_page(const TypeCounts& counts);

}  // namespace ringfence::evidence
