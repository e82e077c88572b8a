// SPDX-License-Identifier: Apache-2.0
#include "policy/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/decimal.h"

namespace ringfence {
namespace {

constexpr std::int64_t kMemoryLeast = std::int64_t{1} << 20;
constexpr std::int64_t kMemoryMost = std::int64_t{1} << 50;
constexpr std::int64_t kCpuMostMillis = 1'024'000;
constexpr std::int64_t kPidsMost = 4'194'304;  // the kernel's own bound
constexpr DurationRange kTimeoutRange{Duration::seconds(1), Duration::days(30)};

struct Size {
  std::string_view suffix;
  std::int64_t bytes;
};
constexpr std::array<Size, 7> kSizes{{{"TiB", std::int64_t{1} << 40},
                                      {"GiB", std::int64_t{1} << 30},
                                      {"MiB", std::int64_t{1} << 20},
                                      {"KiB", std::int64_t{1} << 10},
                                      {"GB", 1'000'000'000},
                                      {"MB", 1'000'000},
                                      {"", 1}}};

// Whole units only: 512MiB, 2GiB, 1073741824.
std::optional<std::int64_t> parse_bytes(std::string_view text) {
  for (const Size& size : kSizes) {
    if (!text.ends_with(size.suffix)) continue;
    const auto count = parse_decimal(text.substr(0, text.size() - size.suffix.size()), 0);
    if (!count || *count <= 0 || *count > kMemoryMost / size.bytes) return std::nullopt;
    return *count * size.bytes;
  }
  return std::nullopt;
}

template <class T>
void take_smaller(std::optional<T>& mine, const std::optional<T>& other) {
  if (other && (!mine || *other < *mine)) mine = other;
}

template <class T>
void take_over(std::optional<T>& mine, const std::optional<T>& other) {
  if (other) mine = other;
}

}  // namespace

void EnvironmentRule::narrow(const EnvironmentRule& other) {
  take_smaller(memory_bytes, other.memory_bytes);
  take_smaller(cpu_millis, other.cpu_millis);
  take_smaller(pids, other.pids);
  take_smaller(timeout, other.timeout);
}

void EnvironmentRule::override_with(const EnvironmentRule& other) {
  take_over(memory_bytes, other.memory_bytes);
  take_over(cpu_millis, other.cpu_millis);
  take_over(pids, other.pids);
  take_over(timeout, other.timeout);
}

EnvironmentRule read_environment(Problems& problems, YamlNode map) {
  EnvironmentRule rule;
  if (!check_map(problems, map, "env", {{"memory", "cpu", "pids", "timeout"}})) return rule;
  if (const YamlNode node = value_at(map, "memory")) {
    if (node.is_scalar()) rule.memory_bytes = parse_bytes(node.text());
    if (!rule.memory_bytes || *rule.memory_bytes < kMemoryLeast) {
      problems.add(node.mark(), "found " + node.found() +
                                    "; expected an amount of memory such as 512MiB or 2GiB, from "
                                    "1MiB");
    }
  }
  if (const YamlNode node = value_at(map, "cpu")) {
    const auto millis = parse_decimal(node.is_scalar() ? node.text() : std::string_view(), 3);
    if (millis && *millis > 0 && *millis <= kCpuMostMillis) {
      rule.cpu_millis = *millis;
    } else {
      problems.add(node.mark(),
                   "found " + node.found() + "; expected a number of cores such as 1.5");
    }
  }
  if (const YamlNode node = value_at(map, "pids")) {
    rule.pids = read_count(problems, node, "how many processes", {1, kPidsMost});
  }
  if (const YamlNode node = value_at(map, "timeout")) {
    rule.timeout = read_duration(problems, node, kTimeoutRange);
  }
  return rule;
}

std::string format_bytes(std::int64_t bytes) {
  for (const Size& size : kSizes) {
    if (size.suffix.ends_with("B") && !size.suffix.ends_with("iB")) continue;
    if (bytes % size.bytes == 0) return fmt::format("{}{}", bytes / size.bytes, size.suffix);
  }
  return fmt::format("{}", bytes);
}

}  // namespace ringfence
