// SPDX-License-Identifier: Apache-2.0
#include "guard/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "guard/answer.h"
#include "guard/question.h"
#include "run/process_tree.h"

namespace ringfence::guard {
namespace {

constexpr int kSocket = STDIN_FILENO;
// So often the tasks of the system are looked at, for a guard that multiplies: where we are root no
// limit of the kernel stops it.
constexpr std::int64_t kLookEveryMs = 5;
constexpr int kLooksPerCount = 20;
constexpr int kKillRetryMsMax = 500;
constexpr int kStopPassesMax = 100;
constexpr int kUrgent = -10;  // where it may: a crowd must not keep its keeper from running
constexpr rlim_t kFilesMax = 256;
constexpr rlim_t kDataMax = rlim_t{2} << 30;

std::int64_t now_ms() { return SystemClock::read().monotonic.whole_ms(); }

void limit(int what, rlim_t most) {
  rlimit now{};
  if (::getrlimit(static_cast<__rlimit_resource>(what), &now) == 0) {
    most = std::min(most, now.rlim_max);
  }
  const rlimit wanted{most, most};
  ::setrlimit(static_cast<__rlimit_resource>(what), &wanted);
}

// Tasks of the whole system, which those of our user are among; 0: unknown.
rlim_t tasks_alive() {
  const auto load = read_file("/proc/loadavg", 256);
  if (!load) return 0;
  const std::size_t slash = load->find('/');
  rlim_t tasks = 0;
  if (slash != std::string::npos) {
    std::from_chars(load->data() + slash + 1, load->data() + load->size(), tasks);
  }
  return tasks;
}

struct Pipe {
  int read = -1;
  int write = -1;
  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
};

void close_now(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

// What the child needs; nothing is allocated between fork and exec.
struct Becoming {
  char* const* command;
  int input;
  int output;
  int report;
  rlim_t tasks_max;  // 0: unknown
  rlim_t seconds_max;
  int priority;
  pid_t keeper;
};

[[noreturn]] void become(const Becoming& of) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != of.keeper) ::_exit(127);
  const int nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(of.input, STDIN_FILENO);
  ::dup2(of.output, STDOUT_FILENO);
  ::dup2(nothing, STDERR_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, kFilesMax);
  limit(RLIMIT_DATA, kDataMax);
  limit(RLIMIT_CPU, of.seconds_max);
  if (of.tasks_max > 0) limit(RLIMIT_NPROC, of.tasks_max);
  ::setpriority(PRIO_PROCESS, 0, of.priority);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::umask(077);
  if (::chdir("/") == 0) ::execve(of.command[0], of.command, environ);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(of.report, &error, sizeof error);
  ::_exit(126);
}

class Keeper {
 public:
  Keeper(std::int64_t time_ms, std::size_t question_bytes, char* const* command)
      : deadline_(now_ms() + time_ms),
        time_ms_(time_ms),
        question_bytes_(question_bytes),
        command_(command) {}

  int run() {
    const int priority = ::getpriority(PRIO_PROCESS, 0);
    ::setpriority(PRIO_PROCESS, 0, priority + kUrgent);
    limit(RLIMIT_CORE, 0);
    ::signal(SIGPIPE, SIG_IGN);
    if (!become_subreaper() || !listen_to_signals()) return 1;
    // The daemon's end closes the socket; should another process hold it open, this tells too. Not
    // SIGKILL: what the guard started is still to be ended.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (!read_question()) return 1;
    const std::optional<Outcome> outcome = start(priority) ? watch() : Outcome::unstarted;
    end_all();
    if (outcome) tell(*outcome);
    return 0;
  }

 private:
  bool listen_to_signals() {
    sigset_t heard;
    ::sigemptyset(&heard);
    for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&heard, number);
    ::sigprocmask(SIG_BLOCK, &heard, nullptr);
    signals_ = ::signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
    return signals_ >= 0;
  }

  // It is handed over at once; a daemon that ends meanwhile closes the socket.
  bool read_question() {
    question_.resize(question_bytes_);
    for (std::size_t at = 0; at < question_.size();) {
      const ssize_t got = ::read(kSocket, question_.data() + at, question_.size() - at);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      at += static_cast<std::size_t>(got);
    }
    return true;
  }

