// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "gateway/llm/dialect.h"

namespace ringfence::llm {

void Seen::state(const Usage& stated) {
  if (usage_state == UsageState::nonsense) return;
  const bool more_read = stated.input() >= usage.input();
  const bool more_made = stated.output() >= usage.output();
  for_each_dimension([&](Dimension d) {
    const bool takes = is_input(d)    ? more_read
                       : is_output(d) ? more_made
                                      : stated.get(d) >= usage.get(d);
    if (takes) usage.set(d, stated.get(d));
  });
  usage_state = UsageState::stated;
}

}  // namespace ringfence::llm
