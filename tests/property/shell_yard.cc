// SPDX-License-Identifier: Apache-2.0
#include "tests/property/shell_yard.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "base/clock.h"
#include "base/file.h"
#include "run/process_tree.h"

namespace ringfence::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kLineTimeMs = 20'000;
constexpr rlim_t kProcessesMax = 100;
constexpr rlim_t kCpuSecondsMax = 10;
constexpr rlim_t kFileBytesMax = 1 << 20;
constexpr uid_t kUidFirst = 20'000;  // 16 bits, as containers map no more
constexpr uid_t kUids = 40'000;
constexpr int kKillTriesMax = 2'000;

std::int64_t now_ms() { return SystemClock::read().monotonic.whole_ms(); }

bool limit(__rlimit_resource what, rlim_t most) {
  const rlimit wanted{most, most};
  return ::setrlimit(what, &wanted) == 0;
}

// Tasks of the whole system, which those of our user are among.
rlim_t tasks_alive() {
  const auto load = read_file("/proc/loadavg", 256);
  if (!load) return 0;
  const std::size_t slash = load->find('/');
  return slash == std::string::npos ? 0 : std::strtoul(load->c_str() + slash + 1, nullptr, 10);
}

sigset_t child_ends() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  return set;
}

// Whether children are left.
bool reap() {
  pid_t pid = 0;
  do {
    pid = ::waitpid(-1, nullptr, WNOHANG);
  } while (pid > 0 || (pid < 0 && errno == EINTR));
  return pid == 0;
}

// The keeper is the subreaper: no child left is nothing left. It does not outlive the test.
bool wait_for_all(std::int64_t deadline, pid_t test) {
  while (reap()) {
    if (now_ms() >= deadline || ::getppid() != test) return false;
    const timespec look_again{0, 20'000'000};
    const sigset_t ends = child_ends();
    ::sigtimedwait(&ends, nullptr, &look_again);
  }
  return true;
}

void kill_all(pid_t group) {
  if (group > 1) ::kill(-group, SIGKILL);
  for (int i = 0; reap(); ++i) {
    if (i == kKillTriesMax) ::_exit(3);
    signal_descendants(SIGSTOP);
    signal_descendants(SIGKILL);
    ::poll(nullptr, 0, 1);
  }
}

}  // namespace

ShellYard::ShellYard(std::span<const std::string_view> programs) {
  std::string name = (fs::temp_directory_path() / "rf-shell-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw fs::filesystem_error("mkdtemp", name, {});
  root_ = name;
  // Nobody's uid may be shared with others, whose processes would count against the limit.
  if (::getuid() == 0) uid_ = kUidFirst + static_cast<uid_t>(::getpid()) % kUids;
  fs::permissions(root_, fs::perms{0755});
  for (const char* folder : {"bin", "home", "lines"}) fs::create_directory(root_ / folder);
  mark("");
  fs::copy_file(RF_SHELL_STUB, root_ / "stub");
  fs::permissions(root_ / "stub", fs::perms{0755});
  for (const std::string_view program : programs) {
    fs::create_hard_link(root_ / "stub", root_ / "bin" / program);
  }
  if (uid_ == 0) return;
  for (const char* own : {"home", "lines", "log"}) {
    if (::chown((root_ / own).c_str(), uid_, uid_) != 0) ADD_FAILURE() << "chown " << own;
  }
}

ShellYard::~ShellYard() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void ShellYard::mark(std::string_view text) const {
  std::ofstream(root_ / "log", std::ios::app) << text;
}

bool ShellYard::become_nobody() const {
  const rlim_t most = uid_ != 0 ? kProcessesMax : tasks_alive() + kProcessesMax;
  if (!limit(RLIMIT_NPROC, most) || !limit(RLIMIT_CPU, kCpuSecondsMax) ||
      !limit(RLIMIT_FSIZE, kFileBytesMax) || !limit(RLIMIT_CORE, 0)) {
    return false;
  }
  if (uid_ == 0) return ::getuid() != 0;
  return ::setgroups(0, nullptr) == 0 && ::setresgid(uid_, uid_, uid_) == 0 &&
         ::setresuid(uid_, uid_, uid_) == 0 && ::getuid() == uid_ && ::setuid(0) != 0;
}

bool ShellYard::keep_line(const std::string& line, std::size_t number) const {
  const std::string folder = (root_ / "lines" / std::to_string(number)).string();
  if (!fs::create_directory(folder)) ::_exit(2);
  mark("=" + std::to_string(number) + "\n");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  std::string words[] = {"bash", "-c", line};
  std::string variables[] = {"PATH=" + (root_ / "bin").string(),
                             "HOME=" + (root_ / "home").string()};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  char* environment[] = {variables[0].data(), variables[1].data(), nullptr};
  pid_t pid = -1;
  if (::posix_spawn(&pid, "/usr/bin/bash", &actions, &attributes, argv, environment) != 0) {
    ::_exit(2);
  }
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  const bool ended = wait_for_all(now_ms() + kLineTimeMs, test_);
  if (!ended) kill_all(pid);
  return ended;
}

// In a process of its own, which ends with everything below it.
void ShellYard::keep(std::span<const std::string> lines) const {
  const sigset_t ends = child_ends();
  ::sigprocmask(SIG_BLOCK, &ends, nullptr);
  if (!become_subreaper() || !become_nobody()) ::_exit(2);
  for (std::size_t i = 0; i < lines.size() && ::getppid() == test_; ++i) {
    if (!keep_line(lines[i], i)) mark("!\n");
    std::error_code ignored;
    fs::remove_all(root_ / "lines" / std::to_string(i), ignored);
  }
  ::_exit(0);
}

std::vector<ShellYard::Run> ShellYard::run(std::span<const std::string> lines) const {
  std::ofstream(root_ / "log", std::ios::trunc).close();
  const pid_t keeper = ::fork();
  if (keeper == 0) keep(lines);
  int status = -1;
  while (::waitpid(keeper, &status, 0) < 0 && errno == EINTR) {
  }
  EXPECT_EQ(status, 0) << "the keeper of the lines failed";
  std::vector<Run> runs;
  std::ifstream log(root_ / "log");
  for (std::string line; std::getline(log, line);) {
    if (line.starts_with('=')) {
      runs.push_back({{}, true});
    } else if (line == "!") {
      runs.back().ended = false;
    } else if (!runs.empty()) {
      runs.back().started.insert(line);
    }
  }
  return runs;
}

}  // namespace ringfence::testing
