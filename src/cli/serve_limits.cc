// SPDX-License-Identifier: Apache-2.0
#include "cli/serve_limits.h"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace ringfence {
namespace {

using http::ServerLimits;

constexpr std::size_t kDescriptorsOfOurOwn = 128;  // the record, its readers, listeners
constexpr std::size_t kDescriptorsPerConnection = 2;
constexpr std::int64_t kSecondUs = 1'000'000;

struct LimitEntry {
  const char* name;
  std::int64_t min, max;
  std::int64_t (*get)(const ServerLimits&);
  void (*set)(ServerLimits&, std::int64_t);
  const char* beyond;
};

template <auto Member>
constexpr LimitEntry count(const char* name, std::int64_t min, std::int64_t max,
                           const char* beyond) {
  return {name,
          min,
          max,
          [](const ServerLimits& limits) { return static_cast<std::int64_t>(limits.*Member); },
          [](ServerLimits& limits, std::int64_t value) {
            limits.*Member = static_cast<std::size_t>(value);
          },
          beyond};
}

template <auto Member>
constexpr LimitEntry message_count(const char* name, std::int64_t min, std::int64_t max,
                                   const char* beyond) {
  return {
      name,
      min,
      max,
      [](const ServerLimits& limits) { return static_cast<std::int64_t>(limits.message.*Member); },
      [](ServerLimits& limits, std::int64_t value) {
        limits.message.*Member = static_cast<std::size_t>(value);
      },
      beyond};
}

template <auto Member>
constexpr LimitEntry seconds(const char* name, std::int64_t max, const char* beyond) {
  return {
      name,
      1,
      max,
      [](const ServerLimits& limits) { return (limits.*Member).us / kSecondUs; },
      [](ServerLimits& limits, std::int64_t value) { limits.*Member = Duration::seconds(value); },
      beyond};
}

using Message = http::MessageLimits;
constexpr LimitEntry kTable[] = {
    count<&ServerLimits::connections_max>("connections", 1, 1'000'000,
                                          "503, then the connection is closed"),
    count<&ServerLimits::requests_per_connection_max>(
        "requests_per_connection", 1, 1'000'000'000,
        "the last one is answered with Connection: close"),
    message_count<&Message::start_line_bytes_max>("target_bytes", 256, 1 << 20, "414"),
    message_count<&Message::head_bytes_max>("header_bytes", 1'024, 16 << 20, "431"),
    message_count<&Message::fields_max>("header_fields", 8, 10'000, "431"),
    count<&ServerLimits::body_bytes_max>("body_bytes", 1'024, 1 << 30, "413"),
    seconds<&ServerLimits::head_time>(
        "header_seconds", 3'600,
        "closed without an answer: the TLS handshake, or a head from first byte to last"),
    seconds<&ServerLimits::body_stall>("body_stall_seconds", 3'600,
                                       "closed: a body of which nothing comes"),
    seconds<&ServerLimits::idle_time>("idle_seconds", 86'400,
                                      "closed: a kept connection between two requests"),
    seconds<&ServerLimits::write_stall>("write_stall_seconds", 3'600,
                                        "cut: a client that takes nothing of its answer"),
};

Error bad_limit(const std::string& text) {
  std::string names;
  for (const LimitEntry& entry : kTable)
    names += (names.empty() ? "" : ", ") + std::string(entry.name);
  return {ErrorCode::invalid, "expected NAME=VALUE with one of " + names + "; found '" + text + "'",
          "--limit"};
}

}  // namespace

Result<ServerLimits> parse_limits(const std::vector<std::string>& texts) {
  ServerLimits limits;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const auto* entry =
        std::ranges::find_if(kTable, [&name](const LimitEntry& each) { return name == each.name; });
    if (equals == std::string::npos || entry == std::end(kTable)) {
      return std::unexpected(bad_limit(text));
    }
    const std::string_view digits = std::string_view(text).substr(equals + 1);
    std::int64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || stop != end || value < entry->min || value > entry->max) {
      return invalid(name + " takes an integer from " + std::to_string(entry->min) + " to " +
                         std::to_string(entry->max) + "; found '" + std::string(digits) + "'",
                     "--limit");
    }
    entry->set(limits, value);
  }
  limits.message.start_line_bytes_max =
      std::min(limits.message.start_line_bytes_max, limits.message.head_bytes_max);
  return limits;
}

std::vector<LimitRow> limit_rows(const ServerLimits& limits) {
  std::vector<LimitRow> rows;
  for (const LimitEntry& entry : kTable) {
    rows.push_back({entry.name, entry.get(limits), entry.beyond});
  }
  return rows;
}

bool make_room_for_connections(ServerLimits& limits) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return false;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur == RLIM_INFINITY) return false;
  const std::size_t all = std::max<std::size_t>(files.rlim_cur, kDescriptorsOfOurOwn + 2);
  const std::size_t room = (all - kDescriptorsOfOurOwn) / kDescriptorsPerConnection;
  if (limits.connections_max <= room) return false;
  limits.connections_max = room;
  return true;
}

}  // namespace ringfence
