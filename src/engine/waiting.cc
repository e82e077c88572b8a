// SPDX-License-Identifier: Apache-2.0
// Waiting: a queue per blocking wall, by arrival; a waiter younger than a second goes before who
// came later at the walls it touches, and starves nobody elsewhere.
#include <algorithm>

#include "base/ensure.h"
#include "engine/step.h"

namespace ringfence {

bool Step::blocked_by_earlier(WallId wall, std::uint64_t arrival) const {
  if (s_.waiters.empty()) return false;
  const auto queue = s_.queues.find(wall.index);
  if (queue == s_.queues.end()) return false;
  for (const std::uint64_t earlier : queue->second) {
    if (earlier >= arrival) return false;
    if (now_.time - s_.waiters.at(earlier)->since < kWaiterPrecedence) return true;
  }
  return false;
}

bool Step::enqueue(Ticket ticket, PlaceHold& request, const Outlook& outlook) {
  for (const WallId wall : outlook.blocked_at) {
    const auto queue = s_.queues.find(wall.index);
    if (queue != s_.queues.end() && queue->second.size() >= kWaitersPerWallMax) return false;
  }
  auto waiter = std::make_unique<Waiter>();
  waiter->arrival = ++s_.arrivals;
  waiter->ticket = ticket;
  waiter->since = now_.time;
  waiter->until = now_.time + request.wait;
  waiter->request = std::move(request);
  s_.waiting[ticket] = waiter->arrival;
  s_.alarms.insert(waiter->until);
  s_.alarms.insert(now_.time + kWaiterPrecedence);
  if (outlook.wake_at < waiter->until) s_.alarms.insert(outlook.wake_at);
  requeue(*waiter, outlook.blocked_at);
  s_.waiters.emplace(waiter->arrival, std::move(waiter));
  return true;
}

void Step::requeue(Waiter& waiter, const std::vector<WallId>& blocked_at) {
  if (waiter.queued_at == blocked_at) return;
  for (const WallId wall : waiter.queued_at) s_.queues[wall.index].erase(waiter.arrival);
  waiter.queued_at = blocked_at;
  for (const WallId wall : waiter.queued_at) s_.queues[wall.index].insert(waiter.arrival);
}

// Takes the waiter out of all queues; who stood behind it may go on.
void Step::leave(Waiter& waiter) {
  for (const WallId wall : waiter.queued_at) {
    const auto queue = s_.queues.find(wall.index);
    queue->second.erase(waiter.arrival);
    if (queue->second.empty()) s_.queues.erase(queue);
    s_.dirty.insert(wall);
  }
  s_.waiting.erase(waiter.ticket);
  s_.waiters.erase(waiter.arrival);
}

// A halt revokes the credentials in its scope; who waited there is told of the halt itself.
Refusal Step::waiter_refusal(const PlaceHold& request, const Refusal& refusal) const {
  const KnownOperation* operation = known(request.operation);
  const Run* run = s_.find_run(request.run_id);
  if (refusal.reason != Reason::credential_revoked || operation == nullptr || run == nullptr)
    return refusal;
  const auto stop = check_stops(*run, *operation);
  return stop && stop->reason == Reason::halted ? *stop : refusal;
}

void Step::try_waiter(std::uint64_t arrival) {
  const auto it = s_.waiters.find(arrival);
  if (it == s_.waiters.end()) return;
  Waiter& waiter = *it->second;
  const Ticket ticket = waiter.ticket;
  PlaceHold request = waiter.request;
  // The same request may have come twice, and its twin have been answered meanwhile.
  if (auto kept = kept_answer(request)) {
    leave(waiter);
    return reply(ticket, *std::move(kept));
  }
  auto cleared = clear(request);
  if (!cleared) {
    Refusal refusal = record(request, waiter_refusal(request, cleared.error()));
    leave(waiter);
    return reply(ticket, std::move(refusal));
  }
  const bool may_wait = now_.time < waiter.until;
  Outlook outlook = look(*cleared, arrival, may_wait);
  outlook = look_past_askable(*cleared, std::move(outlook), arrival, may_wait);
  if (outlook.fits) {
    leave(waiter);
    return reply(ticket, admit_approved(ticket, request, *cleared, outlook));
  }
  if (outlook.may_wait) {
    if (outlook.wake_at < waiter.until) s_.alarms.insert(outlook.wake_at);
    return requeue(waiter, outlook.blocked_at);
  }
  Refusal refusal = record(waiter.request, outlook.refusal, outlook.exhausted);
  leave(waiter);
  reply(ticket, std::move(refusal));
}

void Step::settle_queues() {
  while (!s_.waiters.empty() && (s_.all_dirty || !s_.dirty.empty())) {
    std::set<std::uint64_t> candidates;
    if (s_.all_dirty) {
      for (const auto& [arrival, waiter] : s_.waiters) candidates.insert(arrival);
    } else {
      for (const WallId wall : s_.dirty) {
        const auto queue = s_.queues.find(wall.index);
        if (queue != s_.queues.end()) {
          candidates.insert(queue->second.begin(), queue->second.end());
        }
      }
    }
    s_.all_dirty = false;
    s_.dirty.clear();
    for (const std::uint64_t arrival : candidates) try_waiter(arrival);
  }
  s_.all_dirty = false;
  s_.dirty.clear();
}

Reply Step::on(CancelHold& c) {
  if (const auto waiting = s_.waiting.find(c.placed); waiting != s_.waiting.end()) {
    Waiter& waiter = *s_.waiters.at(waiting->second);
    const Ticket ticket = waiter.ticket;
    leave(waiter);
    reply(ticket, refuse(Reason::busy, "The caller went away while it waited."));
  } else if (const auto placed = s_.placed_by.find(c.placed); placed != s_.placed_by.end()) {
    Hold* hold = s_.ledger.find(placed->second);
    RF_ENSURE(hold != nullptr && hold->open, "a placed ticket names an open hold");
    close_hold(*hold, HoldState::released, Reason::busy, "vanished");
  }
  return OkReply{};
}

}  // namespace ringfence
