// SPDX-License-Identifier: Apache-2.0
#include "shell/leading.h"

#include <algorithm>
#include <array>

#include "shell/names.h"
#include "shell/options.h"

namespace ringfence::shell {
namespace {

struct Leading {
  std::string_view program;
  std::string_view options;
};

constexpr std::string_view kGit =
    "-C= -c= --work-tree= --namespace= --attr-source= -p -P --paginate --no-pager "
    "--no-replace-objects --bare --literal-pathspecs --glob-pathspecs --noglob-pathspecs "
    "--icase-pathspecs --no-optional-locks --no-lazy-fetch --no-advice --version! -v! --help! -h! "
    "--html-path! --man-path! --info-path!";
constexpr std::string_view kNpm =
    "-w= --workspace= -ws --workspaces -s --silent -q --quiet --verbose -d -dd -ddd --loglevel= "
    "--no-color --color --json -y --yes --offline --prefer-offline --registry= --ignore-scripts "
    "--no-audit --no-fund --if-present -g --global -v! --version! -h! --help!";
constexpr std::string_view kDocker =
    "-c= --context= -D --debug -H= --host= -l= --log-level= --tls --tlscacert= --tlscert= "
    "--tlskey= --tlsverify -v! --version! --help!";
constexpr std::string_view kKubectl =
    "--context= --cluster= --user= -n= --namespace= -s= --server= --request-timeout= --as= "
    "--as-group= --as-uid= --cache-dir= --certificate-authority= --client-certificate= "
    "--client-key= --insecure-skip-tls-verify --match-server-version --tls-server-name= -v= --v= "
    "--warnings-as-errors --help! -h! --version!";
constexpr std::string_view kPip =
    "-v --verbose -q --quiet --isolated --require-virtualenv --no-input --proxy= --retries= "
    "--timeout= --exists-action= --trusted-host= --cert= --client-cert= --cache-dir= "
    "--no-cache-dir --disable-pip-version-check --no-color --log= --debug -V! --version! -h! "
    "--help!";
constexpr std::string_view kApt =
    "-y --yes --assume-yes -q -qq --quiet -s --simulate --dry-run --no-install-recommends "
    "--install-recommends --no-install-suggests -f --fix-broken -m -d --download-only -V -t= "
    "--target-release= -v! --version! -h! --help!";
constexpr std::string_view kSystemctl =
    "--user --system -q --quiet --no-pager --no-block --no-wall --no-legend -a --all -l --full "
    "--now -n= --lines= -o= --output= -t= --type= --state= -p= --property= --failed --plain -r "
    "--recursive -f --force --version! -h! --help!";
constexpr std::string_view kAws =
    "--profile= --region= --output= --query= --endpoint-url= --no-verify-ssl --no-paginate "
    "--no-sign-request --ca-bundle= --cli-read-timeout= --cli-connect-timeout= --color= --debug "
    "--no-cli-pager --cli-binary-format= --no-cli-auto-prompt --version!";
constexpr std::string_view kGcloud =
    "--project= --account= -q --quiet --verbosity= --format= --configuration= --billing-project= "
    "--impersonate-service-account= --user-output-enabled --no-user-output-enabled --log-http -v! "
    "--version! -h! --help!";
constexpr std::string_view kCargo =
    "-v --verbose -vv -q --quiet --color= --locked --offline --frozen --list! -V! --version! -h! "
    "--help!";
constexpr std::string_view kTerraform = "-version! --version! -help! --help! -h!";

constexpr auto kLeading = std::to_array<Leading>({
    {"git", kGit},
    {"npm", kNpm},
    {"pnpm", kNpm},
    {"yarn", kNpm},
    {"docker", kDocker},
    {"podman", kDocker},
    {"kubectl", kKubectl},
    {"oc", kKubectl},
    {"gh", "-R= --repo= --version! -h! --help!"},
    {"cargo", kCargo},
    {"pip", kPip},
    {"pip3", kPip},
    {"apt", kApt},
    {"apt-get", kApt},
    {"systemctl", kSystemctl},
    {"aws", kAws},
    {"gcloud", kGcloud},
    {"terraform", kTerraform},
    {"tofu", kTerraform},
    {"helm", "-n= --namespace= --kube-context= --debug --burst-limit= --qps= -h! --help!"},
});

// Settings of git that start nothing, whatever their value.
constexpr auto kGitSettings = std::to_array<std::string_view>(
    {"user.name",          "user.email",      "author.name",        "author.email",
     "committer.name",     "committer.email", "color.ui",           "color.diff",
     "color.status",       "core.quotepath",  "core.autocrlf",      "core.safecrlf",
     "core.longpaths",     "core.filemode",   "core.ignorecase",    "core.abbrev",
     "init.defaultbranch", "log.date",        "log.decorate",       "log.showsignature",
     "pull.rebase",        "pull.ff",         "push.default",       "merge.conflictstyle",
     "rebase.autostash",   "gc.auto",         "diff.renames",       "status.short",
     "column.ui",          "http.version",    "http.lowspeedlimit", "http.lowspeedtime",
     "fetch.prune"});

void check_git_setting(const Word& value, Sink& sink) {
  const std::string_view text = value.text;
  const std::size_t equals = std::min(text.find('='), text.size());
  std::string key(text.substr(0, equals));
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const bool safe = std::ranges::find(kGitSettings, key) != kGitSettings.end() ||
                    key.starts_with("advice.") || text == "commit.gpgsign=false" ||
                    text == "tag.gpgsign=false";
  if (!safe) sink.refuse("git: a setting given with -c is not known, or it may start programs");
}

struct Starting {
  std::string_view program;
  std::string_view subcommand;  // empty: any
  std::string_view options;     // a word without a dash: this operand
};
constexpr auto kStarting = std::to_array<Starting>({
    {"git", "rebase", "-x --exec"},
    {"git", "clone", "-c --config -u --upload-pack --template"},
    {"git", "fetch", "--upload-pack"},
    {"git", "pull", "--upload-pack"},
    {"git", "ls-remote", "--upload-pack --exec"},
    {"git", "fetch-pack", "--upload-pack --exec"},
    {"git", "push", "--receive-pack --exec"},
    {"git", "send-pack", "--receive-pack --exec"},
    {"git", "archive", "--exec"},
    {"git", "grep", "-O --open-files-in-pager"},
    {"git", "difftool", "-x --extcmd -t --tool"},
    {"git", "mergetool", "-t --tool"},
    {"git", "init", "--template"},
    {"git", "remote-ext", "*"},
    {"git", "submodule--helper", "*"},
    {"git", "instaweb", "*"},
    {"git", "daemon", "*"},
    {"git", "svn", "*"},
    {"git", "submodule", "foreach"},
    {"git", "bisect", "run"},
    {"git", "hook", "run"},
    {"git", "filter-branch", "*"},
    {"git", "for-each-repo", "*"},
    {"git", "shell", "*"},
    {"git", "credential-cache", "*"},
    {"git", "send-email", "--smtp-server --sendmail-cmd --to-cmd --cc-cmd --header-cmd"},
    {"npm", "",
     "--script-shell --node-options --userconfig --globalconfig --git --editor --viewer "
     "--shell --prefix"},
    {"pnpm", "", "--script-shell --node-options --shell-mode"},
    {"apt", "", "-o --option -c --config-file"},
    {"apt-get", "", "-o --option -c --config-file"},
    {"tar", "",
     "-I -F --use-compress-program --to-command --checkpoint-action --rsh-command "
     "--info-script --new-volume-script --rmt-command"},
    {"ssh", "", "-o -F"},
    {"scp", "", "-o -F -S"},
    {"sftp", "", "-o -F -S -D"},
    {"rsync", "", "-e --rsh --rsync-path --config --early-exec"},
    {"sort", "", "--compress-program"},
    {"man", "", "-P -H --pager --html -X"},
    {"zip", "", "-T --unzip-command"},
    {"wget", "", "--use-askpass -e --execute --config"},
    {"split", "", "--filter"},
    {"cargo", "", "--config"},
    {"kubectl", "", "--kubeconfig"},
    {"pip", "", "--python"},
    {"pip3", "", "--python"},
    {"rg", "", "--pre --hostname-bin"},
    {"fd", "", "-x -X --exec --exec-batch"},
    {"fdfind", "", "-x -X --exec --exec-batch"},
    {"go", "", "-exec -toolexec -vettool"},
    {"go", "env", "-w"},
});

// bsdtar and gtar take what tar takes.
std::string_view plain_program(std::string_view program) {
  return program == "bsdtar" || program == "gtar" || program == "gnutar" ? "tar" : program;
}

// `-e ssh` is what rsync would do by itself.
bool harmless(const Command& command, std::size_t i) {
  if (command.program != "rsync") return false;
  const Word& word = command.args[i];
  if (word.is("-essh") || word.is("--rsh=ssh")) return true;
  return !word.open() && !word.text.starts_with("--") && word.text.ends_with('e') &&
         word.text.find('e') + 1 == word.text.size() && i + 1 < command.args.size() &&
         command.args[i + 1].is("ssh");
}

bool starts_with_option(const Command& command, std::size_t i, std::string_view option) {
  const Word& word = command.args[i];
  if (option == "*") return true;
  if (!option.starts_with('-')) return word.open() || word.text == option;
  // The first word of tar may be a bundle without its dash.
  if (plain_program(command.program) == "tar" && i == 0 && option.size() == 2) {
    return word.open() ||
           (!word.text.starts_with("--") && word.text.find(option[1]) != std::string::npos);
  }
  return may_be_option(word, option);
}

void check_starting(const Command& command, const Starting& rule, Sink& sink) {
  for (std::size_t i = rule.subcommand.empty() ? 0 : 1; i < command.args.size(); ++i) {
    // What follows `--` counts too: it may be the value of an option, which ends nothing.
    std::string_view options = rule.options;
    while (!options.empty()) {
      const std::size_t space = std::min(options.find(' '), options.size());
      if (starts_with_option(command, i, options.substr(0, space)) && !harmless(command, i)) {
        return sink.refuse(fmt::format("{}: {} may start another program", command.program,
                                       command.args[i].open()
                                           ? "an expansion (put plain text before it, such as ./ )"
                                           : fmt::format("{}", options.substr(0, space))));
      }
      options.remove_prefix(std::min(space + 1, options.size()));
    }
  }
  if (rule.options == "*") {
    sink.refuse(fmt::format("{} {} starts other programs", rule.program, rule.subcommand));
  }
}

}  // namespace

void skip_leading(std::vector<Word>& words, Sink& sink) {
  const std::string program = program_name(words[0].text);
  const auto leading = std::ranges::find(kLeading, program, &Leading::program);
  if (leading == kLeading.end()) return;
  std::vector<Word> scanned = words;
  if (program == "cargo" && words.size() > 1 && words[1].text.starts_with('+') &&
      !words[1].dynamic()) {
    scanned.erase(scanned.begin() + 1);  // the toolchain
  }
  const Operands operands = skip_options(scanned, leading->options, sink);
  if (sink.refused()) return;
  for (const SeenOption& option : operands.options) {
    if (program == "git" && option.name == "-c") check_git_setting(*option.value, sink);
  }
  if (operands.first < scanned.size() && scanned[operands.first].dynamic()) {
    return sink.refuse(fmt::format("{}: an expansion stands where its command should", program));
  }
  std::vector<Word> kept{words[0]};
  kept.insert(kept.end(), scanned.begin() + static_cast<std::ptrdiff_t>(operands.first),
              scanned.end());
  words = std::move(kept);
}

void refuse_starting_options(const Command& command, Sink& sink) {
  for (const Starting& rule : kStarting) {
    if (rule.program != plain_program(command.program)) continue;
    if (!rule.subcommand.empty() &&
        (command.args.empty() || command.args[0].text != rule.subcommand)) {
      continue;
    }
    check_starting(command, rule, sink);
  }
}

}  // namespace ringfence::shell
