// SPDX-License-Identifier: Apache-2.0
// Looking at accounts and quotas; raising, pausing and resuming.
#include <algorithm>

#include "api/fields.h"
#include "api/render.h"
#include "api/route.h"
#include "base/path.h"

namespace ringfence::api {
namespace {

constexpr std::int64_t kAccountsShownMax = 1'000;
constexpr std::int64_t kAccountsShown = 100;

// "/api/v1/accounts/" and what follows; nothing, or "/", is the root.
Result<std::string> account_in_path(const Call& call) {
  std::string path = call.param.empty() ? "/" : call.param;
  if (const auto checked = check_account_path(path); !checked) {
    return invalid(checked.error().message, "path");
  }
  return path;
}

bool hidden_from(const Call& call, const std::string& account) {
  return call.by_run() && !path_within(account, call.caller->claims->account);
}

Refusal no_such_account() { return refusal_of(Reason::not_found, "There is no such account."); }

MeterView unused_meter(const WallRule& rule, const std::string& account, const Policy& policy,
                       Time now) {
  MeterView meter;
  meter.wall = rule.name;
  meter.subject = account;
  meter.unit = rule.unit;
  meter.unit_name = policy.units().name(rule.unit);
  meter.window = rule.window;
  meter.cap = meter.policy_cap = rule.cap;
  meter.observe_only = rule.on_exceed == OnExceed::warn;
  if (rule.window.calendar()) meter.resets_at = window_at(rule.window, now, policy.zone()).end;
  return meter;
}

// As the ledger has it; or, before its first use there, as the policy has it.
std::optional<AccountView> account_of(const Engine& engine, const std::string& path, Time now) {
  if (auto account = engine.account(path, now)) return account;
  const auto policy = engine.policy();
  const AccountRules rules = policy->account(path);
  if (!rules.known) return std::nullopt;
  AccountView account;
  account.path = path;
  if (rules.role) account.role = policy->role_name(*rules.role);
  for (const WallRule& rule : rules.budgets) {
    account.meters.push_back(unused_meter(rule, path, *policy, now));
  }
  return account;
}

Renderer meters_renderer(Json head, std::vector<MeterView> meters) {
  return [head = std::move(head), meters = std::move(meters)] {
    Json json = head;
    Json walls = Json::Array{};
    for (const MeterView& meter : meters) walls.push(json_of(meter));
    json.set("walls", std::move(walls));
    return json_answer(200, json);
  };
}

Looked quota_of_run(const Engine& engine, Time now, const std::string& run_id) {
  const auto run = engine.run(run_id);
  if (!run) return looked(refusal_of(Reason::not_found, "There is no such run."));
  Json head;
  head.set("run", run->run_id).set("account", run->account);
  return {run->account, meters_renderer(std::move(head), engine.quota(run_id, now))};
}

// The budgets of an account and of all above it, the nearest first.
Looked quota_of_account(const Engine& engine, Time now, const std::string& account) {
  if (!account_of(engine, account, now)) return looked(no_such_account());
  std::vector<MeterView> meters;
  for (std::string_view at = account; !at.empty(); at = parent_path(at)) {
    auto view = account_of(engine, std::string(at), now);
    if (!view) continue;
    std::ranges::move(view->meters, std::back_inserter(meters));
  }
  Json head;
  head.set("account", account);
  return {account, meters_renderer(std::move(head), std::move(meters))};
}

std::expected<std::string, BuildFailure> account_and_reason(const Call& call, Fields& fields,
                                                            std::string& reason) {
  auto account = account_in_path(call);
  if (!account) return refused(account.error());
  reason = fields.text("reason", kOptional).value_or("");
  if (const auto read = fields.finish(); !read) return refused(read.error());
  return *account;
}

std::function<Answer(const Reply&)> state_renderer(const std::string& account, const char* state) {
  return [account, state](const Reply&) {
    Json json;
    json.set("account", account).set("state", state);
    return json_answer(200, json);
  };
}

}  // namespace

Looked look_at_account(const Engine& engine, Time now, const Call& call) {
  const auto path = account_in_path(call);
  if (!path) return looked(refusal_of(path.error()));
  if (const auto known = call.query.allow_only({}); !known) {
    return looked(refusal_of(known.error()));
  }
  auto account = account_of(engine, *path, now);
  if (!account || hidden_from(call, *path)) return looked(no_such_account());
  return {*path, [account = std::move(*account)] { return json_answer(200, json_of(account)); }};
}

Looked look_at_accounts(const Engine& engine, Time now, const Call& call) {
  if (const auto known = call.query.allow_only({"under", "max"}); !known) {
    return looked(refusal_of(known.error()));
  }
  const auto max = call.query.integer("max", 1, kAccountsShownMax, kAccountsShown);
  if (!max) return looked(refusal_of(max.error()));
  const std::string under = call.query.has("under") ? call.query.text("under")
                            : call.by_run()         ? call.caller->claims->account
                                                    : "/";
  if (const auto checked = check_account_path(under); !checked) {
    return looked(refusal_of(Reason::invalid, checked.error().message, "under"));
  }
  if (hidden_from(call, under)) return looked(no_such_account());
  const auto limit = static_cast<std::size_t>(*max);
  auto accounts = engine.accounts_under(under, now, limit + 1);
  return {under, [accounts = std::move(accounts), limit] {
            const std::size_t shown = std::min(accounts.size(), limit);
            Json list = Json::Array{};
            for (std::size_t i = 0; i < shown; ++i) list.push(json_of(accounts[i]));
            Json json;
            json.set("accounts", std::move(list)).set("truncated", shown < accounts.size());
            return json_answer(200, json);
          }};
}

Looked look_at_quota(const Engine& engine, Time now, const Call& call) {
  if (call.by_run()) {
    if (const auto known = call.query.allow_only({}); !known) {
      return looked(refusal_of(known.error()));
    }
    return quota_of_run(engine, now, call.run());
  }
  if (const auto known = call.query.allow_only({"run", "account"}); !known) {
    return looked(refusal_of(known.error()));
  }
  if (call.query.has("run") == call.query.has("account")) {
    return looked(refusal_of(Reason::invalid,
                             "An operator has no quota: say run= or account=, one of them."));
  }
  if (call.query.has("run")) return quota_of_run(engine, now, call.query.text("run"));
  const std::string account = call.query.text("account");
  if (const auto checked = check_account_path(account); !checked) {
    return looked(refusal_of(Reason::invalid, checked.error().message, "account"));
  }
  return quota_of_account(engine, now, account);
}

std::expected<Asked, BuildFailure> build_raise(const Call& call) {
  auto account = account_in_path(call);
  if (!account) return refused(account.error());
  Fields fields(call.body);
  RaiseCap raise;
  raise.account = *account;
  const auto unit = fields.unit("unit", kRequired, *call.units);
  const auto window = fields.window("window", kRequired);
  const auto cap = fields.amount("cap", kRequired, unit.value_or(kCalls));
  raise.reason = fields.text("reason", kRequired).value_or("");
  raise.expires_at = fields.time("expires_at", kOptional);
  if (const auto read = fields.finish(); !read) {
    return refused(read.error(), fields.unknown_unit());
  }
  raise.unit = *unit;
  raise.window = *window;
  raise.cap = *cap;
  raise.actor = call.caller->actor;
  Json json;
  json.set("account", *account).set("unit", call.units->name(*unit));
  json.set("window", to_string(*window)).set("cap", format_amount(*unit, *cap));
  if (raise.expires_at) json.set("expires_at", format_rfc3339(*raise.expires_at));
  return Asked{std::move(raise), *account,
               [json = std::move(json)](const Reply&) { return json_answer(200, json); }};
}

std::expected<Asked, BuildFailure> build_pause(const Call& call) {
  Fields fields(call.body);
  PauseAccount pause;
  auto account = account_and_reason(call, fields, pause.reason);
  if (!account) return std::unexpected(account.error());
  pause.account = *account;
  pause.actor = call.caller->actor;
  return Asked{std::move(pause), *account, state_renderer(*account, "paused")};
}

std::expected<Asked, BuildFailure> build_resume(const Call& call) {
  Fields fields(call.body);
  ResumeAccount resume;
  auto account = account_and_reason(call, fields, resume.reason);
  if (!account) return std::unexpected(account.error());
  resume.account = *account;
  resume.actor = call.caller->actor;
  return Asked{std::move(resume), *account, state_renderer(*account, "open")};
}

}  // namespace ringfence::api
