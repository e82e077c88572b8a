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

}  // namespace

void add_audit(CLI::App& app, AuditOptions& o, int& exit_code) {
  CLI::App& audit = *app.add_subcommand("audit", "Verify and read the record");
  audit.require_subcommand(1);
  add_verify(audit, o.verify, exit_code);
  add_tail(audit, o.tail, exit_code);
}

}  // namespace ringfence
