// SPDX-License-Identifier: Apache-2.0
// LedgerModel: the rules of 2-semantics written down once more, as plainly as they can be.
//
// Contract: keeps every hold there ever was in one list and adds it up anew for every question;
// nothing is cached, nothing is taken from the ledger or the engine but the vocabulary (units,
// windows, amounts, replies). It says what a command must answer and what every meter must show.
// Where the rules leave a choice (whether somebody waits at a wall it was not queued at when it
// arrived), `decide` is asked once with and once without.
// Limitations: one currency, UTC, no alerts, no clock steps; rolling walls stay in every policy.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/money.h"
#include "engine/command.h"
#include "tests/property/ledger_model_policy.h"

namespace ringfence::model {

// What a price list says of the operations that the test asks for.
const FlatPrice* price_of(const std::string& operation);

struct Run {
  std::string id, account, parent, agent, user;
  std::vector<std::string> chain;  // accounts of this run and those above, nearest first
  std::vector<WallSpec> budgets;   // its own, besides those of the role
  Time hard_end, lease_until;
  Duration lease;
  bool ended = false, revoked = false;
  Time ended_at;

  bool live(Time now) const { return !ended && now < hard_end && now < lease_until; }
};

struct Hold {
  HoldId id;
  Ticket ticket = 0;
  const Run* run = nullptr;
  std::string operation, holder;
  Amounts need, physical_max, charged;
  Time opened, deadline, resolved;
  bool open = true;
  bool by_holder = false;  // its holder has said what was used
  Amounts stated;
  HoldState state = HoldState::open;
};

// A wall that stands somewhere.
struct Wall {
  WallSpec rule;
  std::string subject;
  std::string key() const {
    return rule.name + "|" + std::to_string(rule.unit.index) + "|" + to_string(rule.window) + "|" +
           subject;
  }
};

struct Waiter {
  Ticket ticket = 0;
  PlaceHold request;
  Time since, until;
  std::set<std::string> queued_at;  // walls where it has not fitted since it arrived
};

struct Verdict {
  enum class Kind { allow, refuse, wait } kind = Kind::refuse;
  Reason reason = Reason::invalid;
  std::int64_t output_cap = -1;
  Amounts need;
  std::vector<Wall> exhausted;
};

class LedgerModel {
 public:
  explicit LedgerModel(PolicySpec spec) : policy(std::move(spec)) {}

  PolicySpec policy;
  Time now;
  std::map<std::string, Run> runs;
  std::vector<Hold> holds;
  std::vector<Waiter> waiters;
  std::set<std::pair<std::string, std::string>> pauses;  // account, cause + wall
  std::map<std::string, PlaceHalt> halts;
  struct Raise {
    std::int64_t cap = 0;
    Time until;
    Wall wall;
  };
  std::map<std::string, Raise> raises;  // by wall
  struct Kept {
    Digest digest{};
    std::optional<HoldId> hold;
    Reason reason = Reason::invalid;
  };
  std::map<std::pair<std::string, std::string>, Kept> keys;  // run, key

  // ---- what is asked: the answer by the rules; nothing changes
  std::optional<Reason> refuses_run(const StartRun& start) const;
  // `blocked`: an earlier waiter goes first somewhere.
  Verdict decide(const PlaceHold& request, bool may_wait, bool blocked) const;
  // Whether one of the first `before` waiters must, or may, go before this request.
  bool yields(const PlaceHold& request, std::size_t before, bool must) const;
  // The walls that it touches with all that it wants, with the least of it, or of the latter those
  // where it does not fit.
  enum class Reach { most, least, full };
  std::set<std::string> touches(const PlaceHold& request, Reach reach) const;
  std::int64_t live_runs() const { return live_runs_under("/"); }
  // A halt covers it.
  bool halted(const PlaceHold& request) const;
  std::optional<Kept> kept(const PlaceHold& request) const;
  std::optional<Reason> refuses_raise(const RaiseCap& raise) const;

  // ---- what is done
  void start_run(const StartRun& start, const RunReply& reply);
  void end_run(const std::string& account_prefix, bool revoked);
  void place(Ticket ticket, const PlaceHold& request, const Verdict& verdict, HoldId id);
  void refuse(const PlaceHold& request, const Verdict& verdict);
  // The state and the charge that an ending must lead to, or the refusal.
  std::variant<HoldState, Reason> resolve(const ResolveHold& command);
  std::optional<Reason> extend(const ExtendHold& command);
  std::optional<Reason> correct(const CorrectHold& command);
  void raise(const RaiseCap& command);
  void halt(const PlaceHalt& command);
  void tick();
  void restart(std::optional<PolicySpec> changed);
  void adopt(PolicySpec changed);
  void release(Hold& hold);
  Hold* find(HoldId id);

  // ---- what must be seen
  std::vector<Wall> walls_of(const Run& run, const std::string& operation) const;
  std::vector<Wall> budgets_at(const std::string& account) const;
  std::int64_t settled(const Wall& wall, Time window_of) const {
    return settled(wall, window_of, now);
  }
  std::int64_t held(const Wall& wall, Time window_of) const;
  std::int64_t cap(const Wall& wall) const;

 private:
  struct Level {
    std::int64_t free = 0, final = 0;
  };
  enum class Standing { fits, busy, throttled, too_large, exhausted };

  std::int64_t settled(const Wall& wall, Time window_of, Time at) const;
  Level level(const Wall& wall, Time window_of) const;
  Standing stand(const Wall& wall, std::int64_t need, Time window_of) const;
  bool counts(const Wall& wall, const Hold& hold, Time window_of, Time at) const;
  bool covers(const Wall& wall, const Run& run, const std::string& operation) const;
  Verdict at_walls(const PlaceHold& request, const std::vector<Wall>& walls, const Amounts& need,
                   bool blocked) const;
  std::optional<Reason> stopped(const Run& run, const std::string& operation) const;
  std::optional<Reason> credential(const std::string& run_id) const;
  std::optional<Reason> complete(PlaceHold& request, const std::vector<Wall>& walls) const;
  Amounts need_at(const PlaceHold& request, std::int64_t cap) const;
  std::int64_t largest_cap(const PlaceHold& request, const std::vector<Wall>& walls,
                           const std::function<std::int64_t(const Wall&, bool)>& room) const;
  Amounts complete_actual(const Hold& hold, const Amounts& stated) const;
  void close(Hold& hold, HoldState state);
  bool has_wall(const std::string& account) const;
  std::vector<WallSpec> run_budgets(const Run& run) const;
  std::int64_t live_runs_under(const std::string& subject) const;
};

}  // namespace ringfence::model
