// SPDX-License-Identifier: Apache-2.0
// What the command line takes about replays.
#include "cli/arguments.h"

namespace ringfence {

void add_replay(CLI::App& app, ReplayOptions& o, int& exit_code) {
  CLI::App& replay = *app.add_subcommand("replay", "Show how everything stood at some moment");
  replay
      .add_option("--at", o.at,
                  "an event's number, or a time, RFC 3339 (default: the newest event)")
      ->type_name("SEQ|TIME");
  add_data(replay, o.data);
  replay.add_option("--account", o.account, "only this account and what is below it")
      ->capture_default_str()
      ->type_name("PATH");
  replay.add_option("--run", o.run, "this run, with what it had left at every wall above it")
      ->type_name("RUN");
  replay.add_flag(
      "--digest", o.digest,
      "print only the SHA-256 of the whole state: one record has one, on every machine");
  add_json(replay, o.json);
  replay.footer(
      "The record is only read, a running daemon's too. It is replayed from the newest snapshot\n"
      "before that moment, or else from its first event.\n"
      "Exit codes: 0 done, 1 the record is damaged, 2 no such moment, run or account, 4 no "
      "record.\n\n"
      "Examples:\n"
      "  ringfence replay --at 2026-11-05T02:14:00Z --account acme/research\n"
      "  ringfence replay --at 48211 --run r_mfzwizlomfzwizlo\n"
      "  ringfence replay --at 48211 --json | jq '.holds[] | .operation'\n"
      "  ringfence replay --digest");
  on_run(replay, o, replay_command, exit_code);
}

}  // namespace ringfence
