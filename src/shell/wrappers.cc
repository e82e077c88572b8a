// SPDX-License-Identifier: Apache-2.0
#include "shell/wrappers.h"

#include <algorithm>
#include <array>

namespace ringfence::shell {
namespace {

constexpr auto kWrappers = std::to_array<Wrapper>({
    {"env",
     "-i -0 -v -u= -C= --ignore-environment --null --debug --unset= --chdir= --block-signal? "
     "--default-signal? --ignore-signal? --list-signal-handling --version! --help!",
     0, true},
    {"nice", "-n= --adjustment= -0 -1 -2 -3 -4 -5 -6 -7 -8 -9 --version! --help!"},
    {"nohup", "--version! --help!"},
    {"timeout",
     "-f -p -v -k= -s= --foreground --preserve-status --verbose --kill-after= --signal= --version! "
     "--help!",
     1},
    {"stdbuf", "-i= -o= -e= --input= --output= --error= --version! --help!"},
    {"setsid", "-c -f -w --ctty --fork --wait -V! --version! -h! --help!"},
    {"ionice", "-c= -n= -t --class= --classdata= --ignore -V! --version! -h! --help!"},
    {"chrt",
     "-a -b -d -f -i -o -r -R -v --all-tasks --batch --deadline --fifo --idle --other --rr "
     "--reset-on-fork --verbose -T= -P= -D= -m! --max! -h! --help! -V! --version!",
     1},
    {"taskset", "-a --all-tasks -c --cpu-list -h! --help! -V! --version!", 1},
    {"chroot", "--groups= --userspec= --skip-chdir --version! --help!", 1, false, Bare::shell},
    {"sudo",
     "-A -b -E -H -k -n -P -S -B -C= -D= -g= -h= -p= -R= -r= -T= -t= -U= -u= --askpass "
     "--background --preserve-env? --set-home --reset-timestamp --non-interactive "
     "--preserve-groups --stdin --chdir= --group= --host= --prompt= --user= -K! -l! -v! -V! "
     "--list! --validate! --version! --help!",
     0, true},
    {"doas", "-n -u= -L!"},
    {"pkexec", "--user= --disable-internal-agent --keep-cwd --version! --help!", 0, false,
     Bare::shell},
    {"gosu", "--version! --help!", 1},
    {"su-exec", "", 1},
    {"time",
     "-p -a -q -v -f= -o= --portability --append --quiet --verbose --format= --output= -V! "
     "--version! --help!"},
    {"command", "-p -v! -V!"},
    {"builtin", ""},
    {"exec", "-c -l -a="},
    {"xargs",
     "-0 -r -t -p -x -o -a= -d= -E= -I= -L= -n= -P= -s= -i? -l? -e? --null --no-run-if-empty "
     "--verbose --interactive --exit --open-tty --arg-file= --delimiter= --eof? --replace? "
     "--max-lines? --max-args= --max-procs= --max-chars= --show-limits --version! --help!"},
    {"fakeroot", "--"},
    {"unbuffer", "-p"},
    {"ccache", ""},
    {"caffeinate", "-d -i -m -s -u -t= -w="},
    {"torsocks", ""},
    {"proxychains", "-q -f="},
    {"proxychains4", "-q -f="},
    {"rlwrap", ""},
    {"tini", "-s -g -v -w -p= -e="},
    {"dumb-init", "-c -v --single-child --verbose"},
    {"catchsegv", ""},
    {"unshare",
     "-m -u -i -n -p -U -C -T -f -r -c --mount --uts --ipc --net --pid --user --cgroup --time "
     "--fork --map-root-user --map-current-user --mount-proc? --kill-child?",
     0, false, Bare::shell},
    {"strace", "-f -ff -c -q -qq -t -tt -T -y -v -e= -s= -o= -p="},
    {"ltrace", "-f -c -t -T -e= -s= -o= -p="},
    {"systemd-inhibit", "--what= --who= --why= --mode= --list!"},
    {"dbus-run-session", "--"},
    {"xvfb-run", "-a -n= -s= -e= -f= --auto-servernum --server-num= --server-args="},
});

// They start programs too, with options of their own that are not read here.
constexpr auto kUnread = std::to_array<std::string_view>(
    {"setarch",   "linux32",     "linux64",   "i386",      "i486",      "i586",
     "i686",      "x86_64",      "uname26",   "aarch64",   "arm64",     "systemd-run",
     "run0",      "nsenter",     "setpriv",   "prlimit",   "numactl",   "sg",
     "newgrp",    "ssh-agent",   "valgrind",  "perf",      "gdb",       "lldb",
     "rr",        "bwrap",       "firejail",  "proot",     "capsh",     "hyperfine",
     "at",        "batch",       "run-parts", "entr",      "cgexec",    "eatmydata",
     "faketime",  "daemonize",   "coreutils", "sbase-box", "ubase-box", "start-stop-daemon",
     "gdbserver", "ssh-askpass", "xe",        "watchexec", "dtach",     "abduco"});
constexpr auto kUnreadPrefixes =
    std::to_array<std::string_view>({"ld-linux", "ld-musl", "ld.so", "ld-2.", "ld64.so", "qemu-"});

}  // namespace

bool is_unread_wrapper(std::string_view program) {
  return std::ranges::find(kUnread, program) != kUnread.end() ||
         std::ranges::any_of(kUnreadPrefixes,
                             [&](auto prefix) { return program.starts_with(prefix); });
}

const Wrapper* find_wrapper(std::string_view program) {
  const auto found = std::ranges::find(kWrappers, program, &Wrapper::program);
  return found == kWrappers.end() ? nullptr : &*found;
}

}  // namespace ringfence::shell
