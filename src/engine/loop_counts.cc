// SPDX-License-Identifier: Apache-2.0
#include "engine/loop_counts.h"

#include <algorithm>

#include "base/checked.h"
#include "policy/loops.h"

namespace ringfence {
namespace {

constexpr std::size_t kThingsMax = 1'024;  // of a run

}  // namespace

std::string loop_key(std::string_view operation, const Digest& args_digest) {
  std::string key(operation);
  if (operation.starts_with("cmd:")) return key;
  key += '\n';
  key.append(reinterpret_cast<const char*>(args_digest.data()), args_digest.size());
  return key;
}

Digest loop_digest(const Digest& args_digest) {
  static const Digest kNoArguments = sha256("");
  return args_digest == Digest{} ? kNoArguments : args_digest;
}

bool may_loop(Reason reason) {
  switch (reason) {
    case Reason::exhausted:
    case Reason::too_large:
    case Reason::denied:
    case Reason::halted:
    case Reason::paused:
    case Reason::loop:
    case Reason::no_wall:
    case Reason::unpriced:
    case Reason::approval_refused:
    case Reason::unbounded: return true;
    default: return false;
  }
}

// Who does so many different things is in no loop; what came first is forgotten.
LoopCounts::Thing& LoopCounts::thing(const std::string& key, Time now) {
  if (things_.size() >= kThingsMax && !things_.contains(key)) {
    things_.erase(std::ranges::min_element(things_, [](const auto& a, const auto& b) {
      return std::tie(a.second.last, a.first) < std::tie(b.second.last, b.first);
    }));
  }
  Thing& found = things_[key];
  found.last = std::max(found.last, now);
  return found;
}

void LoopCounts::add(const std::string& key, What what, Time at, std::int64_t count) {
  Thing& found = thing(key, at);
  std::vector<Times>& times = what == What::allowed ? found.allowed : found.refused;
  if (!times.empty() && times.back().at == at) {
    times.back().count = saturating_add(times.back().count, count);
    return;
  }
  if (times.size() == static_cast<std::size_t>(kLoopCountMax)) times.erase(times.begin());
  times.push_back({at, count});
}

void LoopCounts::add_told(const std::string& key, Time at, std::int64_t count) {
  add(key, What::refused, at, count);
  Thing& told = things_.at(key);
  told.pending = std::max<std::int64_t>(0, told.pending - count);
}

void LoopCounts::add_pending(const std::string& key) {
  const auto found = things_.find(key);
  if (found != things_.end()) ++found->second.pending;
}

std::int64_t LoopCounts::count(const std::string& key, What what, Time since) const {
  const auto found = things_.find(key);
  if (found == things_.end()) return 0;
  const Thing& thing = found->second;
  std::int64_t count = what == What::refused ? thing.pending : 0;
  for (const Times& times : what == What::allowed ? thing.allowed : thing.refused) {
    if (times.at > since) count = saturating_add(count, times.count);
  }
  return count;
}

// ---- snapshots

void LoopCounts::save(PackedWriter& out) const {
  out.natural(things_.size());
  for (const auto* entry : by_key(things_)) {
    const Thing& thing = entry->second;
    out(entry->first, thing.last);
    for (const auto* times : {&thing.allowed, &thing.refused}) {
      out.natural(times->size());
      for (const Times& each : *times) out(each.at, each.count);
    }
  }
}

void LoopCounts::load(PackedReader& in) {
  std::string before;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    std::string key;
    in(key);
    const bool follows = things_.empty() || before < key;
    if (!in.require(follows && things_.size() < kThingsMax, "things are in their order")) return;
    Thing& thing = things_[key];
    in(thing.last);
    for (auto* times : {&thing.allowed, &thing.refused}) {
      for (std::size_t more = in.count(); more > 0 && in.ok(); --more) {
        Times& each = times->emplace_back();
        in(each.at, each.count);
      }
    }
    before = std::move(key);
  }
}

}  // namespace ringfence
