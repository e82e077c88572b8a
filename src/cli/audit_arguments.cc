// SPDX-License-Identifier: Apache-2.0
// What the command line takes about the record.
#include "cli/arguments.h"
#include "cli/audit_options.h"

namespace ringfence {
namespace {

void add_verify(CLI::App& audit, AuditVerifyOptions& o, int& exit_code) {
  o.where.data = default_data_dir();
  CLI::App& verify =
      *audit.add_subcommand("verify", "Check that the record is whole, daemon or not");
  verify.add_option("file", o.file, "an exported record, or a file of its lines")
      ->type_name("PATH");
  add_data(verify, o.where.data);
  verify.add_option("--url", o.where.url, "of a daemon: verify what it serves")->type_name("URL");
  const auto add = [&](const char* name, std::vector<std::string>& values, const char* type,
                       const char* what) {
    verify.add_option(name, values, what)->type_name(type)->take_all()->allow_extra_args(false);
  };
  add("--checkpoint", o.checkpoints, "FILE",
      "a checkpoint held elsewhere, such as the anchor's file; may be repeated");
  add("--receipt", o.receipts, "FILE", "a receipt (.tlog-proof) held elsewhere; may be repeated");
  add("--vkey", o.vkeys, "KEY", "the key of the log, or of a witness; may be repeated");
  verify
      .add_option("--policy", o.policy,
                  "a policy's file: its anchor is a checkpoint held elsewhere, its witnesses' keys "
                  "are believed")
      ->type_name("FILE");
  verify.add_flag("--require-anchor", o.require_anchor,
                  "fail where no head kept elsewhere vouches for the record");
  add_json(verify, o.json);
  verify.footer(
      "Exit codes: 0 it holds, 1 it does not, 4 it cannot be read.\n\n"
      "Examples:\n"
      "  ringfence audit verify\n"
      "  ringfence audit verify --policy policy.yaml --require-anchor\n"
      "  ringfence audit verify --checkpoint /mnt/anchor/checkpoint\n"
      "  ringfence audit verify --url https://log.example.com --vkey \"$(cat log.vkey)\"");
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

void add_export(CLI::App& audit, AuditExportOptions& o, int& exit_code) {
  o.data = default_data_dir();
  CLI::App& exporting =
      *audit.add_subcommand("export", "Write the record for an auditor: events, proofs, policies");
  exporting.add_option("folder", o.folder, "where to; new or empty")->required()->type_name("DIR");
  add_data(exporting, o.data);
  add_json(exporting, o.json);
  exporting.footer(
      "Examples:\n"
      "  ringfence audit export ./evidence-2026-11\n"
      "  ringfence audit verify ./evidence-2026-11 --vkey \"$(cat ringfence.vkey)\"");
  on_run(exporting, o, audit_export_command, exit_code);
}

void add_erase(CLI::App& audit, AuditEraseOptions& o, int& exit_code) {
  o.where.data = default_data_dir();
  CLI::App& erase = *audit.add_subcommand(
      "erase", "Erase arguments that lie beside the record, which stays whole");
  CLI::Option* approval =
      erase.add_option("approval", o.approval, "of this approval, such as ap_42");
  erase
      .add_option("--before", o.before,
                  "of everything asked before this time, RFC 3339; by the daemon of --data alone")
      ->excludes(approval);
  erase.add_option("--reason", o.reason, "for the record")->required();
  add_where(erase, o.where);
  add_json(erase, o.json);
  erase.footer(
      "The policy's `audit: {retention: {payloads: 30d}}` does it by itself.\n\n"
      "Example: ringfence audit erase ap_42 --reason 'asked for by ann'");
  on_run(erase, o, audit_erase_command, exit_code);
}

}  // namespace

void add_audit(CLI::App& app, AuditOptions& o, int& exit_code) {
  CLI::App& audit = *app.add_subcommand("audit", "Verify and read the record");
  audit.require_subcommand(1);
  add_verify(audit, o.verify, exit_code);
  add_tail(audit, o.tail, exit_code);
  add_log(audit, o.log, exit_code);
  add_export(audit, o.exporting, exit_code);
  add_erase(audit, o.erase, exit_code);
}

void add_keeping(CLI::App& app, KeepingOptions& o, int& exit_code) {
  o.backup.data = default_data_dir();
  CLI::App& backup = *app.add_subcommand("backup", "Copy the data directory, daemon or not");
  backup.add_option("folder", o.backup.folder, "where to; new or empty")
      ->required()
      ->type_name("DIR");
  add_data(backup, o.backup.data);
  add_json(backup, o.backup.json);
  backup.footer(
      "The copy holds this installation's keys: keep it as you keep them.\n\n"
      "Example: ringfence backup /mnt/backup/ringfence-$(date +%F)");
  on_run(backup, o.backup, backup_command, exit_code);

  o.restore.data = default_data_dir();
  CLI::App& restore = *app.add_subcommand("restore", "Make a data directory of a backup");
  restore.add_option("folder", o.restore.folder, "the backup")->required()->type_name("DIR");
  add_data(restore, o.restore.data);
  restore
      .add_option("--accept-rollback", o.restore.rollback,
                  "why events after the backup may be lost for good; the signed record ends "
                  "and another begins")
      ->type_name("REASON");
  add_json(restore, o.restore.json);
  restore.footer(
      "A restore is recorded. Where an anchor or a witness saw more events than the backup has, "
      "the\n"
      "daemon refuses to start from it: that is how an older copy is found out.\n\n"
      "Example: ringfence restore /mnt/backup/ringfence-2026-11-20 --data /var/lib/ringfence");
  on_run(restore, o.restore, restore_command, exit_code);
}

}  // namespace ringfence
