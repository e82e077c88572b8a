// SPDX-License-Identifier: Apache-2.0
#include "policy/danger_files.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/glob.h"
#include "policy/operation.h"

namespace ringfence {
namespace {

constexpr std::string_view kRead = "read-credentials";
constexpr std::string_view kWrite = "agent-config";
constexpr std::string_view kRun = "startup-files";
constexpr std::string_view kNetwork = "upload";
constexpr std::string_view kDisk = "raw-disk";

struct DangerFile {
  std::string_view name;
  bool on_read;
  // Components from the right, `*` for any letters; a final `/` means anything below it too.
  std::string_view path;
};

constexpr auto kFiles = std::to_array<DangerFile>({
    {kRead, true, ".ssh/"},
    {kRead, true, "id_rsa*"},
    {kRead, true, "id_dsa*"},
    {kRead, true, "id_ecdsa*"},
    {kRead, true, "id_ed25519*"},
    {kRead, true, "*.pem"},
    {kRead, true, "*.p12"},
    {kRead, true, "*.pfx"},
    {kRead, true, "*.jks"},
    {kRead, true, "*.keystore"},
    {kRead, true, "*.kdbx"},
    {kRead, true, "*.ppk"},
    {kRead, true, "*_rsa.key"},
    {kRead, true, "*.key"},
    {kRead, true, ".aws/"},
    {kRead, true, ".azure/"},
    {kRead, true, ".config/gcloud/"},
    {kRead, true, "application_default_credentials.json"},
    {kRead, true, ".config/gh/"},
    {kRead, true, "gh/hosts.yml"},
    {kRead, true, ".netrc"},
    {kRead, true, "_netrc"},
    {kRead, true, ".npmrc"},
    {kRead, true, ".yarnrc.yml"},
    {kRead, true, ".pypirc"},
    {kRead, true, ".cargo/credentials*"},
    {kRead, true, ".gem/credentials"},
    {kRead, true, ".docker/config.json"},
    {kRead, true, ".kube/"},
    {kRead, true, ".gnupg/"},
    {kRead, true, ".password-store/"},
    {kRead, true, ".git-credentials"},
    {kRead, true, ".pgpass"},
    {kRead, true, ".my.cnf"},
    {kRead, true, ".vault-token"},
    {kRead, true, ".terraform.d/credentials*"},
    {kRead, true, ".env"},
    {kRead, true, ".env.*"},
    {kRead, true, ".envrc"},
    {kRead, true, "*.env"},
    {kRead, true, ".claude/.credentials.json"},
    {kRead, true, ".codex/auth.json"},
    {kRead, true, "etc/shadow*"},
    {kRead, true, "etc/gshadow*"},
    {kRead, true, "etc/sudoers*/"},
    {kRead, true, "proc/*/environ"},
    {kRead, true, "secrets.y*ml"},
    {kRead, true, "credentials.json"},
    {kWrite, false, ".claude/"},
    {kWrite, false, ".claude.json"},
    {kWrite, false, "CLAUDE.md"},
    {kWrite, false, "AGENTS.md"},
    {kWrite, false, "GEMINI.md"},
    {kWrite, false, ".codex/"},
    {kWrite, false, ".gemini/"},
    {kWrite, false, ".cursor/"},
    {kWrite, false, ".cursorrules"},
    {kWrite, false, ".opencode/"},
    {kWrite, false, ".aider*"},
    {kWrite, false, ".mcp.json"},
    {kWrite, false, "mcp.json"},
    {kWrite, false, ".vscode/"},
    {kWrite, false, ".github/hooks/"},
    {kWrite, false, "copilot-instructions.md"},
    {kRun, false, ".git/hooks/"},
    {kRun, false, ".git/config"},
    {kRun, false, ".gitconfig"},
    {kRun, false, ".config/git/"},
    {kRun, false, ".cargo/config*"},
    {kRun, false, ".curlrc"},
    {kRun, false, ".wgetrc"},
    {kRun, false, ".github/workflows/"},
    {kRun, false, ".husky/"},
    {kRun, false, ".bashrc"},
    {kRun, false, ".bash_aliases"},
    {kRun, false, ".bash_profile"},
    {kRun, false, ".bash_login"},
    {kRun, false, ".bash_logout"},
    {kRun, false, ".profile"},
    {kRun, false, ".zshrc"},
    {kRun, false, ".zshenv"},
    {kRun, false, ".zprofile"},
    {kRun, false, ".config/fish/"},
    {kRun, false, ".config/autostart/"},
    {kRun, false, ".config/systemd/"},
    {kRun, false, ".config/environment.d/"},
    {kRun, false, "etc/profile*/"},
    {kRun, false, "etc/cron*/"},
    {kRun, false, "var/spool/cron/"},
    {kRun, false, "etc/ld.so.*/"},
    {kRun, false, "etc/systemd/"},
    {kRun, false, "etc/init.d/"},
    {kRun, false, "etc/pam.d/"},
    {kRun, false, "etc/rc.local"},
    {kRun, false, "etc/environment"},
    {kRun, false, "etc/passwd"},
    {kRun, false, "authorized_keys"},
    {kRun, false, "crontab"},
});

// Programs that write the files they are given; of the others a mention is no write.
constexpr auto kWriters = std::to_array<std::string_view>(
    {"tee",      "cp",      "mv",    "ln",    "install", "dd",     "sed",     "touch", "rm",
     "truncate", "chmod",   "chown", "rsync", "scp",     "patch",  "ed",      "ex",    "vi",
     "vim",      "nvim",    "nano",  "emacs", "perl",    "python", "python3", "node",  "ruby",
     "sponge",   "unlink",  "mkdir", "rmdir", "shred",   "curl",   "wget",    "tar",   "unzip",
     "git",      "crontab", "split", "sort",  "jq",      "yq",     "awk",     "gawk"});

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The known component of the list against one that may hold unknown parts.
bool component_meets(std::string_view known, std::string_view component) {
  std::string glob(known);
  std::ranges::transform(glob, glob.begin(), [](char c) { return c == '*' ? kStar : fold(c); });
  std::string text(component);
  std::ranges::transform(text, text.begin(), fold);
  if (is_literal(text)) return glob_matches(glob, text);
  const std::size_t letters = text.find(kStar);
  const bool told_by_beginning =
      glob.front() != kStar && (letters >= 2 || (letters == 1 && text.front() == '.'));
  const bool told_by_end = glob.front() == kStar && text.back() != kStar;
  const bool told = told_by_beginning || told_by_end || glob_within(text, glob);
  return told && globs_intersect(glob, text);
}

using Components = std::vector<std::string_view>;

Components components_of(std::string_view path) {
  Components out;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    if (part == ".." && !out.empty() && out.back() != "..") {
      out.pop_back();
    } else if (!part.empty() && part != ".") {
      out.push_back(part);
    }
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return out;
}

bool file_meets(const DangerFile& file, const Components& path) {
  const bool below = file.path.ends_with('/');
  const Components known = components_of(file.path);
  if (path.size() < known.size()) return false;
  for (std::size_t end = path.size(); end >= known.size(); --end) {
    bool all = true;
    for (std::size_t i = 0; all && i < known.size(); ++i) {
      all = component_meets(known[i], path[end - known.size() + i]);
    }
    if (all) return true;
    if (!below || end == 0) return false;
  }
  return false;
}

bool is_template(std::string_view file) {
  return file == ".env.example" || file == ".env.sample" || file == ".env.template";
}

std::string_view without_repeated_slashes(std::string_view path) {
  while (path.starts_with("//")) path.remove_prefix(1);
  return path;
}

void add_file_dangers(std::string_view path, bool read, bool write, Dangers& dangers) {
  path = without_repeated_slashes(path);
  if (path.starts_with("/dev/tcp/") || path.starts_with("/dev/udp/")) {
    return add_danger(dangers, kNetwork);
  }
  const bool disk = path.starts_with("/dev/sd") || path.starts_with("/dev/nvme") ||
                    path.starts_with("/dev/vd") || path.starts_with("/dev/mapper/");
  if (disk && write) add_danger(dangers, kDisk);
  const Components parts = components_of(path);
  // Templates and public keys hold no secret.
  if (!parts.empty() && (parts.back().ends_with(".pub") || is_template(parts.back()))) read = false;
  for (const DangerFile& file : kFiles) {
    const bool counts = file.on_read ? read : write;
    if (counts && file_meets(file, parts)) add_danger(dangers, file.name);
  }
}

// `%00%00` at the beginning says only that it may be several words.
std::string_view as_one_word(std::string_view path) {
  while (path.size() > 1 && path[0] == kUnknownByte && path[1] == kUnknownByte) {
    path.remove_prefix(1);
  }
  return path;
}

}  // namespace

void add_danger(Dangers& dangers, std::string_view name) {
  if (std::ranges::find(dangers, name) == dangers.end()) dangers.push_back(name);
}

Dangers dangers_of_file(std::string_view path, bool write) {
  Dangers dangers;
  add_file_dangers(as_one_word(path), true, write, dangers);
  return dangers;
}

void add_dangers_of_argument(std::string_view program, std::string_view word, Dangers& dangers) {
  static constexpr std::string_view kSeparators = "=@:,";
  // More than anybody writes; what is too much to look at is taken for the worst.
  constexpr std::ptrdiff_t kPartsMax = 100;
  const auto parts = std::ranges::count_if(
      word, [](char c) { return c == '/' || kSeparators.find(c) != std::string_view::npos; });
  if (parts > kPartsMax) {
    for (const std::string_view name : file_danger_names()) add_danger(dangers, name);
    return;
  }
  const bool writes = std::ranges::find(kWriters, program) != kWriters.end();
  // What is told of a path in an argument: all of it, and what stands behind, before and between
  // separators.
  std::string_view path = as_one_word(word);
  while (true) {
    add_file_dangers(path, true, writes, dangers);
    const std::size_t at = path.find_first_of(kSeparators);
    if (at == std::string_view::npos) break;
    add_file_dangers(path.substr(0, at), true, writes, dangers);
    path.remove_prefix(at + 1);
  }
  if (word.size() > 2 && word[0] == '-' && word[1] != '-') {
    add_file_dangers(word.substr(2), true, writes, dangers);
  }
}

std::vector<std::string_view> file_danger_names() { return {kRead, kWrite, kRun, kNetwork, kDisk}; }

}  // namespace ringfence
