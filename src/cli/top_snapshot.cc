// SPDX-License-Identifier: Apache-2.0
#include "cli/top_snapshot.h"

#include <algorithm>
#include <set>

#include "base/checked.h"
#include "base/decimal.h"
#include "cli/top_text.h"

namespace ringfence::top {
namespace {

int scale_of(std::string_view unit) { return unit == "usd" ? 9 : unit == "seconds" ? 3 : 0; }

// Amounts come as text, counts of a fixed unit as integers.
std::int64_t amount_in(const Json& json, std::string_view member, std::string_view unit) {
  const Json* value = json.find(member);
  if (value == nullptr) return 0;
  if (const auto count = value->integer()) return *count;
  if (value->string() == nullptr) return 0;
  return parse_decimal(*value->string(), scale_of(unit)).value_or(0);
}

bool true_in(const Json& json, std::string_view member) {
  const Json* value = json.find(member);
  return value != nullptr && *value == Json(true);
}

WallLine wall_line(const Json& json) {
  WallLine wall;
  wall.unit = text_in(json, "unit");
  wall.window = text_in(json, "window");
  wall.cap = amount_in(json, "cap", wall.unit);
  wall.settled = amount_in(json, "settled", wall.unit);
  wall.held = amount_in(json, "held", wall.unit);
  wall.observe_only = true_in(json, "observe_only");
  wall.waiters = integer_in(json, "waiters");
  return wall;
}

AccountLine account_line(const Json& json) {
  AccountLine account;
  account.path = text_in(json, "account");
  account.role = text_in(json, "role");
  const std::string state = text_in(json, "state");
  account.state = state == "halted"   ? AccountState::halted
                  : state == "paused" ? AccountState::paused
                                      : AccountState::open;
  account.is_run = true_in(json, "is_run");
  account.open_holds = integer_in(json, "open_holds");
  for (const Json& wall : array_in(json, "budgets")) account.walls.push_back(wall_line(wall));
  return account;
}

// Money first and alone; else whatever else there is, the first two.
std::string amounts_text(const Json* amounts) {
  std::string text;
  if (amounts == nullptr || amounts->object() == nullptr) return text;
  if (amounts->find("usd") != nullptr) {
    return short_amount("usd", amount_in(*amounts, "usd", "usd"));
  }
  int shown = 0;
  for (const auto& [unit, value] : *amounts->object()) {
    if (shown++ == 2) break;
    if (!text.empty()) text += " ";
    text += short_amount(unit, amount_in(*amounts, unit, unit)) + " " + unit;
  }
  return text;
}

// Of output metered so far the tokens say more than the money.
std::string live_text(const Json* live) {
  if (live != nullptr && live->find("output_tokens") != nullptr) {
    return short_count(amount_in(*live, "output_tokens", "output_tokens")) + " out";
  }
  return amounts_text(live);
}

StreamLine stream_line(const Json& json) {
  StreamLine stream;
  stream.hold = text_in(json, "hold");
  stream.account = text_in(json, "account");
  stream.operation = text_in(json, "operation");
  stream.held = amounts_text(json.find("held"));
  stream.live = live_text(json.find("live"));
  stream.opened = time_in(json, "opened_at");
  stream.expires = time_in(json, "expires_at");
  return stream;
}

HaltLine halt_line(const Json& json) {
  HaltLine halt;
  halt.id = text_in(json, "halt");
  halt.account = text_in(json, "account");
  halt.operation = text_in(json, "operation");
  halt.reason = text_in(json, "reason");
  halt.actor = text_in(json, "actor");
  halt.everything = true_in(json, "everything");
  halt.placed = time_in(json, "placed_at");
  return halt;
}

void read_status(const Json& status, Snapshot& snapshot) {
  snapshot.time = time_in(status, "time");
  snapshot.started = time_in(status, "started_at");
  snapshot.version = text_in(status, "version");
  snapshot.policy_sha256 = text_in(status, "policy_sha256");
  snapshot.policy_version = integer_in(status, "policy_version");
  snapshot.events = integer_in(status, "events");
  snapshot.decisions = integer_in(status, "decisions");
  snapshot.accounts_total = integer_in(status, "accounts");
  snapshot.live_runs = integer_in(status, "live_runs");
  snapshot.open_holds = integer_in(status, "open_holds");
  snapshot.waiters = integer_in(status, "waiters");
  snapshot.halts_total = integer_in(status, "halts");
  snapshot.clock_stepped = true_in(status, "clock_stepped");
}

void mark_ended(const Json& runs, std::vector<AccountLine>& accounts) {
  if (runs.is_null() || true_in(runs, "truncated")) return;  // not told: none is taken for ended
  std::set<std::string> live;
  for (const Json& run : array_in(runs, "runs")) live.insert(text_in(run, "account"));
  for (AccountLine& account : accounts) {
    account.ended = account.is_run && account.open_holds == 0 && !live.contains(account.path);
  }
}

template <class Line>
void read_list(const Json& json, std::string_view member, std::size_t max,
               Line (*line)(const Json&), std::vector<Line>& to) {
  for (const Json& one : array_in(json, member)) {
    if (to.size() == max) break;
    to.push_back(line(one));
  }
}

}  // namespace

std::int64_t WallLine::left() const {
  const std::int64_t used = saturating_add(settled, held);
  return std::max<std::int64_t>(0, saturating_add(cap, -used));
}

bool WallLine::tighter_than(const WallLine& other) const {
  // left / cap, multiplied out; a cap of 0 leaves nothing.
  const auto share = [](const WallLine& a, const WallLine& b) {
    return static_cast<__int128>(a.left()) * std::max<std::int64_t>(b.cap, 1);
  };
  return share(*this, other) < share(other, *this);
}

const WallLine* AccountLine::tightest() const {
  const WallLine* found = nullptr;
  for (const WallLine& wall : walls) {
    if (!wall.observe_only && (found == nullptr || wall.tighter_than(*found))) found = &wall;
  }
  return found;
}

const WallLine* AccountLine::wall_of(std::string_view unit) const {
  const auto found = std::ranges::find(walls, unit, &WallLine::unit);
  return found == walls.end() ? nullptr : &*found;
}

Snapshot read_snapshot(const Answers& answers) {
  Snapshot snapshot;
  read_status(answers.status, snapshot);
  snapshot.unready = text_in(answers.ready, "reason");
  read_list(answers.accounts, "accounts", kAccountsMax, account_line, snapshot.accounts);
  snapshot.accounts_truncated = true_in(answers.accounts, "truncated");
  mark_ended(answers.runs, snapshot.accounts);
  read_list(answers.holds, "holds", kStreamsMax, stream_line, snapshot.streams);
  snapshot.streams_truncated = true_in(answers.holds, "truncated");
  read_list(answers.halts, "halts", kHaltsMax, halt_line, snapshot.halts);
  return snapshot;
}

std::string text_in(const Json& json, std::string_view member) {
  const Json* value = json.find(member);
  return value == nullptr || value->string() == nullptr ? std::string() : *value->string();
}

std::int64_t integer_in(const Json& json, std::string_view member) {
  const Json* value = json.find(member);
  return value == nullptr ? 0 : value->integer().value_or(0);
}

const Json::Array& array_in(const Json& json, std::string_view member) {
  static const Json::Array kNone;
  const Json* value = json.find(member);
  return value == nullptr || value->array() == nullptr ? kNone : *value->array();
}

Time time_in(const Json& json, std::string_view member) {
  return parse_rfc3339(text_in(json, member)).value_or(Time{});
}

}  // namespace ringfence::top
