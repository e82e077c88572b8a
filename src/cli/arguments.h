// SPDX-License-Identifier: Apache-2.0
// Arguments that several commands take, said to CLI11.
//
// Contract: the options outlive the parser. Only main.cc and *_arguments.cc include this.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/data_dir.h"
#include "cli/options.h"

namespace ringfence {

struct AuditOptions;
struct KeepingOptions;
struct WitnessCommandOptions;

inline void add_data(CLI::App& app, std::string& data) {
  app.add_option("--data", data, "data directory")
      ->envname("RINGFENCE_DATA")
      ->default_str(default_data_dir())
      ->type_name("DIR");
}

inline void add_where(CLI::App& app, Where& where) {
  add_data(app, where.data);
  app.add_option("--url", where.url,
                 "address of the daemon (default: the one of the data directory)")
      ->envname("RINGFENCE_URL")
      ->type_name("URL");
}

inline void add_json(CLI::App& app, bool& json) { app.add_flag("--json", json, "print JSON"); }

template <class Options>
void on_run(CLI::App& app, Options& options, int (*command)(const Options&), int& exit_code) {
  app.callback([&options, command, &exit_code] { exit_code = command(options); });
}

// *_arguments.cc
void add_approvals(CLI::App& app, ApprovalsOptions& o, int& exit_code);
void add_audit(CLI::App& app, AuditOptions& o, int& exit_code);
void add_witness(CLI::App& app, WitnessCommandOptions& o, int& exit_code);
void add_keeping(CLI::App& app, KeepingOptions& o, int& exit_code);
void add_replay(CLI::App& app, ReplayOptions& o, int& exit_code);

}  // namespace ringfence
