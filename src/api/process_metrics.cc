// SPDX-License-Identifier: Apache-2.0
#include "api/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <optional>

#include "base/file.h"

namespace ringfence::api {
namespace {

constexpr std::size_t kProcFileMax = 1 << 20;

// The n-th word, from 0.
std::optional<std::int64_t> word(std::string_view text, std::size_t n) {
  for (;; --n) {
    text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
    const std::string_view one = text.substr(0, text.find_first_of(" \n"));
    if (one.empty()) return std::nullopt;
    if (n == 0) {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(one.data(), one.data() + one.size(), value);
      if (error != std::errc{}) return std::nullopt;
      return value;
    }
    text.remove_prefix(one.size());
  }
}

// When the machine was started, in seconds since the epoch.
std::optional<std::int64_t> boot_seconds() {
  const auto stat = read_file("/proc/stat", kProcFileMax);
  if (!stat) return std::nullopt;
  const std::size_t at = stat->find("\nbtime ");
  if (at == std::string::npos) return std::nullopt;
  return word(std::string_view(*stat).substr(at), 1);
}

std::optional<std::int64_t> open_files() {
  std::error_code error;
  std::int64_t count = 0;
  for (auto at = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    ++count;
  }
  if (error || count == 0) return std::nullopt;
  return count - 1;  // the one that looks
}

void add(std::vector<MetricFamily>& to, std::string name, std::string help,
         std::optional<std::int64_t> value, int scale = 0, MetricKind kind = MetricKind::gauge) {
  if (!value) return;
  to.push_back({std::move(name), std::move(help), kind, scale, {{{}, *value, {}, 0}}});
}

}  // namespace

std::vector<MetricFamily> process_metrics() {
  std::vector<MetricFamily> all;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0) {
    const auto us = [](const timeval& t) { return t.tv_sec * 1'000'000 + t.tv_usec; };
    add(all, "process_cpu_seconds_total", "Processor time used.",
        us(used.ru_utime) + us(used.ru_stime), kMicroScale, MetricKind::counter);
  }
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY) {
    add(all, "process_max_fds", "How many files may be open.",
        static_cast<std::int64_t>(files.rlim_cur));
  }
  add(all, "process_open_fds", "How many files are open.", open_files());
  if (const auto pages = read_file("/proc/self/statm", kProcFileMax)) {
    const std::int64_t size = ::sysconf(_SC_PAGESIZE);
    if (const auto resident = word(*pages, 1)) {
      add(all, "process_resident_memory_bytes", "Memory that is resident.", *resident * size);
    }
  }
  if (const auto stat = read_file("/proc/self/stat", kProcFileMax)) {
    // Behind the program's name, which may have blanks in it.
    const std::string_view rest = std::string_view(*stat).substr(stat->rfind(')') + 1);
    const std::int64_t ticks = ::sysconf(_SC_CLK_TCK);
    const auto boot = boot_seconds();
    if (const auto started = word(rest, 19); started && boot && ticks > 0) {
      add(all, "process_start_time_seconds", "When the process was started, since the epoch.",
          *boot * 1'000'000 + *started * 1'000'000 / ticks, kMicroScale);
    }
    add(all, "process_threads", "How many threads it has.", word(rest, 17));
  }
  return all;
}

}  // namespace ringfence::api
