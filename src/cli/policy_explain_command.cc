// SPDX-License-Identifier: Apache-2.0
// policy explain: why an operation would be allowed or refused, by the figures of a daemon or, from
// a document alone, with nothing spent.
#include <fmt/format.h>

#include "base/clock.h"
#include "base/path.h"
#include "cli/api_client.h"
#include "cli/exit_code.h"
#include "cli/policy_tools.h"
#include "engine/engine.h"
#include "whatif/asked.h"
#include "whatif/explanation.h"

namespace ringfence {
namespace {

bool yes(const Json& json, std::string_view member) {
  const Json* found = json.find(member);
  return found != nullptr && found->boolean() != nullptr && *found->boolean();
}

std::string said(const Json& json, std::string_view member) {
  return harmless(text_of(json, member));
}

const Json::Array& list_of(const Json& json, std::string_view member) {
  static const Json::Array kNone;
  const Json* found = json.find(member);
  return found != nullptr && found->array() != nullptr ? *found->array() : kNone;
}

std::string place_of(const Json& json) {
  const std::string place = said(json, "place");
  return place.empty() ? place : "  (" + place + ")";
}

void print_explanation(const Json& json) {
  fmt::print("{} of {}: {}\n", said(json, "operation"), said(json, "account"),
             yes(json, "allowed") ? "allowed" : "refused");
  for (const Json& gate : list_of(json, "gates")) {
    fmt::print("  {:<4} {:<9} {}{}\n", yes(gate, "open") ? "ok" : "SHUT", said(gate, "gate"),
               said(gate, "because"), place_of(gate));
  }
  for (const Json& wall : list_of(json, "walls")) {
    fmt::print("  {:<4} {} {}/{} of {}: cap {}, settled {}, held {}, left {}, need {}{}\n",
               yes(wall, "observe_only") ? "note"
               : yes(wall, "fits")       ? "ok"
                                         : "SHUT",
               said(wall, "wall"), said(wall, "unit"), said(wall, "window"), said(wall, "account"),
               said(wall, "cap"), said(wall, "settled"), said(wall, "held"), said(wall, "left"),
               said(wall, "need"), place_of(wall));
  }
  for (const Json& change : list_of(json, "changes")) {
    if (change.string() != nullptr) fmt::print("to allow it: {}\n", harmless(*change.string()));
  }
}

std::string joined_need(const PolicyExplainOptions& options) {
  return fmt::format("{}", fmt::join(options.need, ","));
}

// Nothing was spent, and nobody stopped anything.
Result<Json> from_document(const PolicyExplainOptions& options) {
  auto policy = compile_policy_at({options.policy});
  if (!policy) return std::unexpected(policy.error());
  TestRequest request;
  request.account = options.account;
  request.operation = options.operation;
  request.command = options.command;
  request.args = options.args;
  if (const auto checked = check_account_path(request.account); !checked) {
    return invalid(checked.error().message, "account");
  }
  const auto need = parse_need(joined_need(options), (*policy)->units());
  if (!need) return std::unexpected(need.error());
  request.need = *need;
  auto hold = hold_for(request);
  if (!hold) return std::unexpected(hold.error());
  const ProspectQuestion question{options.account,
                                  {options.user, options.team, options.org, options.session},
                                  *std::move(hold)};
  Engine engine;
  Output out;
  const Now now{SystemClock::read().wall, false};
  if (const auto started = engine.start(*policy, "explain", nullptr, now, out); !started) {
    return std::unexpected(started.error());
  }
  return json_of(explain(engine.prospect(question, now.time), question, rule_places_of(**policy)));
}

std::string target_of(const PolicyExplainOptions& options) {
  std::string target = "/api/v1/explain?account=" + escape_path(options.account);
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) target += fmt::format("&{}={}", name, escape_path(value));
  };
  add("operation", options.operation);
  add("command", options.command);
  add("args", options.args);
  add("need", joined_need(options));
  add("user", options.user);
  add("team", options.team);
  add("org", options.org);
  add("session", options.session);
  return target;
}

int report(const Json& json, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", json.text());
  } else {
    print_explanation(json);
  }
  return yes(json, "allowed") ? kExitDone : kExitFailed;
}

}  // namespace

int policy_explain_command(const PolicyExplainOptions& options) {
  if (options.operation.empty() == options.command.empty()) {
    print_error(Error{ErrorCode::invalid, "say an operation or --command, one of them", {}});
    return kExitUsage;
  }
  if (!options.policy.empty()) {
    const auto explained = from_document(options);
    if (explained) return report(*explained, options.json);
    print_unreadable(explained.error());
    return kExitUsage;
  }
  auto client = ApiClient::find(options.where);
  if (!client) return print_error(client.error());
  const auto answer = client->call("GET", target_of(options));
  if (!answer) return print_error(answer.error());
  if (!answer->ok()) return print_problem(*answer);
  return report(answer->json, options.json);
}

}  // namespace ringfence
