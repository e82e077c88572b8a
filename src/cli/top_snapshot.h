// SPDX-License-Identifier: Apache-2.0
// Snapshot: what the daemon said of itself at one moment, as `top` shows it.
//
// Contract: pure values, made of the API's answers. Texts are as they came, not yet harmless;
// amounts are in their unit's base (usd: nano). A member of an answer that is absent or odd leaves
// its default: a newer or older daemon is still shown. Never more than the k…Max of each list.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace ringfence::top {

inline constexpr std::size_t kAccountsMax = 1'000;  // read of the daemon; it gives no more
inline constexpr std::size_t kStreamsMax = 200;
inline constexpr std::size_t kHaltsMax = 200;

struct WallLine {  // a budget of an account
  std::string unit, window;
  std::int64_t cap = 0, settled = 0, held = 0;
  bool observe_only = false;
  std::int64_t waiters = 0;

  std::int64_t left() const;
  // Whether less of it is left, in proportion, than of another.
  bool tighter_than(const WallLine& other) const;
};

enum class AccountState : std::uint8_t { open, paused, halted };

struct AccountLine {
  std::string path, role;
  AccountState state = AccountState::open;
  bool is_run = false;
  bool ended = false;  // a run that lives no more
  std::int64_t open_holds = 0;
  std::vector<WallLine> walls;

  // The one that enforces and of which the least is left; null: it has none of its own.
  const WallLine* tightest() const;
  const WallLine* wall_of(std::string_view unit) const;
};

struct StreamLine {  // an open hold
  std::string hold, account, operation;
  std::string held, live;  // as shown: "$0.12", "1,204 output_tokens"
  Time opened, expires;
};

struct HaltLine {
  std::string id, account, operation, reason, actor;
  bool everything = false;
  Time placed;
};

struct Snapshot {
  Time time;  // the daemon's
  Time started;
  std::string version, policy_sha256;
  std::int64_t policy_version = 0;
  std::int64_t events = 0, decisions = 0, accounts_total = 0, live_runs = 0, open_holds = 0;
  std::int64_t waiters = 0, halts_total = 0;
  bool clock_stepped = false;
  std::string unready;  // why it decides nothing now: "journal", "clock", …; empty: it does
  std::vector<AccountLine> accounts;  // each after the one it lies in
  bool accounts_truncated = false;
  std::vector<StreamLine> streams;
  bool streams_truncated = false;
  std::vector<HaltLine> halts;
};

// The answers to what `top` asks; null: this operator may not see it.
struct Answers {
  Json status, ready, accounts, runs, holds, halts, events;
};

Snapshot read_snapshot(const Answers& answers);

// Of JSON that came from elsewhere; "" and 0 when it is not there.
std::string text_in(const Json& json, std::string_view member);
std::int64_t integer_in(const Json& json, std::string_view member);
const Json::Array& array_in(const Json& json, std::string_view member);
Time time_in(const Json& json, std::string_view member);

}  // namespace ringfence::top
