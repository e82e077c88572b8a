// SPDX-License-Identifier: Apache-2.0
// The durable record, read event by event beside the thread that writes it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/event.h"

namespace ringfence {

// Gives every durable event after `after`, in order. Any thread.
Result<void> read_durable(const std::string& data_dir, std::uint64_t after, UnitTable units,
                          const std::function<void(const Event&)>& give);

}  // namespace ringfence
