// SPDX-License-Identifier: Apache-2.0
// Tick: what time alone brings about, as events, in the order in which it fell due.
#include "engine/step.h"

namespace ringfence {

Reply Step::on(Tick&) {
  expire_holds();
  lapse_leases();
  end_raises();
  expire_approvals();
  if (!s_.alarms.empty() && *s_.alarms.begin() <= now_.time) {
    s_.alarms.erase(s_.alarms.begin(), s_.alarms.upper_bound(now_.time));
    s_.all_dirty = true;
  }
  if (s_.refusals_pending && now_.time >= s_.refusals_flushed + kRefusalFlush) flush_refusals();
  return OkReply{};
}

void Step::expire_holds() {
  for (const Hold* first = s_.ledger.first_deadline();
       first != nullptr && first->deadline <= now_.time; first = s_.ledger.first_deadline()) {
    close_hold(*s_.ledger.find(first->id), HoldState::expired, Reason::credential_expired,
               "deadline");
  }
}

void Step::lapse_leases() {
  while (!s_.leases.empty() && s_.leases.begin()->first <= now_.time) {
    Run& run = *s_.find_run(s_.leases.begin()->second);
    if (now_.time >= run.fact.hard_end) {
      end_subtree(run.account, "ringfence", "max_age", false);
    } else {
      track_lease(run);
    }
    s_.all_dirty = true;  // who waits with this credential is refused
  }
}

void Step::end_raises() {
  while (!s_.raises.empty() && s_.raises.begin()->first <= now_.time) {
    const MeterId meter = s_.raises.begin()->second;
    if (s_.ledger.meter(meter) == nullptr) {
      s_.raises.erase(s_.raises.begin());
    } else {
      emit(RaiseEnded{meter, "expired"});
    }
  }
}

}  // namespace ringfence
