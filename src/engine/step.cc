// SPDX-License-Identifier: Apache-2.0
#include "engine/step.h"

#include <type_traits>

namespace ringfence {

void Step::apply_last() {
  Event& event = out_.events.back();
  event.seq = s_.last_seq + 1;
  event.time = now_.time;
  s_.apply(event);
}

// Unique for the installation's life: the number of the event that took the record over, and a
// count since then. Nothing random, so that replay agrees.
std::string Step::next_decision_id() {
  return "d_" + std::to_string(s_.boot_seq) + "_" + std::to_string(++s_.decisions);
}

Refusal Step::refuse(Reason reason, std::string sentence, std::string field) const {
  Refusal refusal;
  refusal.reason = reason;
  refusal.sentence = sentence.empty() ? default_sentence(reason) : std::move(sentence);
  refusal.field = std::move(field);
  return refusal;
}

void Step::decide(Ticket ticket, Command& command) {
  if (now_.clock_stepped && !s_.clock_stopped) emit(ClockStopped{now_.time});
  std::visit(
      [&](auto& c) {
        if constexpr (std::is_same_v<std::decay_t<decltype(c)>, PlaceHold>) {
          place(ticket, c);
        } else {
          reply(ticket, on(c));
        }
      },
      command);
  settle_queues();
  s_.put_away_holds(now_.time, kResolvedHoldsMax);
  s_.forget_ended_runs(now_.time);
  s_.approvals.forget(now_.time);
}

Reply Step::on(MarkCapUnproven& c) {
  if (!s_.cap_unproven.contains(c.operation)) emit(CapUnproven{c.operation});
  return OkReply{c.operation};
}

Reply Step::on(ConfirmClock& c) {
  if (s_.clock_stopped) emit(ClockConfirmed{c.actor});
  s_.all_dirty = true;
  return OkReply{};
}

}  // namespace ringfence
