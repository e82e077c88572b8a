// SPDX-License-Identifier: Apache-2.0
#include "run/process_tree.h"

#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/file.h"

namespace ringfence {
namespace {

constexpr std::size_t kStatBytesMax = 4'096;
constexpr int kDepthMax = 1'000;  // of a chain of parents

// Field `index` of /proc/PID/stat after the ")" that ends the name; 0 is the state.
std::string_view field_after_name(std::string_view stat, int index) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return {};
  std::string_view rest = stat.substr(name_end + 1);
  for (int i = 0;; ++i) {
    const std::size_t start = rest.find_first_not_of(' ');
    if (start == std::string_view::npos) return {};
    rest.remove_prefix(start);
    const std::size_t end = rest.find(' ');
    if (i == index) return rest.substr(0, end);
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end);
  }
}

template <class T>
bool read_number(std::string_view text, T& value) {
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
}

std::vector<ProcessInfo> all_processes() {
  std::vector<ProcessInfo> all;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), ::closedir);
  if (!folder) return all;
  while (const dirent* entry = ::readdir(folder.get())) {
    pid_t pid = 0;
    if (!read_number(std::string_view(entry->d_name), pid)) continue;
    if (auto info = read_process(pid)) all.push_back(*info);
  }
  return all;
}

}  // namespace

std::optional<ProcessInfo> read_process(pid_t pid) {
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat", kStatBytesMax);
  if (!stat) return std::nullopt;
  ProcessInfo info;
  info.pid = pid;
  const std::string_view state = field_after_name(*stat, 0);
  if (state.empty()) return std::nullopt;
  info.state = state[0];
  if (!read_number(field_after_name(*stat, 1), info.parent)) return std::nullopt;
  if (!read_number(field_after_name(*stat, 19), info.start_ticks)) return std::nullopt;
  return info;
}

std::vector<ProcessInfo> descendants(pid_t root) {
  const std::vector<ProcessInfo> all = all_processes();
  std::set<pid_t> tree{root};
  std::vector<ProcessInfo> found;
  // Parents may stand after their children in the listing: repeat until nothing is added.
  for (bool grew = true; grew;) {
    grew = false;
    for (const ProcessInfo& process : all) {
      if (process.state == 'Z' || !tree.contains(process.parent)) continue;
      if (!tree.insert(process.pid).second) continue;
      found.push_back(process);
      grew = true;
    }
  }
  return found;
}

bool descends_from(pid_t pid, pid_t root) {
  for (int depth = 0; depth < kDepthMax && pid > 0; ++depth) {
    if (pid == root) return true;
    const auto process = read_process(pid);
    if (!process) return false;
    pid = process->parent;
  }
  return false;
}

Result<void> become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0) return {};
  return fail(ErrorCode::unavailable,
              std::string("cannot become a child subreaper: ") + std::strerror(errno));
}

std::size_t signal_descendants(int signal) {
  std::size_t alive = 0;
  for (const ProcessInfo& process : descendants(::getpid())) {
    const auto again = read_process(process.pid);
    if (!again || again->start_ticks != process.start_ticks || again->state == 'Z') continue;
    ++alive;
    ::kill(process.pid, signal);
  }
  return alive;
}

}  // namespace ringfence
