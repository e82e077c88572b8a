// SPDX-License-Identifier: Apache-2.0
// Views: copies of the engine's state for screens, reports and the API's reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/command.h"

namespace ringfence {

struct MeterView {
  std::string wall;     // "budget" or the limit's name
  std::string subject;  // the account path, or a limit's subject
  Unit unit;
  std::string unit_name;
  Window window;
  std::int64_t cap = 0;         // in force
  std::int64_t policy_cap = 0;  // without a raise
  std::int64_t settled = 0;
  std::int64_t held = 0;
  bool observe_only = false;  // on_exceed: warn
  std::optional<Time> resets_at;
  std::optional<Time> raised_until;
  std::size_t waiters = 0;
};

struct PauseView {
  std::string cause, wall, reason;
};

struct AccountView {
  std::string path;
  std::string role;
  bool open = true;
  bool halted = false;
  bool is_run = false;
  std::vector<PauseView> pauses;
  std::vector<MeterView> meters;  // the account's own budgets
  std::vector<std::string> children;
  std::size_t open_holds = 0;
};

struct RunView {
  std::string run_id, account, parent_run, actor;
  Time started, hard_end, lease_until;
  bool live = false;
  bool revoked = false;
  std::string ended_reason;
  Identity identity;
  std::vector<std::pair<std::string, std::string>> labels;
  // Totals since the start, child runs included.
  std::int64_t holds = 0;
  std::int64_t refusals = 0;
  Amounts settled;
  Amounts held;
};

struct PolicyVersion {
  std::int64_t version = 0;
  std::uint64_t seq = 0;  // of its event
  Time adopted;
  std::string sha256, actor;
  PolicySource source = PolicySource::file;
};

struct HaltView {
  std::string id, account, operation, actor, reason;
  bool everything = false;
  Time placed;
};

struct HoldView {
  HoldId id;
  std::string run_id, account, operation, holder;
  HoldState state = HoldState::open;
  Amounts need, charged;
  Time opened, deadline;
  Amounts live;  // output metered so far, while it is open
};

struct OpenHolds {
  std::vector<HoldView> holds;  // those that end soonest first
  bool truncated = false;
};

struct StatusView {
  std::uint64_t events = 0;
  std::size_t accounts = 0, live_runs = 0, open_holds = 0, waiters = 0, meters = 0, halts = 0;
  std::uint64_t decisions = 0;  // since `started`, refusals included
  std::int64_t policy_version = 0;
  Time started;  // when the service took the record over
  bool clock_stepped = false;
  std::string policy_sha256;
};

// What guards are told of a hold that is about to be placed, besides its arguments.
struct GuardScene {
  std::shared_ptr<const Policy> policy;  // in force now
  std::vector<std::uint32_t> guards;     // of its guards(): those that match, ascending
  std::vector<std::string> operations;   // canonical
  std::string account;                   // the run's
  Identity identity;
  std::vector<std::pair<std::string, std::string>> labels;  // the run's
};

struct BudgetRow {  // valid while it is shown
  std::string_view account;
  Unit unit;
  Window window;
  std::int64_t cap = 0;
  std::int64_t settled = 0;
  std::int64_t held = 0;
};

}  // namespace ringfence
