// SPDX-License-Identifier: Apache-2.0
#include "guard/command.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>

#include "guard/answer.h"
#include "guard/keeper.h"

namespace ringfence::guard {
namespace {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;

constexpr Duration kGrace = Duration::millis(500);  // for the keeper, once its time is over

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

std::unexpected<Error> unstarted() {
  return fail(ErrorCode::unavailable, "it could not be started");
}

// Owns what posix_spawn is told; it does not copy this process, however large that is.
class Spawning {
 public:
  Spawning() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~Spawning() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;

  // 0: it failed.
  pid_t spawn(int socket, const std::vector<std::string>& words,
              const std::vector<std::string>& environment) {
    ::posix_spawn_file_actions_adddup2(&actions_, socket, STDIN_FILENO);
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, words.front().c_str(), &actions_, &attributes_,
                                    pointers(words).data(), pointers(environment).data());
    return error == 0 ? pid : 0;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

struct Started {
  pid_t pid = 0;
  int socket = -1;  // ours
};

Result<Started> start_keeper(const CommandTerms& terms, std::size_t question_bytes) {
  std::vector<std::string> words = terms.keeper;
  words.push_back(std::to_string(terms.timeout.whole_ms()));
  words.push_back(std::to_string(question_bytes));
  words.insert(words.end(), terms.command.begin(), terms.command.end());
  std::array<int, 2> ends;
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return unstarted();
  Started started;
  started.pid = Spawning().spawn(ends[1], words, terms.environment);
  started.socket = ends[0];
  ::close(ends[1]);
  if (started.pid != 0) return started;
  ::close(ends[0]);
  return unstarted();
}

// It has closed its socket or will see that ours is closed; what it still has to kill takes its
// time.
asio::awaitable<void> bury(pid_t pid) {
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (descriptor >= 0) {
    asio::posix::stream_descriptor ended(co_await asio::this_coro::executor, descriptor);
    const auto [error] = co_await ended.async_wait(asio::posix::stream_descriptor::wait_read,
                                                   asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
  }
  ::waitpid(pid, nullptr, 0);
}

Result<std::string> heard(std::string frame) {
  const auto no = [](ErrorCode code, const char* what) { return fail(code, what); };
  if (frame.empty()) return no(ErrorCode::unavailable, "it could not be watched");
  switch (static_cast<Outcome>(frame.front())) {
    case Outcome::answered: return frame.substr(1);
    case Outcome::unstarted: return unstarted();
    case Outcome::failed: return no(ErrorCode::unavailable, "it ended with an error");
    case Outcome::killed: return no(ErrorCode::unavailable, "it was ended by a signal");
    case Outcome::late: return no(ErrorCode::timeout, "it did not answer in time");
    case Outcome::flooded: return no(ErrorCode::too_large, "it answered too much");
    case Outcome::crowded: return no(ErrorCode::unavailable, "it started too many processes");
  }
  return no(ErrorCode::unavailable, "it could not be watched");
}

}  // namespace

asio::awaitable<Result<std::string>> ask_command(CommandTerms terms, std::string question) {
  const auto executor = co_await asio::this_coro::executor;
  const auto started = start_keeper(terms, question.size());
  if (!started) co_return std::unexpected(started.error());
  asio::co_spawn(executor, bury(started->pid), asio::detached);
  const auto socket = std::make_shared<Socket>(executor);
  boost::system::error_code error;
  socket->assign(asio::local::stream_protocol(), started->socket, error);
  asio::steady_timer limit(executor, std::chrono::microseconds((terms.timeout + kGrace).us));
  const auto late = std::make_shared<bool>(false);
  limit.async_wait([late, cut = std::weak_ptr(socket)](const boost::system::error_code& stopped) {
    const auto open = cut.lock();
    if (stopped || open == nullptr) return;
    *late = true;
    boost::system::error_code ignored;
    open->close(ignored);
  });
  const auto [unsent, sent] = co_await asio::async_write(*socket, asio::buffer(question),
                                                         asio::as_tuple(asio::use_awaitable));
  std::string frame;
  std::array<char, 4'096> buffer;
  while (!unsent && frame.size() <= kAnswerBytesMax + 1) {
    const auto [ended, got] =
        co_await socket->async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    if (ended) break;
    frame.append(buffer.data(), got);
  }
  if (*late) co_return fail(ErrorCode::timeout, "it did not answer in time");
  co_return heard(std::move(frame));
}

}  // namespace ringfence::guard
