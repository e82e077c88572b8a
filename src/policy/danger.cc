// SPDX-License-Identifier: Apache-2.0
#include "policy/danger.h"

#include <algorithm>
#include <array>

#include "policy/glob.h"

namespace ringfence {
namespace {

using Args = std::span<const std::string>;

bool open(std::string_view word) { return word.starts_with(kUnknownByte); }

// A short option by its letter, a long one by its name; "+" and ":" are what the word begins with.
bool word_may_be(std::string_view word, std::string_view option) {
  if (open(word)) return true;
  const std::size_t unknown = word.find(kUnknownByte);
  std::string_view known = word.substr(0, unknown);
  if (option == "+" || option == ":") return known.starts_with(option);
  if (option.starts_with("--") || (option.size() > 2 && option.starts_with('-'))) {
    known = known.substr(0, known.find('='));
    if (unknown != std::string_view::npos && option.starts_with(known)) return true;
    // GNU programs take any beginning of a long option.
    return known == option ||
           (known.size() > 2 && known.starts_with("--") && option.starts_with(known));
  }
  if (option.size() == 2 && option[0] == '-') {
    if (!known.starts_with('-') || known.starts_with("--")) return false;
    return known.find(option[1], 1) != std::string_view::npos || unknown != std::string_view::npos;
  }
  // An operand; a sign at the end of the rule takes anything behind.
  const bool prefix =
      option.size() > 1 && std::string_view("=@/.").find(option.back()) != std::string_view::npos;
  if (unknown != std::string_view::npos && option.starts_with(known)) return true;
  return prefix ? known.starts_with(option) : known == option;
}

struct DangerRule {
  std::string_view name;
  std::string_view program;
  std::string_view subcommand;  // empty: any
  // Groups of alternatives, separated by spaces; alternatives by `|`. Every group must be met.
  std::string_view needs;
};

constexpr std::string_view kDelete = "recursive-delete";
constexpr std::string_view kForce = "force-push";
constexpr std::string_view kDiscard = "discard-work";
constexpr std::string_view kUpload = "upload";
constexpr std::string_view kPrivilege = "privilege";
constexpr std::string_view kAgent = "agent-flags";
constexpr std::string_view kModes = "open-permissions";
constexpr std::string_view kDisk = "raw-disk";
constexpr std::string_view kKeys = "print-secrets";
constexpr std::string_view kStart = "startup-files";

constexpr auto kRules = std::to_array<DangerRule>({
    {kDelete, "rm", "", "-r|-R|--recursive|-f|--force -f|--force|-r|-R|--recursive"},
    {kDelete, "find", "", "-delete"},
    {kDelete, "shred", "", ""},
    {kDelete, "rsync", "", "--delete|--delete-before|--delete-after|--delete-excluded"},
    {kForce, "git", "push",
     "-f|--force|--force-with-lease|--force-if-includes|--mirror|-d|--delete|"
     "--prune|+|:"},
    {kForce, "git", "send-pack", "--force|--mirror|+"},
    {kDiscard, "git", "reset", "--hard|--merge"},
    {kDiscard, "git", "clean", "-f|--force"},
    {kDiscard, "git", "checkout", "-f|--force|.|--"},
    {kDiscard, "git", "restore", ""},
    {kDiscard, "git", "switch", "-f|--force|--discard-changes"},
    {kDiscard, "git", "branch", "-D|-f|--force"},
    {kDiscard, "git", "stash", "drop|clear"},
    {kDiscard, "git", "reflog", "expire|delete"},
    {kDiscard, "git", "filter-branch", ""},
    {kDiscard, "git", "filter-repo", ""},
    {kDiscard, "git", "update-ref", "-d"},
    {kUpload, "curl", "", "-T|--upload-file"},
    {kUpload, "curl", "", "-F|--form"},
    {kUpload, "curl", "",
     "-d|--data|--data-binary|--data-raw|--data-urlencode|--data-ascii|--json"},
    {kUpload, "wget", "", "--post-file|--body-file|--post-data|--body-data"},
    {kUpload, "scp", "", ""},
    {kUpload, "sftp", "", ""},
    {kUpload, "ftp", "", ""},
    {kUpload, "tftp", "", ""},
    {kUpload, "lftp", "", ""},
    {kUpload, "nc", "", ""},
    {kUpload, "ncat", "", ""},
    {kUpload, "netcat", "", ""},
    {kUpload, "socat", "", ""},
    {kUpload, "telnet", "", ""},
    {kUpload, "rclone", "", ""},
    {kUpload, "aws", "s3", "cp|sync|mv"},
    {kUpload, "gsutil", "", "cp|rsync|mv"},
    {kPrivilege, "sudo", "", ""},
    {kPrivilege, "doas", "", ""},
    {kPrivilege, "su", "", ""},
    {kPrivilege, "pkexec", "", ""},
    {kPrivilege, "runuser", "", ""},
    {kModes, "chmod", "", "-R|--recursive|777|0777|a+rwx|ugo+rwx|o+w|a+w|+w|u+s|g+s"},
    {kModes, "chown", "", "-R|--recursive"},
    {kModes, "setfacl", "", ""},
    // What starts programs, and what may bring in a file that does.
    {kStart, "git", "config",
     "alias.|core.|credential.|diff.|difftool.|filter.|gpg.|include.|includeif.|interactive.|"
     "merge.|mergetool.|pager.|protocol.|receive.|remote.|sequence.|trailer.|uploadpack.|url.|"
     "-e|--edit"},
    {kStart, "crontab", "", ""},
    {kStart, "at", "", ""},
    {kStart, "batch", "", ""},
    {kDisk, "dd", "", "of=/dev/|of=/"},
    {kDisk, "fdisk", "", ""},
    {kDisk, "parted", "", ""},
    {kDisk, "wipefs", "", ""},
    {kDisk, "blkdiscard", "", ""},
    {kDisk, "mkswap", "", ""},
    {kKeys, "gh", "auth", "token|--show-token"},
    {kKeys, "gcloud", "auth", "print-access-token|print-identity-token"},
    {kKeys, "aws", "configure", "export-credentials|get"},
    {kKeys, "kubectl", "config", "--raw"},
    {kKeys, "security", "", "find-generic-password|find-internet-password|dump-keychain"},
    {kKeys, "gpg", "", "--export-secret-keys|--export-secret-subkeys"},
    {kKeys, "secret-tool", "", "lookup|search"},
    {kKeys, "pass", "", "show"},
});

// Of any program: flags by which an agent is told to ask nobody.
constexpr auto kAgentFlags = std::to_array<std::string_view>(
    {"--dangerously-skip-permissions", "--allow-dangerously-skip-permissions",
     "--dangerously-bypass-approvals-and-sandbox", "--yolo", "--full-auto", "--skip-permissions",
     "--dangerously-allow-all", "--allow-all-tools", "--approval-mode=yolo",
     "--permission-mode=bypassPermissions", "bypassPermissions", "--trust-all-tools",
     "--sandbox=danger-full-access", "danger-full-access"});

bool any_may_be(Args args, std::string_view alternatives) {
  while (!alternatives.empty()) {
    const std::size_t bar = std::min(alternatives.find('|'), alternatives.size());
    const std::string_view option = alternatives.substr(0, bar);
    alternatives.remove_prefix(std::min(bar + 1, alternatives.size()));
    // Also behind `--`, which may be the value of an option.
    const bool found = std::ranges::any_of(
        args, [&](const std::string& word) { return word_may_be(word, option); });
    if (found) return true;
  }
  return false;
}

// rm wants two different groups; one word such as -rf may meet both.
bool rm_is_both(Args args) {
  const bool recursive = any_may_be(args, "-r|-R|--recursive");
  const bool forced = any_may_be(args, "-f|--force");
  return recursive && forced;
}

bool rsync_to_remote(Args args) {
  // host:path, host::module, rsync://
  return !args.empty() && std::ranges::any_of(args, [](std::string_view word) {
    const std::size_t colon = word.find(':');
    return colon != std::string_view::npos && colon > 0 &&
           word.substr(0, colon).find('/') == std::string_view::npos;
  });
}

// As a number: others may write, or it runs as its owner or group.
bool opens_mode(std::string_view mode) {
  const bool octal = mode.size() >= 3 && mode.size() <= 5 &&
                     std::ranges::all_of(mode, [](char c) { return c >= '0' && c <= '7'; });
  if (!octal) return false;
  const int others = mode.back() - '0';
  const int special = mode.size() == 3 ? 0 : mode[mode.size() - 4] - '0';
  return (others & 2) != 0 || (special & 6) != 0;
}

bool rule_holds(const DangerRule& rule, Args args) {
  if (!rule.subcommand.empty()) {
    if (args.empty() || !word_may_be(args[0], rule.subcommand)) return false;
    args = args.subspan(1);
  }
  if (rule.program == "rm") return rm_is_both(args);
  if (rule.program == "chmod" && std::ranges::any_of(args, opens_mode)) return true;
  return rule.needs.empty() || any_may_be(args, rule.needs);
}

bool is_agent_flag(Args args, std::size_t at) {
  const std::string& word = args[at];
  return std::ranges::any_of(kAgentFlags, [&](std::string_view flag) {
    if (word == flag || word.starts_with(std::string(flag) + "=")) return true;
    // Its value in the next word.
    const std::size_t equals = flag.find('=');
    return equals != std::string_view::npos && word == flag.substr(0, equals) &&
           at + 1 < args.size() && args[at + 1] == flag.substr(equals + 1);
  });
}

Dangers dangers_of_command(std::string_view program, Args args) {
  Dangers dangers;
  for (const DangerRule& rule : kRules) {
    if (rule.program == program && rule_holds(rule, args)) add_danger(dangers, rule.name);
  }
  if (program.starts_with("mkfs")) add_danger(dangers, kDisk);
  if (program == "rsync" && rsync_to_remote(args)) add_danger(dangers, kUpload);
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (is_agent_flag(args, i)) add_danger(dangers, kAgent);
    add_dangers_of_argument(program, args[i], dangers);
  }
  return dangers;
}

}  // namespace

Dangers dangers_of(std::span<const std::string> segments) {
  if (segments.size() < 2) return {};
  if (segments[0] == "cmd") return dangers_of_command(segments[1], segments.subspan(2));
  if (segments[0] != "fs") return {};
  std::string path;
  for (const std::string& part : segments.subspan(2)) path += "/" + part;
  return dangers_of_file(path, segments[1] == "w");
}

Dangers dangers_of(const Operation& operation) {
  return dangers_of(std::span<const std::string>(operation.segments()));
}

std::vector<std::string_view> danger_names() {
  std::vector<std::string_view> names{kAgent};
  for (const DangerRule& rule : kRules) names.push_back(rule.name);
  for (const std::string_view name : file_danger_names()) names.push_back(name);
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

}  // namespace ringfence
