// SPDX-License-Identifier: Apache-2.0
// status and quota: what stands where.
#include <fmt/format.h>

#include <cstdlib>

#include "cli/api_client.h"
#include "cli/exit_code.h"
#include "cli/options.h"

namespace ringfence {
namespace {

void print_walls(const Json* walls, std::string_view indent) {
  if (walls == nullptr || walls->array() == nullptr) return;
  for (const Json& wall : *walls->array()) {
    fmt::print("{}{:<8} {:>14} of {:>14} per {:<8} {:>14} left  {}\n", indent,
               text_of(wall, "unit"), text_of(wall, "settled"), text_of(wall, "cap"),
               text_of(wall, "window"), text_of(wall, "left"), text_of(wall, "account"));
  }
}

void print_account(const Json& account) {
  fmt::print("{}  [{}]{}\n", text_of(account, "account"), text_of(account, "state"),
             text_of(account, "role").empty() ? "" : "  role " + text_of(account, "role"));
  print_walls(account.find("budgets"), "    ");
}

const Json::Array& array_of(const Json& json, std::string_view member) {
  static const Json::Array kNone;
  const Json* found = json.find(member);
  return found != nullptr && found->array() != nullptr ? *found->array() : kNone;
}

void print_witnesses(const Json& all) {
  for (const Json& witness : array_of(all, "witnesses")) {
    const std::string outcome = text_of(witness, "last_outcome");
    fmt::print("{}witness {}  {} events  {}\n", text_of(witness, "forked") == "true" ? "FORK " : "",
               text_of(witness, "name"), text_of(witness, "events"),
               outcome.empty() ? "not asked yet" : outcome);
  }
  if (text_of(all, "late") == "true") {
    fmt::print("the quorum of witnesses is late: it has cosigned {} events\n",
               text_of(all, "events"));
  }
}

void print_status(const Json& status, const Json& accounts, const Json& runs, const Json& halts,
                  const Json& witnesses) {
  fmt::print("{} events, {} live runs, {} open holds, {} waiting\n", text_of(status, "events"),
             text_of(status, "live_runs"), text_of(status, "open_holds"),
             text_of(status, "waiters"));
  if (text_of(status, "clock_stepped") == "true") {
    fmt::print("the clock stepped: admission is stopped until `ringfence resume clock`\n");
  }
  print_witnesses(witnesses);
  for (const Json& halt : array_of(halts, "halts")) {
    const std::string account = text_of(halt, "account");
    const std::string operation = text_of(halt, "operation");
    fmt::print("HALT {}  {}{}{}  {}\n", text_of(halt, "halt"),
               text_of(halt, "everything") == "true" ? "everything" : account,
               operation.empty() ? "" : " ", operation, text_of(halt, "reason"));
  }
  for (const Json& account : array_of(accounts, "accounts")) {
    if (text_of(account, "is_run") != "true") print_account(account);
  }
  for (const Json& run : array_of(runs, "runs")) {
    const Json* settled = run.find("settled");
    const std::string usd = settled == nullptr ? std::string() : text_of(*settled, "usd");
    fmt::print("run {}  [{}]  {} holds, {} refused, ${}\n", text_of(run, "account"),
               text_of(run, "state"), text_of(run, "holds"), text_of(run, "refusals"),
               usd.empty() ? "0.00" : usd);
  }
}

}  // namespace

int status_command(const StatusOptions& options) {
  auto client = ApiClient::find(options.where);
  if (!client) return print_error(client.error());
  Json answers[5];
  const char* const targets[5] = {"/api/v1/status", "/api/v1/accounts?under=/", "/api/v1/runs",
                                  "/api/v1/halts", "/api/v1/witnesses"};
  for (std::size_t i = 0; i < 5; ++i) {
    auto answer = client->call("GET", targets[i]);
    if (!answer) return print_error(answer.error());
    if (!answer->ok()) return print_problem(*answer);
    answers[i] = std::move(answer->json);
  }
  if (!options.json) {
    print_status(answers[0], answers[1], answers[2], answers[3], answers[4]);
    return kExitDone;
  }
  Json all;
  all.set("status", answers[0]);
  for (const auto& [member, i] : {std::pair("accounts", 1), {"runs", 2}, {"halts", 3}}) {
    all.set(member, array_of(answers[i], member));
  }
  all.set("witnesses", answers[4]);
  fmt::print("{}\n", all.text());
  return kExitDone;
}

int quota_command(const QuotaOptions& options) {
  auto client = ApiClient::find(options.where);
  if (!client) return print_error(client.error());
  std::string target = "/api/v1/quota";
  if (options.account.starts_with("r_")) {
    target += "?run=" + escape_path(options.account);
  } else if (!options.account.empty()) {
    target += "?account=" + escape_path(options.account);
  } else if (std::getenv("RINGFENCE_TOKEN") == nullptr) {
    target += "?account=/";
  }
  const auto answer = client->call("GET", target);
  if (!answer) return print_error(answer.error());
  if (!answer->ok()) return print_problem(*answer);
  if (options.json) {
    fmt::print("{}\n", answer->json.text());
  } else {
    print_walls(answer->json.find("walls"), "");
  }
  return kExitDone;
}

}  // namespace ringfence
