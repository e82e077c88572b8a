// SPDX-License-Identifier: Apache-2.0
#include "cli/print_env.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "cli/api_client.h"
#include "run/shell_text.h"

namespace ringfence {
namespace {

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

// What the shell has and a fenced command would not.
std::vector<std::string> to_unset(const std::vector<std::string>& inherited,
                                  const ChildAccess& access,
                                  const std::vector<std::string>& granted) {
  std::vector<std::string> names = withheld_names(inherited, access);
  std::erase_if(names, [&granted](const std::string& name) {
    return std::ranges::any_of(granted, [&name](const auto& e) { return name_of(e) == name; });
  });
  return names;
}

std::vector<std::string> command_with(const RunOptions& options, const ChildAccess& access) {
  return command_for_client(options.command, access.gateway_url, access.brings_own_key("openai"));
}

std::string json_text(const RunOptions& options, const Json& run, const ChildAccess& access,
                      const std::vector<std::string>& granted,
                      const std::vector<std::string>& unset) {
  Json json;
  for (const char* member : {"run", "account", "expires_at"}) {
    json.set(member, text_of(run, member));
  }
  Json environment(Json::Object{});
  for (const std::string& entry : granted) {
    const std::size_t equals = entry.find('=');
    environment.set(entry.substr(0, equals), entry.substr(equals + 1));
  }
  json.set("environment", std::move(environment));
  Json names(Json::Array{});
  for (const std::string& name : unset) names.push(Json(name));
  json.set("unset", std::move(names));
  if (!options.command.empty()) {
    Json command(Json::Array{});
    for (const std::string& word : command_with(options, access)) command.push(Json(word));
    json.set("command", std::move(command));
  }
  return json.text() + "\n";
}

// The variables printed lead this program to the gateway with the run's credential, which may
// neither end nor halt: the daemon is named anew.
std::string how_to_end(const RunOptions& options, const std::string& run_id) {
  if (!options.where.url.empty()) {
    return fmt::format("with the operator's token in RINGFENCE_TOKEN: ringfence kill {} --url {}",
                       run_id, shell_quoted(options.where.url));
  }
  std::error_code failed;
  const auto data = std::filesystem::absolute(options.where.data, failed);
  return fmt::format("env -u RINGFENCE_URL ringfence kill {} --data {}", run_id,
                     shell_quoted(failed ? options.where.data : data.string()));
}

void print_notes(const RunOptions& options, const Json& run, const ChildAccess& access) {
  const std::string run_id = text_of(run, "run");
  fmt::print(stderr,
             "ringfence: stdout has the run's credential: who reads it spends from this run, until "
             "{}\nringfence: nothing supervises it; to take the credential away: {} --reason "
             "done\n",
             text_of(run, "expires_at"), how_to_end(options, run_id));
  const auto command = command_with(options, access);
  if (command == options.command || options.json) return;
  std::string words;
  for (const std::string& word : command) words += " " + shell_quoted(word);
  fmt::print(stderr, "ringfence: this client reads options, not variables:{}\n", words);
}

}  // namespace

Result<void> print_environment(const RunOptions& options, const Json& run,
                               const std::vector<std::string>& inherited,
                               const ChildAccess& access) {
  print_notes(options, run, access);
  const std::vector<std::string> granted = granted_to_child(access);
  const std::vector<std::string> unset = to_unset(inherited, access, granted);
  const std::string text =
      options.json ? json_text(options, run, access, granted, unset) : shell_text(granted, unset);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    return fail(ErrorCode::unavailable, std::strerror(errno), "stdout");
  }
  return {};
}

}  // namespace ringfence
