// SPDX-License-Identifier: Apache-2.0
// OCSF: events of the record as the Open Cybersecurity Schema Framework 1.6.0 has them, for SIEMs.
//
// What asks, holds, refuses, settles and administers is API Activity (6003); what needs eyes, such
// as an alert, an overrun, a halt or a clock that is not believed, is Detection Finding (2004).
// Decisions carry the profile `security_control`. What has no attribute there stands in `unmapped`
// under its name in docs/formats.md.
//
// Contract: pure.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace ringfence::evidence {

// Of a stored line. Errors: `invalid` (no line of ours).
Result<Json> ocsf_of(std::string_view line, std::string_view product_version);

}  // namespace ringfence::evidence
