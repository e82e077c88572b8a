// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/api_client.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/policy_text.h"
#include "service/policy_changer.h"

namespace ringfence {
namespace {

// Places are told as of a document named "policy"; here it has its file's name.
void print_lines(std::FILE* to, const Json& json, std::string_view member,
                 const std::string& file) {
  constexpr std::string_view kName = "policy:";
  const Json* lines = json.find(member);
  if (lines == nullptr || lines->array() == nullptr) return;
  for (const Json& line : *lines->array()) {
    const std::string* text = line.string();
    if (text == nullptr) continue;
    if (text->starts_with(kName)) {
      fmt::print(to, "{}:{}\n", file, text->substr(kName.size()));
    } else {
      fmt::print(to, "{}\n", *text);
    }
  }
}

}  // namespace

int policy_apply_command(const PolicyApplyOptions& options) {
  auto text = read_policy_text(options.file);
  if (!text) {
    print_error(text.error());
    return kExitUsage;
  }
  auto client = ApiClient::find(options.where);
  if (!client) return print_error(client.error());
  const auto answer = client->put_document(
      options.dry_run ? "/api/v1/policy?dry_run=1" : "/api/v1/policy", *std::move(text));
  if (!answer) return print_error(answer.error());
  if (!answer->ok()) {
    print_lines(stderr, answer->json, "mistakes", options.file);
    return print_problem(*answer);
  }
  if (options.json) {
    fmt::print("{}\n", answer->json.text());
    return kExitDone;
  }
  print_lines(stderr, answer->json, "warnings", options.file);
  const bool changed = text_of(answer->json, "changed") == "true";
  fmt::print("version {} ({}) {}\n", text_of(answer->json, "version"),
             text_of(answer->json, "sha256").substr(0, 16),
             !changed          ? "was in force already"
             : options.dry_run ? "would come into force"
                               : "is in force");
  return kExitDone;
}

int policy_show_command(const PolicyShowOptions& options) {
  auto client = ApiClient::find(options.where);
  if (!client) return print_error(client.error());
  const auto answer = client->call("GET", "/api/v1/policy");
  if (!answer) return print_error(answer.error());
  if (!answer->ok()) return print_problem(*answer);
  if (options.json) {
    fmt::print("{}\n", answer->json.text());
    return kExitDone;
  }
  fmt::print(stderr, "version {} ({}), by {} from the {}, {}\n", text_of(answer->json, "version"),
             text_of(answer->json, "sha256").substr(0, 16), text_of(answer->json, "actor"),
             text_of(answer->json, "source"), text_of(answer->json, "adopted_at"));
  fmt::print("{}", text_of(answer->json, "document"));
  return kExitDone;
}

}  // namespace ringfence