  bool start(int priority) {
    Pipe input, output, report;
    if (!input.open() || !output.open() || !report.open()) return false;
    const rlim_t tasks = tasks_of_others_ = tasks_alive();
    const Becoming becoming{.command = command_,
                            .input = input.read,
                            .output = output.write,
                            .report = report.write,
                            .tasks_max = tasks > 0 ? tasks + kProcessesMax : 0,
                            .seconds_max = static_cast<rlim_t>(time_ms_ / 1'000 + 2),
                            .priority = priority,
                            .keeper = ::getpid()};
    pid_ = ::fork();
    if (pid_ == 0) become(becoming);
    close_now(input.read);
    close_now(output.write);
    close_now(report.write);
    to_guard_ = input.write;
    from_guard_ = output.read;
    if (pid_ < 0) return false;
    int error = 0;
    ssize_t got = 0;
    do {
      got = ::read(report.read, &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    close_now(report.read);
    ::fcntl(to_guard_, F_SETFL, O_NONBLOCK);
    ::fcntl(from_guard_, F_SETFL, O_NONBLOCK);
    return got != sizeof error;
  }

  // Nothing: nobody waits for an outcome any more.
  std::optional<Outcome> watch() {
    std::int64_t look_at = now_ms() + kLookEveryMs;
    for (;;) {
      if (const auto ended = outcome_of_end()) return ended;
      const std::int64_t now = now_ms();
      if (now >= deadline_) return Outcome::late;
      if (now >= look_at) {
        if (crowded()) return Outcome::crowded;
        look_at = now + kLookEveryMs;
      }
      std::array<pollfd, 4> watched{{{signals_, POLLIN, 0},
                                     {kSocket, POLLIN, 0},
                                     {from_guard_, POLLIN, 0},
                                     {to_guard_, POLLOUT, 0}}};
      const std::int64_t wait = std::min(deadline_, look_at) - now;
      if (::poll(watched.data(), watched.size(), static_cast<int>(wait)) <= 0) continue;
      if (watched[0].revents != 0 && told_to_end()) return std::nullopt;
      if (watched[1].revents != 0) return std::nullopt;  // nothing more is ever sent
      if (watched[2].revents != 0 && !read_some()) return Outcome::flooded;
      if (watched[3].revents != 0) write_some();
    }
  }

  // All processes are gone through only now and then, and at once when there are many more in the
  // system than those of others: these may end while ours multiply.
  bool crowded() {
    const rlim_t tasks = tasks_alive();
    const bool count = ++looks_ % kLooksPerCount == 0 || tasks == 0;
    if (!count && tasks <= tasks_of_others_ + kProcessesMax / 2) return false;
    const std::size_t ours = descendants(::getpid()).size();
    if (ours > kProcessesMax) return true;
    tasks_of_others_ = tasks - std::min<rlim_t>(tasks, ours);
    return false;
  }

  bool told_to_end() {
    signalfd_siginfo info{};
    bool end = false;
    while (::read(signals_, &info, sizeof info) == sizeof info) {
      end = end || info.ssi_signo != SIGCHLD;
    }
    return end;
  }

  // The guard's own end decides, whoever else still holds its output open.
  std::optional<Outcome> outcome_of_end() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != pid_) continue;
      if (!read_some()) return Outcome::flooded;
      if (WIFSIGNALED(status)) return Outcome::killed;
      return WEXITSTATUS(status) == 0 ? Outcome::answered : Outcome::failed;
    }
    return std::nullopt;
  }

  // All that is there. False: more than an answer may be.
  bool read_some() {
    std::array<char, 4'096> buffer;
    while (from_guard_ >= 0 && answer_.size() <= kAnswerBytesMax) {
      const ssize_t got = ::read(from_guard_, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) break;
      if (got <= 0) {
        close_now(from_guard_);
      } else {
        answer_.append(buffer.data(), static_cast<std::size_t>(got));
      }
    }
    return answer_.size() <= kAnswerBytesMax;
  }

  void write_some() {
    while (to_guard_ >= 0 && written_ < question_.size()) {
      const ssize_t put =
          ::write(to_guard_, question_.data() + written_, question_.size() - written_);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0 && errno == EAGAIN) return;
      if (put < 0) break;  // it does not want to read it
      written_ += static_cast<std::size_t>(put);
    }
    close_now(to_guard_);
  }

  // As subreaper every process that is left is below us; having no child is having none left.
  void end_all() {
    close_now(to_guard_);
    close_now(from_guard_);
    for (int wait_ms = 1; reap(); wait_ms = std::min(2 * wait_ms, kKillRetryMsMax)) {
      // What is stopped starts nothing: first all of them stand, then they die.
      std::size_t before = 0;
      for (int pass = 0; pass < kStopPassesMax; ++pass) {
        const std::size_t alive = signal_descendants(SIGSTOP);
        if (alive == before) break;
        before = alive;
      }
      signal_descendants(SIGKILL);
      if (reap()) ::poll(nullptr, 0, wait_ms);
    }
  }

  // Whether children are left.
  static bool reap() {
    pid_t pid = 0;
    do {
      pid = ::waitpid(-1, nullptr, WNOHANG);
    } while (pid > 0 || (pid < 0 && errno == EINTR));
    return pid == 0;
  }

  void tell(Outcome outcome) {
    std::string text(1, static_cast<char>(outcome));
    if (outcome == Outcome::answered) text += answer_;
    std::string_view rest = text;
    while (!rest.empty()) {
      const ssize_t put = ::send(kSocket, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return;
      rest.remove_prefix(static_cast<std::size_t>(put));
    }
  }

  const std::int64_t deadline_;
  const std::int64_t time_ms_;
  const std::size_t question_bytes_;
  char* const* const command_;
  rlim_t tasks_of_others_ = 0;
  int looks_ = 0;
  int signals_ = -1;
  int to_guard_ = -1;
  int from_guard_ = -1;
  pid_t pid_ = -1;
  std::size_t written_ = 0;
  std::string question_;
  std::string answer_;
};

template <class Number>
bool read_number(std::string_view text, Number most, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value <= most;
}

}  // namespace

int keep_guard(std::span<char* const> words) {
  constexpr std::int64_t kTimeMsMax = 60'000;
  std::int64_t time_ms = 0;
  std::size_t bytes = 0;
  if (words.size() < 3 || !read_number(words[0], kTimeMsMax, time_ms) ||
      !read_number(words[1], kQuestionBytesMax, bytes)) {
    return 2;
  }
  // The words end with a null, as those of main do.
  return Keeper(time_ms, bytes, words.data() + 2).run();
}

}  // namespace ringfence::guard
