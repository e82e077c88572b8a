// SPDX-License-Identifier: Apache-2.0
#include "ledger/holds.h"

#include <algorithm>
#include <tuple>

#include "base/ensure.h"

namespace ringfence {

Hold& Holds::add(HoldId id) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
    places_.push_back(kUnscheduled);
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  const bool fresh = slot_of_.emplace(id.number, slot).second;
  RF_ENSURE(fresh, "a hold is opened once");
  Hold& hold = slots_[slot];
  hold.id = id;
  hold.slot = slot;
  hold.open = true;
  hold.by_parts = false;
  hold.need = hold.live = hold.charged = {};
  hold.touches.clear();
  hold.resolved_at = {};
  return hold;
}

Hold* Holds::find(HoldId id) {
  const auto found = slot_of_.find(id.number);
  return found == slot_of_.end() ? nullptr : &slots_[found->second];
}

const Hold* Holds::find(HoldId id) const {
  const auto found = slot_of_.find(id.number);
  return found == slot_of_.end() ? nullptr : &slots_[found->second];
}

void Holds::remove(HoldId id) {
  const auto found = slot_of_.find(id.number);
  RF_ENSURE(found != slot_of_.end() && places_[found->second] == kUnscheduled,
            "what is removed waits for no deadline");
  free_.push_back(found->second);
  slot_of_.erase(found);
}

// ---- the order of deadlines

bool Holds::earlier(std::uint32_t a, std::uint32_t b) const {
  const Hold& first = slots_[a];
  const Hold& second = slots_[b];
  return std::tie(first.deadline, first.id) < std::tie(second.deadline, second.id);
}

void Holds::put(std::size_t place, std::uint32_t slot) {
  heap_[place] = slot;
  places_[slot] = static_cast<std::uint32_t>(place);
}

void Holds::sift_up(std::size_t place) {
  const std::uint32_t slot = heap_[place];
  for (; place > 0 && earlier(slot, heap_[(place - 1) / 2]); place = (place - 1) / 2) {
    put(place, heap_[(place - 1) / 2]);
  }
  put(place, slot);
}

void Holds::sift_down(std::size_t place) {
  const std::uint32_t slot = heap_[place];
  for (;;) {
    std::size_t child = 2 * place + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && earlier(heap_[child + 1], heap_[child])) ++child;
    if (!earlier(heap_[child], slot)) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, slot);
}

void Holds::schedule(Hold& hold, Time deadline) {
  hold.deadline = deadline;
  std::uint32_t place = places_[hold.slot];
  if (place == kUnscheduled) {
    place = static_cast<std::uint32_t>(heap_.size());
    heap_.push_back(hold.slot);
  }
  sift_up(place);
  sift_down(places_[hold.slot]);
}

void Holds::unschedule(const Hold& hold) {
  const std::uint32_t place = places_[hold.slot];
  RF_ENSURE(place != kUnscheduled, "only what has a deadline loses it");
  places_[hold.slot] = kUnscheduled;
  const std::uint32_t last = heap_.back();
  heap_.pop_back();
  if (last == hold.slot) return;
  put(place, last);
  sift_up(place);
  sift_down(places_[last]);
}

std::vector<HoldId> Holds::by_deadline() const {
  std::vector<std::uint32_t> slots = heap_;
  std::ranges::sort(slots, [this](std::uint32_t a, std::uint32_t b) { return earlier(a, b); });
  std::vector<HoldId> ids;
  ids.reserve(slots.size());
  for (const std::uint32_t slot : slots) ids.push_back(slots_[slot].id);
  return ids;
}

std::vector<HoldId> Holds::in_order() const {
  std::vector<HoldId> ids;
  ids.reserve(slot_of_.size());
  for (const auto& [number, slot] : slot_of_) ids.push_back(HoldId{number});
  std::ranges::sort(ids);
  return ids;
}

}  // namespace ringfence
