// SPDX-License-Identifier: Apache-2.0
#include "shell/names.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace ringfence::shell {
namespace {

constexpr auto kPosixShells = std::to_array<std::string_view>(
    {"sh",    "bash", "dash",  "ash",  "ksh",   "ksh93", "mksh", "lksh",
     "pdksh", "oksh", "loksh", "rksh", "rbash", "rzsh",  "zsh",  "yash",
     "posh",  "hush", "osh",   "bosh", "pbosh", "sash",  "gwsh"});
constexpr auto kOtherShells = std::to_array<std::string_view>(
    {"fish", "csh", "tcsh", "bcsh", "rc", "es", "nu", "nushell", "elvish", "xonsh", "ion", "oil",
     "ysh", "murex", "ngs", "pwsh", "powershell", "cmd"});

constexpr auto kGuarded = std::to_array<std::string_view>({
    // which program a name starts
    "PATH",
    "IFS",
    "ENV",
    "HOME",
    "SHELL",
    "CDPATH",
    "GLOBIGNORE",
    "EXECIGNORE",
    "FPATH",
    "ZDOTDIR",
    "PATHEXT",
    "COMSPEC",
    "SHELLOPTS",
    "BASHOPTS",
    "BASH_ENV",
    "PROMPT_COMMAND",
    "POSIXLY_CORRECT",
    // programs that others start
    "PAGER",
    "MANPAGER",
    "SYSTEMD_PAGER",
    "EDITOR",
    "VISUAL",
    "FCEDIT",
    "SUDO_EDITOR",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "LESS",
    "LESSKEY",
    "MORE",
    "MANOPT",
    "TAR_OPTIONS",
    "RSYNC_RSH",
    "CVS_RSH",
    "SVN_SSH",
    "MAKEFLAGS",
    "GNUMAKEFLAGS",
    "MAKEFILES",
    "EXINIT",
    "VIMINIT",
    "NODE_PATH",
    "NODE_OPTIONS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "CLASSPATH",
    "MAVEN_OPTS",
    "GRADLE_OPTS",
    "GOFLAGS",
    "KUBECONFIG",
    "KUBE_EDITOR",
    "GH_PAGER",
    "GH_EDITOR",
    "GH_BROWSER",
    "GH_CONFIG_DIR",
    "GLAB_PAGER",
    "GCONV_PATH",
    "LOCPATH",
    "NLSPATH",
    "TERMINFO",
    "TERMCAP",
    "HOSTALIASES",
    "INPUTRC",
    "WGETRC",
    "CURL_HOME",
    "SCREENRC",
    "LUA_INIT",
    "LUA_PATH",
    "LUA_CPATH",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "GNUPGHOME",
    "TMUX",
    "PHP_INI_SCAN_DIR",
    "PHPRC",
    // assigning to these is arithmetic, which may run commands
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "LINENO",
    "OPTIND",
    "HISTCMD",
    "BASHPID",
    "PPID",
    "UID",
    "EUID",
    "TMOUT",
    "HISTSIZE",
    "HISTFILESIZE",
    "FUNCNEST",
    "DIRSTACK",
    "GROUPS",
    "PS0",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "RPS1",
    "RPROMPT",
    "PROMPT",
    "READNULLCMD",
    "NULLCMD",
    // compilers, tools and their settings
    "ZIP",
    "ZIPOPT",
    "UNZIP",
    "UNZIPOPT",
    "RIPGREP_CONFIG_PATH",
    "CC",
    "CXX",
    "CPP",
    "AR",
    "LD",
    "PSQLRC",
    "JAVA_HOME",
    "JAVACMD",
    "GRADLE_USER_HOME",
    "GOTOOLCHAIN",
    "GOROOT",
    "GOENV",
    "GOPROXY",
    "GCC_EXEC_PREFIX",
    "COMPILER_PATH",
    "BAT_PAGER",
    "DELTA_PAGER",
    "AWS_PAGER",
    "PSQL_PAGER",
});
constexpr auto kGuardedPrefixes =
    std::to_array<std::string_view>({"LD_",          "DYLD_",
                                     "BASH_",        "GIT_",
                                     "PYTHON",       "PERL",
                                     "RUBY",         "GEM_",
                                     "BUNDLE_",      "NPM_CONFIG_",
                                     "CARGO_",       "RUSTC",
                                     "SSH_",         "SUDO_",
                                     "DOCKER_",      "AWS_CONFIG",
                                     "AWS_SHARED",   "XDG_",
                                     "MALLOC_",      "GLIBC_",
                                     "GTK_",         "QT_",
                                     "DOTNET_",      "COR_",
                                     "CORECLR_",     "ANSIBLE_",
                                     "TF_CLI_",      "HELM_",
                                     "PIP_",         "UV_",
                                     "YARN_",        "PNPM_",
                                     "COMP_",        "TERRAFORM_CONFIG",
                                     "CLOUDSDK_",    "EPOCH",
                                     "ASAN_OPTIONS", "LESS",
                                     "RUSTUP_",      "MAVEN_",
                                     "CCACHE_",      "PYTEST_",
                                     "FZF_DEFAULT_"});
// Under a guarded prefix, and harmless.
constexpr auto kHarmless = std::to_array<std::string_view>(
    {"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME",
     "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE", "GIT_TERMINAL_PROMPT", "GIT_OPTIONAL_LOCKS",
     "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "PYTHONIOENCODING",
     "CARGO_TERM_COLOR", "CARGO_INCREMENTAL", "CARGO_NET_OFFLINE", "DOCKER_BUILDKIT",
     "DOTNET_CLI_TELEMETRY_OPTOUT"});

bool contains(const auto& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

// bash-5.2, zsh-static and bash.exe are the shells they say.
std::string_view plain_name(std::string_view program) {
  if (program.ends_with(".exe")) program.remove_suffix(4);
  if (program.ends_with("-static")) program.remove_suffix(7);
  if (program.starts_with("static-")) program.remove_prefix(7);
  if (contains(kPosixShells, program)) return program;
  while (!program.empty() && (std::isdigit(static_cast<unsigned char>(program.back())) != 0 ||
                              program.back() == '.' || program.back() == '-')) {
    program.remove_suffix(1);
  }
  return program;
}

}  // namespace

std::string program_name(std::string_view path) {
  std::string name(path.substr(path.rfind('/') + 1));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

bool is_posix_shell(std::string_view program) {
  return contains(kPosixShells, plain_name(program));
}

bool is_shell(std::string_view program) {
  return is_posix_shell(program) || contains(kOtherShells, plain_name(program));
}

bool is_identifier(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (name.empty() || !letter(name.front())) return false;
  return std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_guarded_variable(std::string_view name) {
  if (contains(kHarmless, name)) return false;
  std::string upper(name);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  // zsh ties `path` and `fpath` to PATH and FPATH; npm reads its settings in either case.
  if (name == "path" || name == "fpath" || name == "cdpath") return true;
  const bool settings = upper.starts_with("NPM_CONFIG_") || upper == "HTTP_PROXY" ||
                        upper == "HTTPS_PROXY" || upper == "ALL_PROXY" || upper == "FTP_PROXY";
  return settings || contains(kGuarded, name) ||
         std::ranges::any_of(kGuardedPrefixes,
                             [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace ringfence::shell
