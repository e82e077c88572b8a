// SPDX-License-Identifier: Apache-2.0
// What the command line says, as values; main.cc fills them in and one function per command acts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringfence {

struct Where {       // which daemon
  std::string data;  // its data directory
  std::string url;   // or its address; empty: from the directory
};

struct ServeOptions {
  std::string data, policy;
  std::vector<std::string> listen;  // empty: 127.0.0.1:7070
  bool insecure_listen = false;
  std::string tls_cert, tls_key;    // files
  std::vector<std::string> limits;  // "connections=500"
  int drain_seconds = 30;
  bool log_json = false;
  bool metrics_open = false;
  std::string otlp_endpoint;  // empty: no traces
  bool detached = false;      // started by `run`: token in memory only, ends when idle
  int idle_exit_seconds = 60;
  int ready_fd = -1;  // detached: where to say "ready" or what is wrong
};

struct RunOptions {
  Where where;
  std::string policy;
  std::string account;               // empty: the starter policy's
  std::vector<std::string> budgets;  // "usd=0.50"
  std::vector<std::string> labels;   // "team=research"
  std::string ttl;
  bool progress = false;
  bool print_env = false;  // instead of starting the command
  bool json = false;
  std::vector<std::string> command;
};

struct StatusOptions {
  Where where;
  bool json = false;
};
struct TopOptions {
  Where where;
  std::string account = "/";  // it and what is below it
  bool once = false;          // one frame as text
  bool json = false;          // or as JSON
  int interval_seconds = 1;
  std::size_t rows = 40, columns = 120;  // of that one frame
};
struct QuotaOptions {
  Where where;
  std::string account;  // empty: the caller's own run
  bool json = false;
};
struct KillOptions {
  Where where;
  std::string what, reason;
  bool json = false;
};
struct ResumeOptions {
  Where where;
  std::string what, reason;
  bool json = false;
};
struct RaiseOptions {
  Where where;
  std::string account, amount, window, reason, expires;
  bool json = false;
};
struct ApprovalsOptions {
  Where where;
  std::string state = "pending", under = "/";  // list
  std::string id, comment, until;
  std::int64_t uses = 0;  // 0: as the rules say
  bool json = false;
};
struct ReplayOptions {
  std::string data;
  std::string at;             // an event's number, or a time; empty: the newest event
  std::string account = "/";  // and what is below it
  std::string run;            // empty: all that lived
  bool digest = false;
  bool json = false;
};
struct PolicyCheckOptions {
  std::vector<std::string> files;
  bool json = false;
};
struct PolicyApplyOptions {
  Where where;
  std::string file;
  bool dry_run = false;
  bool json = false;
};
struct PolicyShowOptions {
  Where where;
  bool json = false;
};
struct PricesShowOptions {
  std::string data, policy;
  std::string model;  // or a pattern; empty: how many there are
  std::string at;     // a date; empty: now
  bool json = false;
};
struct DoctorOptions {
  Where where;
  std::string policy;
  bool json = false;
};

struct AboutOptions {
  bool json = false;
  std::string shell;
};
struct CommandHelp;

int serve_command(const ServeOptions& options);
int run_command(const RunOptions& options);
int status_command(const StatusOptions& options);
int top_command(const TopOptions& options);
int quota_command(const QuotaOptions& options);
int kill_command(const KillOptions& options);
int resume_command(const ResumeOptions& options);
int raise_command(const RaiseOptions& options);
int approvals_list_command(const ApprovalsOptions& options);
int approvals_show_command(const ApprovalsOptions& options);
int approvals_approve_command(const ApprovalsOptions& options);
int approvals_refuse_command(const ApprovalsOptions& options);
int replay_command(const ReplayOptions& options);
int policy_check_command(const PolicyCheckOptions& options);
int policy_apply_command(const PolicyApplyOptions& options);
int policy_show_command(const PolicyShowOptions& options);
int prices_show_command(const PricesShowOptions& options);

struct PricesImportOptions {
  std::string file;
  std::string from;  // "genai-prices", "litellm", "models.dev"; empty: by its shape
};
int prices_import_command(const PricesImportOptions& options);
int doctor_command(const DoctorOptions& options);
int version_command(const AboutOptions& options);
int completion_command(const AboutOptions& options, const CommandHelp& program);
int man_command(const CommandHelp& program);

}  // namespace ringfence
