// SPDX-License-Identifier: Apache-2.0
// approvals: what waits for a person, and the person's answer.
#include <fmt/format.h>
#include <unistd.h>

#include "cli/api_client.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/top_text.h"

namespace ringfence {
namespace {

constexpr std::string_view kApprovals = "/api/v1/approvals";

// What an agent wrote could move the cursor or look like something else.
std::string plain(const std::string& text) { return top::harmless(text, top::Charset::unicode); }

std::string shown(const Json& json, std::string_view member) {
  return plain(text_of(json, member));
}

// Pending is what calls for somebody.
std::string in_colour(const std::string& state) {
  if (::isatty(STDOUT_FILENO) != 1) return state;
  const std::string_view colour = state == "pending"                         ? "\033[33m"
                                  : state == "refused" || state == "expired" ? "\033[31m"
                                                                             : "\033[2m";
  return fmt::format("{}{}\033[0m", colour, state);
}

std::string need_text(const Json& approval) {
  const Json* need = approval.find("need");
  const std::string usd = need == nullptr ? std::string() : text_of(*need, "usd");
  return usd.empty() ? "no money" : "$" + usd + " at most";
}

void print_line(const Json& approval) {
  fmt::print("{}  [{}]  {}  {}  {}  until {}\n", shown(approval, "approval"),
             in_colour(shown(approval, "state")), shown(approval, "operation"), need_text(approval),
             shown(approval, "account"), shown(approval, "expires_at"));
}

void print_texts(const Json& approval, std::string_view member, std::string_view label) {
  const Json* list = approval.find(member);
  if (list == nullptr || list->array() == nullptr) return;
  for (const Json& each : *list->array()) {
    if (const std::string* text = each.string()) fmt::print("  {:<10} {}\n", label, plain(*text));
  }
}

void print_whole(const Json& approval) {
  print_line(approval);
  print_texts(approval, "further", "and");
  if (const Json* need = approval.find("need")) {
    fmt::print("  {:<10} {}\n", "need", plain(need->text()));
  }
  if (const Json* args = approval.find("args")) {
    fmt::print("  {:<10} {}\n", "arguments", plain(args->text()));
  }
  fmt::print("  {:<10} {}\n", "run", shown(approval, "run"));
  fmt::print("  {:<10} {}\n", "started by", shown(approval, "started_by"));
  if (const Json* identity = approval.find("identity")) {
    fmt::print("  {:<10} {}\n", "for", plain(identity->text()));
  }
  fmt::print("  {:<10} {}\n", "asked at", shown(approval, "asked_at"));
  print_texts(approval, "rules", "rule");
  print_texts(approval, "walls", "wall");
  print_texts(approval, "approvers", "approvers");
  fmt::print("  {:<10} {}\n", "quorum", shown(approval, "quorum"));
  if (const Json* given = approval.find("given"); given != nullptr && given->array() != nullptr) {
    for (const Json& each : *given->array()) {
      fmt::print("  {:<10} {} at {} {}\n", "given by", shown(each, "by"), shown(each, "at"),
                 shown(each, "comment"));
    }
  }
  if (!text_of(approval, "comment").empty()) {
    fmt::print("  {:<10} {}\n", "comment", shown(approval, "comment"));
  }
}

std::string path_of(const ApprovalsOptions& options, std::string_view tail = {}) {
  return fmt::format("{}/{}{}", kApprovals, escape_path(options.id), tail);
}

int decide(const ApprovalsOptions& options, std::string_view tail, const Json& body,
           std::string_view done) {
  auto client = ApiClient::find(options.where);
  if (!client) return print_error(client.error());
  const auto answer = client->call("POST", path_of(options, tail), body);
  if (!answer) return print_error(answer.error());
  if (!answer->ok()) return print_problem(*answer);
  fmt::print("{}\n", options.json ? answer->json.text() : fmt::format("{} {}", done, options.id));
  return kExitDone;
}

}  // namespace

int approvals_list_command(const ApprovalsOptions& options) {
  auto client = ApiClient::find(options.where);
  if (!client) return print_error(client.error());
  std::string target = fmt::format("{}?under={}", kApprovals, escape_path(options.under));
  if (options.state != "all") target += "&state=" + options.state;
  const auto answer = client->call("GET", target);
  if (!answer) return print_error(answer.error());
  if (!answer->ok()) return print_problem(*answer);
  if (options.json) {
    fmt::print("{}\n", answer->json.text());
    return kExitDone;
  }
  const Json* list = answer->json.find("approvals");
  if (list == nullptr || list->array() == nullptr || list->array()->empty()) {
    fmt::print("{}\n", options.state == "pending" ? "nothing waits for approval" : "none");
    return kExitDone;
  }
  for (const Json& approval : *list->array()) print_line(approval);
  if (text_of(answer->json, "truncated") == "true") fmt::print("… and more\n");
  return kExitDone;
}

int approvals_show_command(const ApprovalsOptions& options) {
  auto client = ApiClient::find(options.where);
  if (!client) return print_error(client.error());
  const auto answer = client->call("GET", path_of(options));
  if (!answer) return print_error(answer.error());
  if (!answer->ok()) return print_problem(*answer);
  if (options.json) {
    fmt::print("{}\n", answer->json.text());
  } else {
    print_whole(answer->json);
  }
  return kExitDone;
}

int approvals_approve_command(const ApprovalsOptions& options) {
  Json body = Json::Object{};
  if (options.uses > 0) body.set("uses", options.uses);
  if (!options.until.empty()) body.set("until", options.until);
  if (!options.comment.empty()) body.set("comment", options.comment);
  return decide(options, "/approve", body, "approved");
}

int approvals_refuse_command(const ApprovalsOptions& options) {
  Json body;
  body.set("comment", options.comment);
  return decide(options, "/refuse", body, "refused");
}

}  // namespace ringfence
