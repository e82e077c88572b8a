// SPDX-License-Identifier: Apache-2.0
// What the command line takes about the record.
#include "cli/arguments.h"
#include "cli/audit_options.h"

namespace ringfence {
namespace {

void add_verify(CLI::App& audit, AuditVerifyOptions& o, int& exit_code) {
  o.data = default_data_dir();
  CLI::App& verify =
      *audit.add_subcommand("verify", "Check that the record is whole, daemon or not");
  verify.add_option("file", o.file, "an exported record, or a file of its lines")
      ->type_name("PATH");
  add_data(verify, o.data);
  verify.add_option("--checkpoint", o.checkpoints, "a checkpoint held elsewhere; may be repeated")
      ->type_name("FILE")
      ->take_all()
      ->allow_extra_args(false);
  verify.add_option("--vkey", o.vkeys, "a key that signs checkpoints; may be repeated")
      ->type_name("KEY")
      ->take_all()
      ->allow_extra_args(false);
  verify.add_flag("--require-anchor", o.require_anchor,
                  "fail where no head kept elsewhere vouches for the record");
  add_json(verify, o.json);
  verify.footer(
      "Exit codes: 0 it holds, 1 it does not, 4 it cannot be read.\n\n"
      "Examples:\n"
      "  ringfence audit verify\n"
      "  ringfence audit verify --checkpoint kept.txt --vkey \"$(cat log.vkey)\" --require-anchor");
  on_run(verify, o, audit_verify_command, exit_code);
}

void add_tail(CLI::App& audit, AuditTailOptions& o, int& exit_code) {
  o.data = default_data_dir();
  CLI::App& tail = *audit.add_subcommand("tail", "Print the newest events, one JSON line each");
  add_data(tail, o.data);
  tail.add_option("--after", o.after, "from this event number on (default: the last ten)");
  tail.add_flag("-f,--follow", o.follow, "go on as they come");
  on_run(tail, o, audit_tail_command, exit_code);
}

void add_log(CLI::App& audit, AuditLogOptions& o, int& exit_code) {
  o.where.data = default_data_dir();
  const auto add = [&](const char* name, const char* what,
                       int (*command)(const AuditLogOptions&)) -> CLI::App& {
    CLI::App& added = *audit.add_subcommand(name, what);
    add_where(added, o.where);
    added.add_option("-o,--out", o.out, "write it to this file")->type_name("FILE");
    on_run(added, o, command, exit_code);
    return added;
  };
  add("checkpoint", "Print the newest signed checkpoint", audit_checkpoint_command);
  add("vkey", "Print the key that checkpoints are verified with", audit_vkey_command);
  CLI::App& prove =
      add("prove", "Write the proof that an event is in the signed record", audit_prove_command);
  prove.add_option("seq", o.seq, "the event's number")->required()->check(CLI::PositiveNumber);
  prove.add_option("--wait", o.wait_seconds, "seconds to wait for a checkpoint that covers it")
      ->check(CLI::Range(0, 3'600))
      ->capture_default_str();
}

}  // namespace

void add_audit(CLI::App& app, AuditOptions& o, int& exit_code) {
  CLI::App& audit = *app.add_subcommand("audit", "Verify and read the record");
  audit.require_subcommand(1);
  add_verify(audit, o.verify, exit_code);
  add_tail(audit, o.tail, exit_code);
  add_log(audit, o.log, exit_code);
}

}  // namespace ringfence
