// SPDX-License-Identifier: Apache-2.0
// Progress: what a run's events mean for a person watching, one line each on stderr.
//
// Contract: one thread; called with every event of the run in order.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/json.h"

namespace ringfence {

class Progress {
 public:
  void on_event(const Json& event);

 private:
  void on_started(const Json& event);
  void on_resolved(const Json& event);
  void on_refused(const Json& event);
  void on_alert(const Json& event);
  void print(std::string_view mark, const std::string& line) const;

  std::map<std::int64_t, std::int64_t> charged_nano_;  // by hold, so that a correction replaces
  std::int64_t spent_nano_ = 0;
  std::int64_t cap_nano_ = -1;  // the run's own budget in usd; -1: none
  std::int64_t calls_ = 0;
};

}  // namespace ringfence
