// SPDX-License-Identifier: Apache-2.0
// What the system says of this process, under the names that Prometheus clients share.
//
// Contract: any thread. Reads /proc; what cannot be read is left out.
#pragma once

#include <vector>

#include "base/metrics.h"

namespace ringfence::api {

std::vector<MetricFamily> process_metrics();

}  // namespace ringfence::api
