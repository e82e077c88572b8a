// SPDX-License-Identifier: Apache-2.0
// What the command line says to the tools for policy documents (docs/policy-tools.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "policy/policy.h"

namespace ringfence {

struct PolicyTestOptions {
  std::vector<std::string> files;
  bool json = false;
};
struct PolicyImportOptions {
  std::string file;
  std::string from;  // "litellm", "cycles", "agent-control-plane"
  bool json = false;
};
struct PolicySimulateOptions {
  std::vector<std::string> files;
  std::string against;       // a data directory, or its journal.db
  std::string since, until;  // RFC 3339; empty: all
  int examples = 5;          // per group
  bool json = false;
};
struct PolicyDiffOptions {
  std::string before, after;
  std::string against;  // empty: only what the documents say
  std::string since, until;
  int examples = 5;
  bool json = false;
};
struct PolicyExplainOptions {
  Where where;
  std::string policy;  // a document or a folder of them; empty: ask the daemon
  std::string account, operation, command, args;
  std::vector<std::string> need;  // "usd=0.10"
  std::string user, team, org, session;
  bool json = false;
};

// The policy of one or several files or folders of documents. Errors: `not_found`, `invalid`.
Result<std::shared_ptr<const Policy>> compile_policy_at(const std::vector<std::string>& paths);
// Says why a file or a record cannot be read; the exit code for it.
int print_unreadable(const Error& error);
// A document's own text on a terminal: without what could steer it.
std::string harmless(std::string_view text);

int policy_test_command(const PolicyTestOptions& options);
int policy_import_command(const PolicyImportOptions& options);
int policy_simulate_command(const PolicySimulateOptions& options);
int policy_diff_command(const PolicyDiffOptions& options);
int policy_explain_command(const PolicyExplainOptions& options);

}  // namespace ringfence
