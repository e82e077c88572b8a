// SPDX-License-Identifier: Apache-2.0
// The command line. command_help.cc reads back what is said to CLI11 here and in *_arguments.cc.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <string>

#include "base/version.h"
#include "cli/arguments.h"
#include "cli/audit_options.h"
#include "cli/command_help.h"
#include "cli/data_dir.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/policy_tools.h"
#include "cli/witness_options.h"
#include "guard/keeper.h"

namespace ringfence {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done, 1 found something wrong, 2 usage, 3 refused or stopped by the fence,\n"
    "4 unavailable; `run` exits as its child does, or 3 when the fence stopped it.\n"
    "Environment: RINGFENCE_POLICY, RINGFENCE_DATA, RINGFENCE_URL, RINGFENCE_TOKEN.\n\n"
    "Examples:\n"
    "  ringfence run --budget usd=0.50 -- python3 agent.py\n"
    "  ringfence serve --policy policy.yaml --data /var/lib/ringfence\n"
    "  ringfence status\n"
    "  ringfence top\n"
    "  ringfence kill acme/research --reason 'wrong prompt'\n"
    "  ringfence raise acme usd=600 --window month --reason 'release week'\n";

struct AllOptions {
  ServeOptions serve;
  RunOptions run;
  StatusOptions status;
  TopOptions top;
  QuotaOptions quota;
  KillOptions kill;
  ResumeOptions resume;
  RaiseOptions raise;
  ApprovalsOptions approvals;
  AuditOptions audit;
  WitnessCommandOptions witness;
  ReplayOptions replay;
  KeepingOptions keeping;
  PolicyCheckOptions policy_check;
  PolicyApplyOptions policy_apply;
  PolicyShowOptions policy_show;
  PolicyTestOptions policy_test;
  PolicyImportOptions policy_import;
  PolicySimulateOptions policy_simulate;
  PolicyDiffOptions policy_diff;
  PolicyExplainOptions policy_explain;
  PricesShowOptions prices_show;
  PricesImportOptions prices_import;
  DoctorOptions doctor;
  AboutOptions about;
};

void add_serve(CLI::App& app, ServeOptions& o, int& exit_code) {
  CLI::App& serve = *app.add_subcommand("serve", "Run the daemon: gateway, API and ledger");
  serve
      .add_option("--policy", o.policy,
                  "policy document, or a folder of them (default: policy.yaml in the data "
                  "directory, written when missing)")
      ->envname("RINGFENCE_POLICY")
      ->type_name("FILE");
  add_data(serve, o.data);
  serve
      .add_option("--listen", o.listen,
                  "address to listen on, or unix:/PATH; may be repeated (default: 127.0.0.1:7070)")
      ->type_name("HOST:PORT")
      ->take_all()
      ->allow_extra_args(false);
  serve.add_option("--tls-cert", o.tls_cert, "certificate chain, PEM, for the TCP addresses")
      ->type_name("FILE");
  serve.add_option("--tls-key", o.tls_key, "its private key, PEM, readable by its owner alone")
      ->type_name("FILE");
  serve.add_flag("--insecure-listen", o.insecure_listen,
                 "allow an address other than loopback, though it is not TLS");
  serve
      .add_option(
          "--limit", o.limits,
          "a limit of the port, such as connections=500 or idle_seconds=20; may be repeated")
      ->type_name("NAME=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  serve
      .add_option("--drain-seconds", o.drain_seconds,
                  "how long calls in flight may finish after SIGTERM; a second signal ends at once")
      ->check(CLI::Range(0, 3'600))
      ->capture_default_str();
  serve
      .add_option_function<std::string>(
          "--log-format", [&o](const std::string& format) { o.log_json = format == "json"; },
          "the log on stderr: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->default_str("text");
  serve.add_flag("--metrics-open", o.metrics_open,
                 "answer /metrics without a credential too, without the accounts' budgets");
  serve
      .add_option("--otlp-endpoint", o.otlp_endpoint,
                  "send a span of each model call to this collector, OTLP over HTTP as JSON")
      ->type_name("URL");
  serve.add_flag("--detached", o.detached)->group("");
  serve.add_option("--idle-exit", o.idle_exit_seconds)->group("");
  serve.add_option("--ready-fd", o.ready_fd)->group("");
  serve.footer("Example: ringfence serve --policy policy.yaml --data ./data --listen 127.0.0.1:0");
  on_run(serve, o, serve_command, exit_code);
}

void add_run(CLI::App& app, RunOptions& o, int& exit_code) {
  CLI::App& run = *app.add_subcommand("run", "Start a command inside the fence");
  run.add_option("--policy", o.policy, "policy document for a daemon that has to be started")
      ->envname("RINGFENCE_POLICY")
      ->type_name("FILE");
  add_where(run, o.where);
  run.add_option("--account", o.account, "whose run it is (default: agents/default)")
      ->type_name("PATH");
  run.add_option("--budget", o.budgets, "a wall for this run alone; may be repeated")
      ->type_name("UNIT=AMOUNT")
      ->take_all()
      ->allow_extra_args(false);
  run.add_option("--label", o.labels, "a label on the run's events; may be repeated")
      ->type_name("NAME=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  run.add_option("--ttl", o.ttl, "the run's hard end, such as 90m (default: the role's max_age)");
  CLI::Option* progress =
      run.add_flag("--progress", o.progress, "print spend against the walls while it runs");
  run.add_flag("--print-env", o.print_env,
               "start the run alone and print its variables, for a shell's eval; with a command, "
               "what that command would be given")
      ->excludes(progress);
  run.add_flag("--json", o.json,
               "print the receipt as JSON (to stderr, as always: stdout is the command's), or the "
               "variables");
  run.add_option("command", o.command, "the command and its arguments, after --");
  run.positionals_at_end();
  run.footer(
      "Examples:\n"
      "  ringfence run --budget usd=0.50 -- python3 agent.py\n"
      "  ringfence run --account acme/research --budget usd=5 --budget calls=100 -- ./agent\n"
      "  eval \"$(ringfence run --print-env --budget usd=0.50 --ttl 2h)\"");
  on_run(run, o, run_command, exit_code);
}

void add_top(CLI::App& app, AllOptions& o, int& exit_code) {
  CLI::App& top = *app.add_subcommand("top", "Watch accounts, streams, refusals and halts, live");
  top.add_option("account", o.top.account, "only this account and what is below it")
      ->capture_default_str();
  add_where(top, o.top.where);
  top.add_option("--interval", o.top.interval_seconds, "seconds between two looks")
      ->check(CLI::Range(1, 60))
      ->capture_default_str();
  CLI::Option& once = *top.add_flag("--once", o.top.once, "print one frame as plain text and end");
  top.add_flag("--json", o.top.json, "print one look as JSON and end")->excludes(&once);
  top.add_option("--columns", o.top.columns, "width of the frame of --once")
      ->check(CLI::Range(40, 500))
      ->capture_default_str();
  top.add_option("--rows", o.top.rows, "height of the frame of --once")
      ->check(CLI::Range(10, 1'000))
      ->capture_default_str();
  top.footer(
      "Press ? for its keys: h halts, p pauses, r raises, q quits. --once and --json look twice,\n"
      "an interval apart, so that burn rates are known.\n"
      "Exit codes: 0 quit (also by Ctrl-C or SIGTERM), 2 no terminal or wrong use, 4 no daemon.\n"
      "Environment: NO_COLOR, TERM, LANG.\n\n"
      "Examples:\n"
      "  ringfence top\n"
      "  ringfence top acme/research --interval 5\n"
      "  ringfence top --once --columns 100\n"
      "  ringfence top --json | jq '.accounts[] | select(.state == \"halted\")'");
  on_run(top, o.top, top_command, exit_code);
}

void add_reports(CLI::App& app, AllOptions& o, int& exit_code) {
  CLI::App& status = *app.add_subcommand("status", "Show accounts, walls, runs and halts");
  add_where(status, o.status.where);
  add_json(status, o.status.json);
  on_run(status, o.status, status_command, exit_code);

  CLI::App& quota = *app.add_subcommand("quota", "Show what is left at every wall");
  quota.add_option("account", o.quota.account, "account or run (default: the run we are in)");
  add_where(quota, o.quota.where);
  add_json(quota, o.quota.json);
  on_run(quota, o.quota, quota_command, exit_code);

  CLI::App& doctor = *app.add_subcommand("doctor", "Check that this machine can hold the fence");
  add_where(doctor, o.doctor.where);
  doctor.add_option("--policy", o.doctor.policy, "policy document to check")
      ->envname("RINGFENCE_POLICY")
      ->type_name("FILE");
  add_json(doctor, o.doctor.json);
  on_run(doctor, o.doctor, doctor_command, exit_code);
}

void add_operations(CLI::App& app, AllOptions& o, int& exit_code) {
  CLI::App& kill =
      *app.add_subcommand("kill", "Halt an account, a run, an operation or everything");
  kill.add_option("what", o.kill.what, "account path, run id, operation pattern, or `everything`")
      ->required();
  kill.add_option("--reason", o.kill.reason, "why, for the record and for the agent")->required();
  add_where(kill, o.kill.where);
  add_json(kill, o.kill.json);
  on_run(kill, o.kill, kill_command, exit_code);

  CLI::App& resume = *app.add_subcommand("resume", "Lift a halt or the pauses of an account");
  resume.add_option("what", o.resume.what, "halt id, account path, `everything` or `clock`")
      ->required();
  resume.add_option("--reason", o.resume.reason, "why, for the record")->required();
  add_where(resume, o.resume.where);
  add_json(resume, o.resume.json);
  on_run(resume, o.resume, resume_command, exit_code);

  CLI::App& raise = *app.add_subcommand("raise", "Raise a budget's cap for its current window");
  raise.add_option("account", o.raise.account, "account path")->required();
  raise.add_option("amount", o.raise.amount, "the new cap, such as usd=600")
      ->type_name("UNIT=AMOUNT")
      ->required();
  raise.add_option("--window", o.raise.window, "which of its budgets (default: the only one)");
  raise.add_option("--reason", o.raise.reason, "why, for the record")->required();
  raise.add_option("--expires", o.raise.expires,
                   "when it ends, RFC 3339 (default: with its window)");
  add_where(raise, o.raise.where);
  add_json(raise, o.raise.json);
  on_run(raise, o.raise, raise_command, exit_code);
}

void add_policy_tools(CLI::App& policy, AllOptions& o, int& exit_code) {
  CLI::App& test = *policy.add_subcommand("test", "Run the tests that documents carry");
  test.add_option("files", o.policy_test.files, "policy documents")->required();
  add_json(test, o.policy_test.json);
  test.footer(
      "Each test of the section `tests:` is put to a real engine in memory, no daemon is asked.\n"
      "Exit codes: 0 all passed, 1 some failed, 2 a document cannot be read.\n\n"
      "Example: ringfence policy test policies/*.yaml");
  on_run(test, o.policy_test, policy_test_command, exit_code);

  CLI::App& import =
      *policy.add_subcommand("import", "Turn another system's budgets into a policy");
  import.add_option("file", o.policy_import.file, "its configuration or export")->required();
  import.add_option("--from", o.policy_import.from, "litellm, cycles or agent-control-plane")
      ->required()
      ->check(CLI::IsMember({"litellm", "cycles", "agent-control-plane"}));
  add_json(import, o.policy_import.json);
  import.footer(
      "The document goes to standard output, what it could not carry to standard error.\n"
      "Exit codes: 0 done, 2 the file cannot be read or is none of that system's.\n\n"
      "Example: ringfence policy import --from litellm config.yaml > policy.yaml");
  on_run(import, o.policy_import, policy_import_command, exit_code);
}

void add_record_choice(CLI::App& app, std::string& since, std::string& until, int& examples) {
  app.add_option("--since", since, "count only decisions from then on, RFC 3339")
      ->type_name("TIME");
  app.add_option("--until", until, "and until then")->type_name("TIME");
  app.add_option("--examples", examples, "decisions shown of each kind of change")
      ->check(CLI::Range(0, 1'000))
      ->capture_default_str();
}

void add_policy_comparisons(CLI::App& policy, AllOptions& o, int& exit_code) {
  CLI::App& simulate = *policy.add_subcommand(
      "simulate", "Decide a record again under another policy, and show what would change");
  simulate
      .add_option("--against", o.policy_simulate.against,
                  "a data directory or its journal.db; a running daemon's too, it is only read")
      ->required()
      ->type_name("DIR");
  simulate
      .add_option("files", o.policy_simulate.files,
                  "policy documents or folders of them: together the other policy")
      ->required();
  add_record_choice(simulate, o.policy_simulate.since, o.policy_simulate.until,
                    o.policy_simulate.examples);
  add_json(simulate, o.policy_simulate.json);
  simulate.footer(
      "Exit codes: 0 done, 2 a document or time cannot be read, 4 no record there.\n\n"
      "Example: ringfence policy simulate --against ./data --since 2026-11-01T00:00:00Z new.yaml");
  on_run(simulate, o.policy_simulate, policy_simulate_command, exit_code);

  CLI::App& diff = *policy.add_subcommand("diff", "Say what two policies say differently");
  diff.add_option("before", o.policy_diff.before, "a document, or a folder of them")->required();
  diff.add_option("after", o.policy_diff.after, "the other one")->required();
  diff.add_option("--against", o.policy_diff.against,
                  "a data directory: which of its decisions the two take differently")
      ->type_name("DIR");
  add_record_choice(diff, o.policy_diff.since, o.policy_diff.until, o.policy_diff.examples);
  add_json(diff, o.policy_diff.json);
  diff.footer(
      "Exit codes: 0 they say the same, 1 they differ, 2 one cannot be read, 4 no record there.\n\n"
      "Example: ringfence policy diff old.yaml new.yaml --against ./data");
  on_run(diff, o.policy_diff, policy_diff_command, exit_code);
}

void add_policy_explain(CLI::App& policy, AllOptions& o, int& exit_code) {
  PolicyExplainOptions& options = o.policy_explain;
  CLI::App& explain =
      *policy.add_subcommand("explain", "Say why an operation would be allowed or refused now");
  explain.add_option("operation", options.operation, "such as tool:mail/send; or --command")
      ->type_name("OPERATION");
  explain.add_option("--as", options.account, "the account that would ask")
      ->required()
      ->type_name("ACCOUNT");
  explain.add_option("--command", options.command, "a shell line instead of an operation")
      ->type_name("LINE");
  explain.add_option("--args", options.args, "the operation's arguments")->type_name("JSON");
  explain.add_option("--need", options.need, "such as usd=0.10 (default: what is computed)")
      ->type_name("UNIT=AMOUNT");
  explain.add_option("--user", options.user, "on behalf of whom");
  explain.add_option("--team", options.team, "likewise");
  explain.add_option("--org", options.org, "likewise");
  explain.add_option("--session", options.session, "likewise");
  explain.add_option("--policy", options.policy,
                     "a document or a folder of them, instead of a daemon: with nothing spent");
  add_where(explain, options.where);
  add_json(explain, options.json);
  explain.footer(
      "Nothing is recorded; guards and people are not asked.\n"
      "Exit codes: 0 allowed, 1 refused, 2 a document or request cannot be read, 4 no daemon.\n\n"
      "Example: ringfence policy explain --as agents/default tool:mail/send --policy policy.yaml");
  on_run(explain, options, policy_explain_command, exit_code);
}

void add_policy(CLI::App& app, AllOptions& o, int& exit_code) {
  CLI::App& policy = *app.add_subcommand("policy", "Tools for policy documents");
  policy.require_subcommand(1);
  CLI::App& check = *policy.add_subcommand("check", "Validate documents and say what they mean");
  check.add_option("files", o.policy_check.files, "policy documents, or folders of them")
      ->required();
  add_json(check, o.policy_check.json);
  on_run(check, o.policy_check, policy_check_command, exit_code);
  CLI::App& apply =
      *policy.add_subcommand("apply", "Put a document in force at the running daemon");
  apply.add_option("file", o.policy_apply.file, "policy document, or a folder of them")->required();
  apply.add_flag("--dry-run", o.policy_apply.dry_run, "only say whether it would be taken");
  add_where(apply, o.policy_apply.where);
  add_json(apply, o.policy_apply.json);
  on_run(apply, o.policy_apply, policy_apply_command, exit_code);
  CLI::App& show = *policy.add_subcommand("show", "Print the policy in force");
  add_where(show, o.policy_show.where);
  add_json(show, o.policy_show.json);
  on_run(show, o.policy_show, policy_show_command, exit_code);
  add_policy_tools(policy, o, exit_code);
  add_policy_comparisons(policy, o, exit_code);
  add_policy_explain(policy, o, exit_code);
}

void add_prices(CLI::App& app, AllOptions& o, int& exit_code) {
  CLI::App& prices = *app.add_subcommand("prices", "What models cost, and who says so");
  prices.require_subcommand(1);
  CLI::App& show = *prices.add_subcommand("show", "Show prices of the policy and the catalog");
  show.add_option("model", o.prices_show.model,
                  "provider/model, a bare name, or a pattern with * (default: how many there are)");
  show.add_option("--at", o.prices_show.at, "prices of that day, UTC (default: now)")
      ->type_name("DATE");
  show.add_option("--policy", o.prices_show.policy,
                  "policy document (default: the data directory's, if it has one)")
      ->envname("RINGFENCE_POLICY")
      ->type_name("FILE");
  add_data(show, o.prices_show.data);
  add_json(show, o.prices_show.json);
  show.footer(
      "Examples:\n"
      "  ringfence prices show\n"
      "  ringfence prices show openai/gpt-4o\n"
      "  ringfence prices show 'anthropic/*' --at 2026-01-31 --json");
  on_run(show, o.prices_show, prices_show_command, exit_code);
  CLI::App& import = *prices.add_subcommand(
      "import", "Turn another project's price table into a `prices:` section");
  import.add_option("file", o.prices_import.file, "the table, JSON")->required();
  import
      .add_option("--from", o.prices_import.from,
                  "genai-prices, litellm or models.dev (default: told by its shape)")
      ->check(CLI::IsMember({"genai-prices", "litellm", "models.dev"}));
  import.footer(
      "The section goes to standard output, what it could not carry to standard error.\n\n"
      "Examples:\n"
      "  ringfence prices import model_prices_and_context_window.json > prices.yaml\n"
      "  ringfence prices import api.json --from models.dev");
  on_run(import, o.prices_import, prices_import_command, exit_code);
}

// What tells of the program itself; packaging calls the two that help does not show.
void add_about(CLI::App& app, AboutOptions& o, int& exit_code) {
  CLI::App& version = *app.add_subcommand("version", "Show what this program was built from");
  add_json(version, o.json);
  on_run(version, o, version_command, exit_code);
  CLI::App& completion = *app.add_subcommand("completion", "Print a shell's completion script");
  completion.group("");
  completion.add_option("shell", o.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion.callback([&] { exit_code = completion_command(o, read_help(app)); });
  CLI::App& man = *app.add_subcommand("man", "Print the manual page");
  man.group("");
  man.callback([&] { exit_code = man_command(read_help(app)); });
}

int main_checked(int argc, char** argv) {
  CLI::App app("Ringfence runs AI agents inside hard budgets.", "ringfence");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string(version()));
  app.require_subcommand(1);
  int exit_code = kExitDone;
  AllOptions options;
  for (std::string* data :
       {&options.serve.data, &options.run.where.data, &options.status.where.data,
        &options.top.where.data, &options.quota.where.data, &options.kill.where.data,
        &options.resume.where.data, &options.raise.where.data, &options.approvals.where.data,
        &options.policy_apply.where.data, &options.policy_show.where.data,
        &options.doctor.where.data, &options.replay.data, &options.prices_show.data}) {
    *data = default_data_dir();
  }
  add_serve(app, options.serve, exit_code);
  add_run(app, options.run, exit_code);
  add_reports(app, options, exit_code);
  add_top(app, options, exit_code);
  add_operations(app, options, exit_code);
  add_approvals(app, options.approvals, exit_code);
  add_audit(app, options.audit, exit_code);
  add_witness(app, options.witness, exit_code);
  add_keeping(app, options.keeping, exit_code);
  add_policy(app, options, exit_code);
  add_replay(app, options.replay, exit_code);
  add_prices(app, options, exit_code);
  add_about(app, options.about, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  return exit_code;
}

}  // namespace
}  // namespace ringfence

int main(int argc, char** argv) {
  if (argc > 1 && argv[1] == ringfence::guard::kKeeperWord) {
    return ringfence::guard::keep_guard({argv + 2, argv + argc});
  }
  ::signal(SIGPIPE, SIG_IGN);
  try {
    return ringfence::main_checked(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ringfence: {}\n", error.what());
    return ringfence::kExitUnavailable;
  }
}
