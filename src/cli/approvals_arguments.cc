// SPDX-License-Identifier: Apache-2.0
// What the command line takes about approvals.
#include "cli/arguments.h"

namespace ringfence {

void add_approvals(CLI::App& app, ApprovalsOptions& o, int& exit_code) {
  CLI::App& approvals = *app.add_subcommand("approvals", "What waits for a person, and decide it");
  approvals.require_subcommand(0, 1);
  CLI::App& list = *approvals.add_subcommand("list", "List approvals, the newest first");
  list.add_option("--state", o.state, "only those in this state, or all")
      ->check(CLI::IsMember({"pending", "approved", "used", "lapsed", "refused", "expired", "all"}))
      ->capture_default_str();
  list.add_option("--under", o.under, "only of this account and below it")->capture_default_str();
  CLI::App& show = *approvals.add_subcommand("show", "Show one, with its exact arguments");
  CLI::App& approve = *approvals.add_subcommand("approve", "Agree to it");
  approve.add_option("--uses", o.uses, "how often it is good (default: as the rules say)")
      ->check(CLI::Range(1, 1'000));
  approve.add_option("--until", o.until,
                     "when it ends to be good, RFC 3339 (default: with its run)");
  approve.add_option("--comment", o.comment, "for the record");
  CLI::App& refuse = *approvals.add_subcommand("refuse", "Refuse it for good");
  refuse.add_option("--comment", o.comment, "why, for the record and for the agent")->required();
  for (CLI::App* one : {&show, &approve, &refuse}) {
    one->add_option("id", o.id, "the approval's id, such as ap_42")->required();
  }
  for (CLI::App* each : {&approvals, &list, &show, &approve, &refuse}) {
    add_where(*each, o.where);
    add_json(*each, o.json);
  }
  approvals.callback([&approvals, &o, &exit_code] {
    if (approvals.get_subcommands().empty()) exit_code = approvals_list_command(o);
  });
  on_run(list, o, approvals_list_command, exit_code);
  on_run(show, o, approvals_show_command, exit_code);
  on_run(approve, o, approvals_approve_command, exit_code);
  on_run(refuse, o, approvals_refuse_command, exit_code);
}

}  // namespace ringfence
