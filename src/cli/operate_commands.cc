// SPDX-License-Identifier: Apache-2.0
// kill, resume and raise: what operators do to a running installation.
#include <fmt/format.h>

#include "base/path.h"
#include "cli/api_client.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/run_setup.h"

namespace ringfence {
namespace {

int finish(const Result<ApiClient::Answer>& answer, bool json, const std::string& sentence) {
  if (!answer) return print_error(answer.error());
  if (!answer->ok()) return print_problem(*answer);
  fmt::print("{}\n", json ? answer->json.text() : sentence);
  return kExitDone;
}

// A run is named by its id alone; halts are placed on its account.
Result<std::string> account_of_run(ApiClient& client, const std::string& run) {
  const auto answer = client.call("GET", "/api/v1/runs/" + escape_path(run));
  if (!answer) return std::unexpected(answer.error());
  if (!answer->ok()) return invalid("there is no run " + run);
  return text_of(answer->json, "account");
}

std::vector<std::string> halts_on(ApiClient& client, const std::string& account) {
  std::vector<std::string> ids;
  const auto answer = client.call("GET", "/api/v1/halts");
  const Json* halts = answer && answer->ok() ? answer->json.find("halts") : nullptr;
  if (halts == nullptr || halts->array() == nullptr) return ids;
  for (const Json& halt : *halts->array()) {
    const bool everything = text_of(halt, "everything") == "true";
    if (account == "everything" ? everything : !everything && text_of(halt, "account") == account) {
      ids.push_back(text_of(halt, "halt"));
    }
  }
  return ids;
}

Result<ApiClient::Answer> lift(ApiClient& client, const std::string& halt,
                               const std::string& reason) {
  Json body;
  body.set("reason", reason);
  return client.call("POST", "/api/v1/halts/" + escape_path(halt) + "/lift", body);
}

// The window of an account's only budget in this unit.
Result<std::string> only_window(ApiClient& client, const std::string& account,
                                const std::string& unit) {
  const auto answer = client.call("GET", "/api/v1/accounts/" + escape_path(account));
  if (!answer) return std::unexpected(answer.error());
  const Json* budgets = answer->json.find("budgets");
  std::string window;
  if (budgets != nullptr && budgets->array() != nullptr) {
    for (const Json& budget : *budgets->array()) {
      if (text_of(budget, "unit") != unit) continue;
      if (!window.empty()) return invalid("the account has several; say which", "--window");
      window = text_of(budget, "window");
    }
  }
  if (window.empty()) return invalid("the account has no budget in " + unit);
  return window;
}

}  // namespace

int kill_command(const KillOptions& options) {
  auto client = ApiClient::find(options.where);
  if (!client) return print_error(client.error());
  Json body;
  body.set("reason", options.reason);
  if (options.what == "everything") {
    body.set("everything", true);
  } else if (options.what.find(':') != std::string::npos) {
    body.set("operation", options.what);
  } else if (options.what.starts_with("r_")) {
    const auto account = account_of_run(*client, options.what);
    if (!account) return print_error(account.error());
    body.set("account", *account);
  } else {
    body.set("account", options.what);
  }
  const auto answer = client->call("POST", "/api/v1/halts", body);
  const std::string id = answer ? text_of(answer->json, "halt") : std::string();
  return finish(answer, options.json,
                fmt::format("halted {} ({}); lift it with `ringfence resume {} --reason …`",
                            options.what, id, id));
}

int resume_command(const ResumeOptions& options) {
  auto client = ApiClient::find(options.where);
  if (!client) return print_error(client.error());
  if (options.what == "clock") {
    return finish(client->call("POST", "/api/v1/clock/confirm", Json(Json::Object{})), options.json,
                  "the clock is confirmed");
  }
  if (options.what.starts_with("halt_")) {
    return finish(lift(*client, options.what, options.reason), options.json,
                  "lifted " + options.what);
  }
  std::string account = options.what;
  if (account.starts_with("r_")) {
    const auto found = account_of_run(*client, account);
    if (!found) return print_error(found.error());
    account = *found;
  }
  const std::vector<std::string> halts = halts_on(*client, account);
  for (const std::string& halt : halts) {
    const auto answer = lift(*client, halt, options.reason);
    if (!answer || !answer->ok()) return finish(answer, options.json, {});
    if (!options.json) fmt::print("lifted {}\n", halt);
  }
  if (account == "everything") {
    if (halts.empty()) fmt::print("nothing was halted\n");
    return kExitDone;
  }
  Json body;
  body.set("reason", options.reason);
  return finish(client->call("POST", "/api/v1/accounts/" + escape_path(account) + "/resume", body),
                options.json, account + " is open");
}

int raise_command(const RaiseOptions& options) {
  auto client = ApiClient::find(options.where);
  if (!client) return print_error(client.error());
  const auto amount = parse_unit_amount(options.amount, "amount");
  if (!amount) return print_error(amount.error());
  std::string account = options.account;
  if (account.starts_with("r_")) {
    const auto found = account_of_run(*client, account);
    if (!found) return print_error(found.error());
    account = *found;
  }
  std::string window = options.window;
  if (window.empty()) {
    const auto only = only_window(*client, account, amount->unit);
    if (!only) return print_error(only.error());
    window = *only;
  }
  Json body;
  const bool scaled = amount->unit == "usd" || amount->unit == "seconds";
  body.set("unit", amount->unit).set("window", window);
  body.set("cap", scaled ? Json(amount->amount) : Json(Json::Number{amount->amount}));
  body.set("reason", options.reason);
  if (!options.expires.empty()) body.set("expires_at", options.expires);
  return finish(client->call("POST", "/api/v1/accounts/" + escape_path(account) + "/raise", body),
                options.json,
                fmt::format("{} has {} {} per {}", account, amount->unit, amount->amount, window));
}

}  // namespace ringfence
