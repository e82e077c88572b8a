// SPDX-License-Identifier: Apache-2.0
// exposition: metrics as text for a scraper, in the Prometheus format 0.0.4.
//
// Contract: pure. Values are written as exact decimals. Label values are escaped as the format
// asks; names and labels are ours and taken as they are.
#pragma once

#include <span>
#include <string>

#include "base/metrics.h"

namespace ringfence::api {

inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

std::string exposition(std::span<const MetricFamily> families);

}  // namespace ringfence::api
