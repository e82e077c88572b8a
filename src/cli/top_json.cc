// SPDX-License-Identifier: Apache-2.0
#include "cli/top_json.h"

#include "base/decimal.h"

namespace ringfence::top {
namespace {

Json amount_json(const WallLine& wall, std::int64_t amount) {
  const bool money = wall.unit == "usd";
  return format_decimal(amount, money ? 9 : wall.unit == "seconds" ? 3 : 0, money ? 2 : 0);
}

Json wall_json(const AccountLine& account, const WallLine& wall, const History& history) {
  Json json;
  json.set("unit", wall.unit).set("window", wall.window).set("cap", amount_json(wall, wall.cap));
  json.set("settled", amount_json(wall, wall.settled)).set("held", amount_json(wall, wall.held));
  json.set("left", amount_json(wall, wall.left()));
  if (wall.observe_only) json.set("observe_only", true);
  if (const auto burn = history.burn(account, wall)) {
    json.set("burn_per_minute", amount_json(wall, *burn));
  }
  if (const auto time = history.time_to_wall(account, wall)) {
    json.set("seconds_to_wall", time->us / 1'000'000);
  }
  return json;
}

std::string_view state_text(AccountState state) {
  return state == AccountState::halted   ? "halted"
         : state == AccountState::paused ? "paused"
                                         : "open";
}

Json account_json(const AccountLine& account, const History& history) {
  Json json;
  json.set("account", account.path).set("state", state_text(account.state));
  if (account.is_run) json.set("is_run", true).set("ended", account.ended);
  json.set("open_holds", account.open_holds);
  Json walls = Json::Array{};
  for (const WallLine& wall : account.walls) walls.push(wall_json(account, wall, history));
  json.set("walls", std::move(walls));
  return json;
}

Json stream_json(const StreamLine& stream) {
  Json json;
  json.set("hold", stream.hold).set("account", stream.account).set("operation", stream.operation);
  json.set("held", stream.held).set("live", stream.live);
  json.set("opened_at", format_rfc3339(stream.opened));
  json.set("expires_at", format_rfc3339(stream.expires));
  return json;
}

Json refusal_json(const RefusalLine& refusal) {
  Json json;
  json.set("run", refusal.run).set("account", refusal.account);
  json.set("operation", refusal.operation).set("reason", refusal.reason);
  json.set("sentence", refusal.sentence).set("count", refusal.count);
  json.set("last_at", format_rfc3339(refusal.last));
  return json;
}

Json halt_json(const HaltLine& halt) {
  Json json;
  json.set("halt", halt.id).set("account", halt.account).set("operation", halt.operation);
  json.set("everything", halt.everything).set("reason", halt.reason).set("actor", halt.actor);
  json.set("placed_at", format_rfc3339(halt.placed));
  return json;
}

template <class List, class Each>
Json list_json(const List& list, Each each) {
  Json json = Json::Array{};
  for (const auto& one : list) json.push(each(one));
  return json;
}

}  // namespace

Json model_json(const Snapshot& s, const History& history) {
  Json json;
  json.set("time", format_rfc3339(s.time)).set("started_at", format_rfc3339(s.started));
  json.set("version", s.version).set("events", s.events);
  json.set("policy_version", s.policy_version).set("policy_sha256", s.policy_sha256);
  json.set("ready", s.unready.empty());
  if (!s.unready.empty()) json.set("unready", s.unready);
  json.set("clock_stepped", s.clock_stepped).set("decisions", s.decisions);
  if (const auto rate = history.decisions_per_minute()) json.set("decisions_per_minute", *rate);
  json.set("refusals_last_minute", history.refusals_last_minute());
  json.set("open_holds", s.open_holds).set("waiters", s.waiters).set("live_runs", s.live_runs);
  json.set("accounts_total", s.accounts_total).set("accounts_truncated", s.accounts_truncated);
  json.set("accounts", list_json(s.accounts, [&](const AccountLine& account) {
             return account_json(account, history);
           }));
  json.set("streams", list_json(s.streams, stream_json));
  json.set("streams_truncated", s.streams_truncated);
  json.set("refusals", list_json(history.refusals(), refusal_json));
  json.set("halts", list_json(s.halts, halt_json));
  return json;
}

}  // namespace ringfence::top
