// SPDX-License-Identifier: Apache-2.0
// World: an engine with its record, driven the way the service drives it, without threads or disk.
//
// Contract: `step` keeps every event in `record`; `restart` throws the engine away, takes the
// record through the codec into a fresh one and starts it; every second time that one begins at a
// snapshot from somewhere on the way. Times are what the caller says, but never step back. Nothing
// here decides anything.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace ringfence::testing {

// A meter as people name it. Windows of one wall follow each other, so no bounds are needed.
struct MeterName {
  std::string subject, wall, unit, window;
  friend auto operator<=>(const MeterName&, const MeterName&) = default;
  std::string text() const { return subject + " " + wall + " " + unit + " " + window; }
};

class World {
 public:
  static constexpr std::size_t kAccountsMax = 100'000;

  Time now;
  std::vector<Event> record;
  Output out;  // of the last step

  Engine& engine() { return *engine_; }
  bool started() const { return engine_ != nullptr && engine_->policy() != nullptr; }

  Result<void> start(const std::string& policy_text) {
    engine_ = std::make_unique<Engine>();
    record.clear();
    return begin(*engine_, policy_text);
  }

  // As the service: the events are in the record before anybody is answered.
  const Output& step(Ticket ticket, Command command, bool clock_stepped = false) {
    out.clear();
    engine_->step(ticket, std::move(command), Now{now, clock_stepped}, out);
    keep(out.events);
    return out;
  }

  // The policy's file, as the next start will find it.
  void write_file(std::string text) { file_ = std::move(text); }

  // The record as the journal would store it.
  std::vector<std::string> lines() {
    std::vector<std::string> lines;
    for (const Event& event : record)
      encode(event, Digest{}, engine_->units(), lines.emplace_back());
    return lines;
  }

  // A fresh engine that has read the record, not started yet. It is read twice, from its first
  // event and from a snapshot taken on the way, and both must come to the same.
  Result<std::unique_ptr<Engine>> replay() {
    const std::vector<std::string> all = lines();
    const std::size_t place = (all.size() * 2'654'435'761U + ++replays_) % (all.size() + 1);
    auto whole = std::make_unique<Engine>();
    if (auto done = apply({all.begin(), all.begin() + place}, *whole); !done) {
      return std::unexpected(done.error());
    }
    const std::string half = whole->snapshot();
    auto second = std::make_unique<Engine>();
    if (auto done = second->restore(half, place); !done) return std::unexpected(done.error());
    if (second->snapshot() != half) return invalid("a snapshot is not what it was made of");
    for (Engine* engine : {whole.get(), second.get()}) {
      if (auto done = apply({all.begin() + place, all.end()}, *engine); !done) {
        return std::unexpected(done.error());
      }
    }
    if (second->snapshot() != whole->snapshot()) {
      return invalid("from the snapshot at " + std::to_string(place) + " the record comes to more");
    }
    return replays_ % 2 == 0 ? std::move(second) : std::move(whole);
  }

  // As after kill -9. An empty text leaves the policy's file as it is.
  Result<void> restart(const std::string& policy_text = {}) {
    const std::string text = policy_text.empty() ? file_ : policy_text;
    auto fresh = replay();
    if (!fresh) return std::unexpected(fresh.error());
    engine_ = std::move(*fresh);
    return begin(*engine_, text);
  }

  // Every meter that can be seen: the budgets of accounts and what the runs have above them.
  std::map<MeterName, MeterView> meters() { return meters_of(*engine_, now); }
  static std::map<MeterName, MeterView> meters_of(const Engine& engine, Time now) {
    std::map<MeterName, MeterView> found;
    const auto add = [&](const MeterView& view) {
      found.insert_or_assign(
          MeterName{view.subject, view.wall, view.unit_name, to_string(view.window)}, view);
    };
    for (const AccountView& account : engine.accounts_under("/", now, kAccountsMax)) {
      for (const MeterView& view : account.meters) add(view);
    }
    for (const RunView& run : engine.live_runs(kAccountsMax)) {
      for (const MeterView& view : engine.quota(run.run_id, now)) add(view);
    }
    return found;
  }

 private:
  static Result<void> apply(std::span<const std::string> lines, Engine& engine) {
    for (const std::string& line : lines) {
      const auto decoded = decode(line, engine.units_for_decoding());
      if (!decoded) return std::unexpected(decoded.error());
      std::string again;
      encode(decoded->event, decoded->prev, engine.units(), again);
      if (again != line) return invalid("decode and encode give " + again + " for " + line);
      if (auto applied = engine.apply(decoded->event); !applied) return applied;
    }
    return {};
  }
  Result<void> begin(Engine& engine, const std::string& policy_text) {
    auto policy = Policy::compile(policy_text, "policy", engine.units());
    if (!policy) return std::unexpected(policy.error());
    file_ = policy_text;
    const RecordReader reader = [this](std::uint64_t after,
                                       const std::function<void(const Event&)>& give) {
      for (std::size_t i = after; i < record.size(); ++i) give(Event(record[i]));
      return Result<void>{};
    };
    out.clear();
    auto done = engine.start(*policy, "test", reader, Now{now}, out);
    keep(out.events);
    return done;
  }
  void keep(const std::vector<Event>& events) {
    record.insert(record.end(), events.begin(), events.end());
  }

  std::unique_ptr<Engine> engine_;
  std::string file_;
  std::size_t replays_ = 0;
};

}  // namespace ringfence::testing
