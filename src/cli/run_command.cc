// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "cli/api_client.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/print_env.h"
#include "cli/receipt.h"
#include "cli/run_setup.h"
#include "cli/secrets.h"
#include "cli/supervisor.h"
#include "run/environment.h"
#include "run/process_tree.h"

namespace ringfence {
namespace {

constexpr int kExitNotFound = 127;  // as a shell says it
constexpr int kExitCannotRun = 126;

std::vector<std::string> inherited_environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

// The daemon's address for agents and the client we speak to it with.
struct Reached {
  std::string gateway_url;
  ApiClient client;
};

Result<Reached> reach_daemon(const RunOptions& options) {
  if (!options.where.url.empty()) {
    auto client = ApiClient::find(options.where);
    if (!client) return std::unexpected(client.error());
    return Reached{options.where.url, *std::move(client)};
  }
  auto daemon = find_or_start_daemon(options);
  if (!daemon) return std::unexpected(daemon.error());
  if (daemon->url.empty()) {
    return fail(ErrorCode::unavailable,
                "the daemon listens on no TCP address, and agents reach it over one; start it "
                "with --listen 127.0.0.1:7070 too");
  }
  return Reached{daemon->url, ApiClient::on_socket(daemon->socket)};
}

std::uint64_t events_so_far(ApiClient& client) {
  const auto status = client.call("GET", "/api/v1/status");
  const Json* events = status ? status->json.find("events") : nullptr;
  return events == nullptr ? 0 : static_cast<std::uint64_t>(events->integer().value_or(0));
}

// For the names of variables that the policy chose, and the keys that it leaves to clients.
Result<std::shared_ptr<const Policy>> policy_in_force(ApiClient& client) {
  const auto answer = client.call("GET", "/api/v1/policy");
  if (!answer) return std::unexpected(answer.error());
  if (!answer->ok()) return fail(ErrorCode::unavailable, "the daemon does not show us its policy");
  return Policy::compile(text_of(answer->json, "document"), "policy");
}

void print_banner(const RunOptions& options, const Json& run, const ChildAccess& access,
                  const std::vector<std::string>& inherited) {
  std::string budgets;
  for (const std::string& budget : options.budgets)
    budgets += (budgets.empty() ? "" : ", ") + budget;
  fmt::print(stderr, "ringfence: {} on {}{}{}\n", text_of(run, "run"), text_of(run, "account"),
             budgets.empty() ? "" : "; budget ", budgets);
  fmt::print(stderr,
             "ringfence: LLM calls fenced; network, commands and files open; "
             "cooperative (same uid)\n");
  for (const OwnKeyWire& wire : own_key_wires()) {
    if (!access.brings_own_key(wire.wire)) continue;
    fmt::print(stderr,
               "ringfence: {}: your own key goes up, the run's credential in {} ({}); no money is "
               "counted\n",
               wire.wire, wire.header_variable, wire.readers);
  }
  std::string names;
  for (const std::string& name : withheld_names(inherited, access))
    names += (names.empty() ? "" : ", ") + name;
  if (names.empty()) return;
  fmt::print(stderr, "ringfence: {}: {}\n",
             options.print_env ? "replaced or unset" : "kept from the command", names);
}

// A run that asked nothing of the gateway may have gone past it.
void warn_if_unused(ApiClient& client, const std::string& run_id, const KnownClient* known) {
  const auto run = client.call("GET", "/api/v1/runs/" + run_id);
  if (!run || !run->ok()) return;
  const auto none = [&run](const char* member) {
    const Json* count = run->json.find(member);
    return count != nullptr && count->integer() == 0;
  };
  if (!none("holds") || !none("refusals")) return;
  fmt::print(stderr,
             "ringfence: WARNING: no call came through the gateway to a decision, so nothing was "
             "bounded: it was asked nothing, or only with another key (401) or for what it does "
             "not serve (404). {} {} See docs/clients.md\n",
             known == nullptr ? std::string("If the command uses a model:")
                              : std::string(known->name) + ":",
             known == nullptr ? "does it read its endpoint from a file, a flag or its code?"
                              : known->check);
}

void end_run(ApiClient& client, const std::string& run_id, const std::string& reason) {
  Json why;
  why.set("reason", reason);
  (void)client.call("POST", "/api/v1/runs/" + run_id + "/end", why);
}

}  // namespace

int run_command(const RunOptions& options) {
  make_undumpable();
  const auto request = run_request(options);
  if (!request) return print_error(request.error());
  auto reached = reach_daemon(options);
  if (!reached) return print_error(reached.error());
  ApiClient& client = reached->client;
  const auto policy = policy_in_force(client);
  if (!policy) return print_error(policy.error());
  const std::uint64_t events_seen = events_so_far(client);
  const auto started = client.call("POST", "/api/v1/runs", *request);
  if (!started) return print_error(started.error());
  if (!started->ok()) return print_problem(*started);
  const Json& run = started->json;

  const std::vector<std::string> inherited = inherited_environment();
  const ChildAccess access{.gateway_url = reached->gateway_url,
                           .credential = text_of(run, "credential"),
                           .key_variables = key_variables(**policy),
                           .own_key_wires = wires_of_own_keys(**policy),
                           .client = client_of(options.command)};
  print_banner(options, run, access, inherited);
  if (options.print_env) {
    const auto printed = print_environment(options, run, inherited, access);
    if (printed) return kExitDone;
    end_run(client, text_of(run, "run"), "its variables could not be printed");
    return print_error(printed.error());
  }

  SupervisedRun supervised;
  supervised.run_id = text_of(run, "run");
  supervised.account = text_of(run, "account");
  supervised.events_seen = events_seen;
  supervised.progress = options.progress;
  const Json* lease = run.find("lease_seconds");
  supervised.lease = Duration::seconds(lease != nullptr ? lease->integer().value_or(30) : 30);

  const auto environment = child_environment(inherited, access);
  wipe_secret_variables(access.key_variables);
  if (auto subreaper = become_subreaper(); !subreaper) return print_error(subreaper.error());
  keep_signals_waiting();
  auto child = Child::start(
      command_for_client(options.command, reached->gateway_url, access.brings_own_key("openai")),
      environment);
  SupervisedEnd end;
  if (child) {
    end = supervise(client, supervised, *child);
  } else {
    let_signals_through();
    fmt::print(stderr, "ringfence: {}\n", child.error().message);
    end.exit.code = child.error().code == ErrorCode::not_found ? kExitNotFound : kExitCannotRun;
  }
  end_run(client, supervised.run_id,
          child ? "the command ended" : "the command could not be started");
  if (child) {
    if (!end.stopped_by_fence) warn_if_unused(client, supervised.run_id, access.client);
    print_receipt(client, options, supervised.run_id, end);
  }
  return end.stopped_by_fence ? kExitRefused : end.exit.code;
}

}  // namespace ringfence
