// SPDX-License-Identifier: Apache-2.0
#include "auth/key_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "base/bytes.h"

extern char** environ;

namespace ringfence::auth {
namespace {

using Clock = std::chrono::steady_clock;

// Reaps the command on every way out, with all of its process group.
class Command {
 public:
  static Result<Command> start(const std::vector<std::string>& words) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail(ErrorCode::unavailable, "could not be started");
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::vector<char*> argv;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_t pid = -1;
    const int error =
        ::posix_spawnp(&pid, argv.front(), &actions, &attributes, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    ::close(ends[1]);
    if (error != 0) {
      ::close(ends[0]);
      return fail(error == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                  "could not be started");
    }
    return Command(pid, ends[0]);
  }

  Command(Command&& other) noexcept : pid_(other.pid_), out_(other.out_) {
    other.pid_ = other.out_ = -1;
  }
  Command& operator=(Command&&) = delete;
  ~Command() {
    if (out_ >= 0) ::close(out_);
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    reap();
  }

  // Appends what it prints until it ends or `until` comes.
  Result<void> read(std::string& text, std::size_t bytes_max, Clock::time_point until) const {
    for (char buffer[512];;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
      pollfd ready{.fd = out_, .events = POLLIN, .revents = 0};
      const int polled = left > 0 ? ::poll(&ready, 1, static_cast<int>(left)) : 0;
      if (polled < 0 && errno == EINTR) continue;
      if (polled <= 0) return fail(ErrorCode::unavailable, "took too long");
      const ssize_t got = ::read(out_, buffer, sizeof(buffer));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(ErrorCode::unavailable, "could not be read");
      if (got == 0) return {};
      text.append(buffer, static_cast<std::size_t>(got));
      if (text.size() > bytes_max) return fail(ErrorCode::too_large, "printed too much");
    }
  }

  // Its exit code, or -1 when it was killed. It has closed its output and may still run.
  std::optional<int> exit_code(Clock::time_point until) {
    for (;;) {
      int status = 0;
      const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
      if (ended == pid_) {
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
      if (ended < 0 && errno != EINTR) return std::nullopt;
      if (Clock::now() >= until) return std::nullopt;
      ::poll(nullptr, 0, 5);
    }
  }

 private:
  Command(pid_t pid, int out) : pid_(pid), out_(out) {}
  void reap() const {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }

  pid_t pid_;
  int out_;
};

}  // namespace

Result<std::string> output_of_command(const std::vector<std::string>& words, std::size_t bytes_max,
                                      Duration time_max) {
  if (words.empty()) return invalid("names no program");
  auto command = Command::start(words);
  if (!command) return std::unexpected(command.error());
  const auto until = Clock::now() + std::chrono::microseconds(time_max.us);
  std::string text;
  if (auto read = command->read(text, bytes_max, until); !read) {
    wipe(text);
    return std::unexpected(read.error());
  }
  const auto code = command->exit_code(until);
  if (code == 0) return text;
  wipe(text);
  if (!code) return fail(ErrorCode::unavailable, "took too long");
  return fail(ErrorCode::unavailable, *code < 0 ? std::string("was killed")
                                                : "failed with exit code " + std::to_string(*code));
}

}  // namespace ringfence::auth
