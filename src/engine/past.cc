// SPDX-License-Identifier: Apache-2.0
#include "engine/past.h"

namespace ringfence {

void Past::read(const Event& event) {
  last_seq_ = event.seq;
  if (const auto* run = std::get_if<RunStarted>(&event.body)) {
    runs_[run->run_id] = {run->account, run->parent_run, run->identity};
  } else if (const auto* opened = std::get_if<HoldOpened>(&event.body)) {
    PastHold& hold = holds_[opened->hold];
    hold = {};
    hold.run_id = opened->run_id;
    hold.account = opened->account;
    hold.operation = opened->operation;
    hold.further = opened->further;
    hold.opened = event.time;
  } else if (const auto* end = std::get_if<HoldResolved>(&event.body)) {
    const auto found = holds_.find(end->hold);
    if (found == holds_.end()) return;  // a correction of what is too old
    PastHold& hold = found->second;
    if (hold.open) hold.resolved = event.time;
    hold.open = false;
    hold.charged = end->charged;
    if (hold.opened < since_ && hold.resolved < since_) holds_.erase(found);
  }
}

const Past::Run* Past::run(const std::string& id) const {
  const auto found = runs_.find(id);
  return found == runs_.end() ? nullptr : &found->second;
}

}  // namespace ringfence
