// SPDX-License-Identifier: Apache-2.0
// Real commands under a real keeper: each ends within its time and leaves no process.
#include "guard/command.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "base/file.h"
#include "guard/answer.h"
#include "guard/keeper.h"

namespace ringfence::guard {
namespace {

namespace asio = boost::asio;

// This test program is a keeper too, as ringfence is: glibc gives what runs before main its
// arguments.
[[gnu::constructor]] void keep_if_told(int argc, char** argv) {
  if (argc > 1 && argv[1] == kKeeperWord) ::_exit(keep_guard({argv + 2, argv + argc}));
}

// A word on the command line of all that a test starts, its own by test.
std::string marker() {
  return "guard-marker-" + std::to_string(::getpid()) + "-" +
         testing::UnitTest::GetInstance()->current_test_info()->name();
}

int processes_with(const std::string& word) {
  int found = 0;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), ::closedir);
  while (const dirent* entry = ::readdir(folder.get())) {
    const auto line = read_file("/proc/" + std::string(entry->d_name) + "/cmdline", 1 << 20);
    if (line && line->find(word) != std::string::npos) ++found;
  }
  return found;
}

// All are gone, or will be as soon as their keeper comes to it.
void expect_none_left() {
  const std::string word = marker();
  for (int look = 0; look < 1'000 && processes_with(word) > 0; ++look) {
    std::this_thread::sleep_for(  // tidy:allow(sleep) between two looks at the condition
        std::chrono::milliseconds(10));
  }
  EXPECT_EQ(processes_with(word), 0);
}

CommandTerms shell(std::string script, Duration timeout = Duration::seconds(20)) {
  return {.keeper = {"/proc/self/exe", std::string(kKeeperWord)},
          .command = {"/bin/sh", "-c", std::move(script), marker()},
          .environment = {"PATH=/usr/bin:/bin", "ONLY=this"},
          .timeout = timeout};
}

Result<std::string> heard(CommandTerms terms, std::string question = "{}") {
  asio::io_context io;
  std::optional<Result<std::string>> result;
  asio::co_spawn(io, ask_command(std::move(terms), std::move(question)),
                 [&](std::exception_ptr failure, Result<std::string> answer) {
                   if (failure) std::rethrow_exception(failure);
                   result = std::move(answer);
                 });
  io.run();
  return *result;
}

std::string failure_of(CommandTerms terms, std::string question = "{}") {
  const auto result = heard(std::move(terms), std::move(question));
  return result ? "printed: " + *result : result.error().message;
}

constexpr Duration kShort = Duration::millis(300);

TEST(GuardCommand, ItsOutputIsWhatItPrints) {
  EXPECT_EQ(heard(shell("cat; echo done"), "{\"a\":1}").value(), "{\"a\":1}done\n");
  const std::string large(1'000'000, 'q');
  EXPECT_EQ(heard(shell("wc -c"), large).value(), "1000000\n");
  expect_none_left();
}

TEST(GuardCommand, ItHasNothingOfOurs) {
  EXPECT_EQ(heard(shell("env | grep -v -e ^PWD -e ^_ -e ^SHLVL -e ^OLDPWD | sort")).value(),
            "ONLY=this\nPATH=/usr/bin:/bin\n");
  // One more than its own three is the listing's.
  EXPECT_EQ(heard(shell("ls /proc/self/fd | tr '\\n' ' '")).value(), "0 1 2 3 ");
  EXPECT_EQ(heard(shell("ulimit -c; pwd; umask; grep NoNewPrivs /proc/self/status")).value(),
            "0\n/\n0077\nNoNewPrivs:\t1\n");
}

TEST(GuardCommand, EveryOtherEndIsAnError) {
  CommandTerms missing = shell("");
  missing.command = {"/nonexistent/guard", marker()};
  EXPECT_EQ(failure_of(missing), "it could not be started");
  CommandTerms no_program = shell("");
  no_program.command = {"/etc/passwd", marker()};
  EXPECT_EQ(failure_of(no_program), "it could not be started");
  EXPECT_EQ(failure_of(shell("echo '{\"decision\":\"allow\"}'; exit 1")), "it ended with an error");
  EXPECT_EQ(failure_of(shell("echo '{\"decision\":\"allow\"}'; kill -SEGV $$")),
            "it was ended by a signal");
  expect_none_left();
}

TEST(GuardCommand, OneThatHangsIsOver) {
  EXPECT_EQ(failure_of(shell("sleep 1000", kShort)), "it did not answer in time");
  EXPECT_EQ(failure_of(shell("trap '' TERM INT HUP; while :; do sleep 1000; done", kShort)),
            "it did not answer in time");
  EXPECT_EQ(failure_of(shell("exec >&- <&-; exec sleep 1000", kShort)),
            "it did not answer in time");
  expect_none_left();
}

TEST(GuardCommand, OneThatReadsNothingMayAnswerAllTheSame) {
  EXPECT_EQ(heard(shell("echo yes"), std::string(1'500'000, 'q')).value(), "yes\n");
  EXPECT_EQ(failure_of(shell("sleep 1000", kShort), std::string(1'500'000, 'q')),
            "it did not answer in time");
  expect_none_left();
}

TEST(GuardCommand, AFloodIsCut) {
  EXPECT_EQ(failure_of(shell("exec yes " + marker())), "it answered too much");
  EXPECT_EQ(failure_of(shell("head -c 16385 /dev/zero")), "it answered too much");
  EXPECT_EQ(heard(shell("head -c 16384 /dev/zero")).value().size(), kAnswerBytesMax);
  expect_none_left();
}

// What forked away is killed, whether the guard answered or not.
TEST(GuardCommand, NothingOutlivesIt) {
  const std::string away = "setsid sh -c 'setsid sleep 1000 & sleep 1000' " + marker() +
                           " >/dev/null 2>&1 </dev/null & ";
  EXPECT_EQ(heard(shell(away + "echo yes")).value(), "yes\n");
  expect_none_left();
  EXPECT_EQ(failure_of(shell(away + "exit 3")), "it ended with an error");
  EXPECT_EQ(failure_of(shell(away + "sleep 1000", kShort)), "it did not answer in time");
  // Its output stays open in another's hands.
  EXPECT_EQ(heard(shell("setsid sleep 1000 & echo yes")).value(), "yes\n");
  expect_none_left();
}

TEST(GuardCommand, ACrowdIsCut) {
  // A hundred at most, all told: a defect here must not take the machine.
  const std::string crowd = "i=0; while [ $i -lt 90 ]; do sleep 1000 & i=$((i+1)); done; wait";
  EXPECT_EQ(failure_of(shell(crowd)), "it started too many processes");
  // Each starts nine of itself, to a depth of two.
  const std::string bomb =
      "b() { [ $1 -gt 0 ] || exec sleep 1000; for i in 1 2 3 4 5 6 7 8 9; do b $(($1 - 1)) & done; "
      "wait; }; b 2";
  EXPECT_EQ(failure_of(shell(bomb)), "it started too many processes");
  expect_none_left();
}

// The daemon's end is the end of the socket.
TEST(GuardCommand, OneThatIsAbandonedIsOver) {
  auto io = std::make_unique<asio::io_context>();
  asio::co_spawn(*io, ask_command(shell("sleep 1000"), "{}"),
                 [](std::exception_ptr, const Result<std::string>&) {});
  const std::string word = marker();
  while (processes_with(word) < 2) io->run_one_for(std::chrono::milliseconds(10));
  io.reset();
  expect_none_left();
}

}  // namespace
}  // namespace ringfence::guard
