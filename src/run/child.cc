// SPDX-License-Identifier: Apache-2.0
#include "run/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ringfence {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

bool in_foreground() {
  return ::isatty(STDIN_FILENO) == 1 && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

// Only async-signal-safe calls between fork and exec.
[[noreturn]] void become(const std::vector<char*>& arguments, const std::vector<char*>& environment,
                         pid_t parent, bool foreground, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  ::setpgid(0, 0);
  if (foreground) ::tcsetpgrp(STDIN_FILENO, ::getpid());
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number :
       {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE, SIGCHLD, SIGCONT}) {
    ::signal(number, SIG_DFL);
  }
  ::execvpe(arguments[0], arguments.data(), environment.data());
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(report, &error, sizeof error);
  ::_exit(error == ENOENT ? 127 : 126);
}

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& command,
                           const std::vector<std::string>& environment) {
  const std::vector<char*> arguments = pointers(command);
  const std::vector<char*> variables = pointers(environment);
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) {
    return fail(ErrorCode::unavailable, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  const bool foreground = in_foreground();
  // Giving the terminal away makes us a background group; writing to it must not stop us.
  ::signal(SIGTTOU, SIG_IGN);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(arguments, variables, parent, foreground, report[1]);
  ::close(report[1]);
  if (pid < 0) {
    ::close(report[0]);
    return fail(ErrorCode::unavailable, std::string("cannot fork: ") + std::strerror(errno));
  }
  ::setpgid(pid, pid);
  Child child(pid, foreground);
  if (foreground) child.give_terminal();
  int error = 0;
  ssize_t got = 0;
  do {
    got = ::read(report[0], &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  ::close(report[0]);
  if (got != sizeof error) return child;
  ::waitpid(pid, nullptr, 0);
  child.take_terminal_back();
  return fail(error == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
              std::string("cannot start ") + command[0] + ": " + std::strerror(error));
}

void Child::give_terminal() const { ::tcsetpgrp(STDIN_FILENO, pid_); }

void Child::take_terminal_back() const {
  if (owns_terminal_) ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
}

std::optional<ChildExit> Child::reap() {
  std::optional<ChildExit> exit;
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
    if (pid != pid_) continue;
    if (WIFSTOPPED(status)) {
      take_terminal_back();
      ::raise(SIGSTOP);  // the shell sees its job stopped; we go on here after SIGCONT
      resume();
    } else if (WIFSIGNALED(status)) {
      exit = ChildExit{128 + WTERMSIG(status), true};
    } else {
      exit = ChildExit{WEXITSTATUS(status), false};
    }
  }
  if (exit) take_terminal_back();
  return exit;
}

void Child::resume() {
  if (owns_terminal_ && in_foreground()) give_terminal();
  signal(SIGCONT);
}

void Child::signal(int number) const { ::kill(-pid_, number); }

}  // namespace ringfence
