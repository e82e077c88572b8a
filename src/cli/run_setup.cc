// SPDX-License-Identifier: Apache-2.0
#include "cli/run_setup.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/file.h"
#include "base/path.h"
#include "base/time.h"
#include "base/unit.h"
#include "cli/api_client.h"
#include "cli/daemon.h"
#include "cli/exit_code.h"
#include "policy/starter.h"

namespace ringfence {
namespace {

constexpr std::size_t kReportMax = 16 * 1024;

// Whether the daemon that wrote the file still answers, and under which policy.
Result<std::string> policy_of(const DaemonFile& daemon) {
  ApiClient client = ApiClient::on_socket(daemon.socket);
  const auto answer = client.call("GET", "/api/v1/policy");
  if (!answer) return std::unexpected(answer.error());
  if (!answer->ok()) {
    return fail(ErrorCode::unavailable, "the daemon on " + daemon.socket + " refuses us");
  }
  return text_of(answer->json, "sha256");
}

class StartLock {
 public:
  explicit StartLock(const std::string& data_dir)
      : file_(::open((data_dir + "/start.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (file_.ok()) ::flock(file_.get(), LOCK_EX);
  }

 private:
  const Descriptor file_;
};

[[noreturn]] void become_daemon(const std::vector<std::string>& arguments, int log) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  std::vector<char*> list;
  for (const std::string& text : arguments) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  ::execv("/proc/self/exe", list.data());
  ::_exit(127);
}

std::string read_report(int fd) {
  std::string text;
  char chunk[1'024];
  for (;;) {
    const ssize_t got = ::read(fd, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || text.size() > kReportMax) return text;
    text.append(chunk, static_cast<std::size_t>(got));
  }
}

Result<void> start_daemon(const RunOptions& options) {
  int pipe[2];
  if (::pipe(pipe) != 0) return fail(ErrorCode::unavailable, std::strerror(errno), "pipe");
  ::fcntl(pipe[0], F_SETFD, FD_CLOEXEC);
  const std::string log_path = options.where.data + "/daemon.log";
  const int log = ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return fail(ErrorCode::unavailable, std::strerror(errno), log_path);
  std::vector<std::string> arguments{
      "ringfence",   "serve",      "--detached",           "--data", options.where.data, "--listen",
      "127.0.0.1:0", "--ready-fd", std::to_string(pipe[1])};
  if (!options.policy.empty()) {
    arguments.insert(arguments.end(), {"--policy", options.policy});
  }
  const pid_t pid = ::fork();
  if (pid == 0) {
    // A second fork, so that the daemon is nobody's child and outlives us.
    if (::fork() == 0) become_daemon(arguments, log);
    ::_exit(0);
  }
  ::close(pipe[1]);
  ::close(log);
  if (pid > 0) ::waitpid(pid, nullptr, 0);
  const std::string report = pid > 0 ? read_report(pipe[0]) : std::string();
  ::close(pipe[0]);
  if (report == "ready\n") return {};
  if (report.empty()) {
    return fail(ErrorCode::unavailable, "the daemon did not start; see " + log_path);
  }
  const std::size_t space = std::min(report.find(' '), report.size() - 1);
  const bool wrong = report.substr(0, space) == std::to_string(kExitUsage);
  const std::size_t end = report.find_last_not_of('\n') + 1;
  return fail(wrong ? ErrorCode::invalid : ErrorCode::unavailable,
              report.substr(space + 1, end - std::min(end, space + 1)));
}

Result<DaemonFile> living_daemon(const std::string& data_dir, const std::string& wanted_policy) {
  auto daemon = read_daemon_file(data_dir);
  if (!daemon) return daemon;
  const auto policy = policy_of(*daemon);
  if (!policy) return std::unexpected(policy.error());
  if (!wanted_policy.empty() && *policy != wanted_policy) {
    return fail(ErrorCode::conflict,
                "the daemon on " + data_dir + " (pid " + std::to_string(daemon->pid) +
                    ") runs under another policy; end it, or use another --data");
  }
  return daemon;
}

}  // namespace

Result<DaemonFile> find_or_start_daemon(const RunOptions& options) {
  const std::string& data_dir = options.where.data;
  std::string wanted;
  if (!options.policy.empty()) {
    const auto file = load_policy_file(options.policy, data_dir);
    if (!file) return std::unexpected(file.error());
    wanted = to_hex(sha256(file->text));
  }
  if (auto made = make_directories(data_dir); !made) return std::unexpected(made.error());
  const StartLock lock(data_dir);
  auto daemon = living_daemon(data_dir, wanted);
  if (daemon || daemon.error().code == ErrorCode::conflict) return daemon;
  if (auto started = start_daemon(options); !started) return std::unexpected(started.error());
  return living_daemon(data_dir, wanted);
}

Result<UnitAmount> parse_unit_amount(const std::string& text, const std::string& option) {
  const std::size_t equals = text.find('=');
  UnitAmount parsed;
  if (equals != std::string::npos) {
    parsed = {text.substr(0, equals), text.substr(equals + 1)};
  }
  const auto unit = UnitTable().find(parsed.unit);
  // A declared unit counts whole items, like all built-in ones but usd and seconds.
  const auto amount = parse_amount(unit.value_or(kCalls), parsed.amount);
  if (parsed.unit.empty() || !amount) {
    return invalid("expected UNIT=AMOUNT such as usd=0.50 or calls=100, found '" + text + "'",
                   option);
  }
  return parsed;
}

Result<Json> run_request(const RunOptions& options) {
  if (options.command.empty() && !options.print_env) {
    return invalid("is missing; it stands after --", "command");
  }
  Json body;
  body.set("account", options.account.empty() ? std::string(kStarterAccount) : options.account);
  Json budgets(Json::Array{});
  for (const std::string& text : options.budgets) {
    const auto budget = parse_unit_amount(text, "--budget");
    if (!budget) return std::unexpected(budget.error());
    Json entry;
    const bool scaled = budget->unit == "usd" || budget->unit == "seconds";
    entry.set("unit", budget->unit);
    entry.set("cap", scaled ? Json(budget->amount) : Json(Json::Number{budget->amount}));
    budgets.push(std::move(entry));
  }
  body.set("budgets", std::move(budgets));
  Json labels(Json::Object{});
  for (const std::string& text : options.labels) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return invalid("expected NAME=VALUE, found '" + text + "'", "--label");
    }
    labels.set(text.substr(0, equals), text.substr(equals + 1));
  }
  body.set("labels", std::move(labels));
  if (options.print_env) body.set("lease", "none");
  if (!options.ttl.empty()) {
    const auto ttl = parse_duration(options.ttl);
    if (!ttl) return invalid(ttl.error().message, "--ttl");
    body.set("ttl_seconds", ttl->us / Duration::seconds(1).us);
  }
  return body;
}

}  // namespace ringfence
