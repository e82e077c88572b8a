// SPDX-License-Identifier: Apache-2.0
#include "policy/guards.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"

namespace ringfence {
namespace {

constexpr std::size_t kNameMax = 63;
constexpr std::size_t kCommandWordsMax = 64;
constexpr std::size_t kWordMax = 4'096;  // bytes
constexpr std::size_t kVariablesMax = 64;
constexpr std::size_t kVariableMax = 64;  // bytes
constexpr std::size_t kFingerprintSize = 32;
constexpr DurationRange kTimeoutRange{Duration::millis(100), Duration::seconds(30)};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool valid_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax && name.front() != '-' &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
         });
}

bool valid_variable(std::string_view name) {
  return !name.empty() && name.size() <= kVariableMax && is_letter(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c); });
}

// No shell reads it and PATH is not searched: what runs is what is written.
void read_command(Problems& problems, YamlNode list, GuardRule& guard) {
  constexpr std::string_view kExpected = "a list such as [/usr/local/bin/dlp-check, --strict]";
  const bool read = for_each_item(problems, list, kExpected, [&](YamlNode item) {
    const bool word = item.is_scalar() && item.text().size() <= kWordMax &&
                      item.text().find('\0') == std::string_view::npos;
    if (word && guard.command.size() < kCommandWordsMax) {
      guard.command.emplace_back(item.text());
    } else {
      problems.add(
          item.mark(),
          fmt::format("found no word of a command; expected at most {} of them", kCommandWordsMax));
    }
  });
  if (!read) return;
  if (guard.command.empty() || !guard.command.front().starts_with('/')) {
    problems.add(list.mark(),
                 fmt::format("found no absolute path of a program; expected {}", kExpected));
  }
}

void read_variables(Problems& problems, YamlNode list, GuardRule& guard) {
  for_each_item(problems, list, "a list of variables such as [DLP_TOKEN]", [&](YamlNode item) {
    const std::string_view name = item.is_scalar() ? item.text() : std::string_view();
    if (!valid_variable(name) || guard.env.size() == kVariablesMax) {
      problems.add(item.mark(), fmt::format("found {}; expected a variable's name such as "
                                            "DLP_TOKEN, at most {} of them",
                                            item.found(), kVariablesMax));
    } else if (std::ranges::find(guard.env, name) == guard.env.end()) {
      guard.env.emplace_back(name);
    }
  });
}

std::string fingerprint_of(const GuardRule& guard) {
  const auto list = [](const std::vector<std::string>& texts) {
    Json json = Json::Array{};
    for (const std::string& text : texts) json.push(text);
    return json;
  };
  Json json;
  json.set("name", guard.name).set("match", list(guard.match));
  json.set("command", list(guard.command)).set("env", list(guard.env));
  json.set("timeout_us", guard.timeout.us);
  return to_hex(sha256(json.text())).substr(0, kFingerprintSize);
}

}  // namespace

void Guards::read_guard(Problems& problems, YamlNode map, const PatternReader& patterns) {
  static const Keys kKeys{.known = {"name", "match", "command", "timeout", "env"},
                          .later = {"url", "secret", "allow_private", "ca_file"}};
  if (!check_map(problems, map, "a guard", kKeys)) return;
  GuardRule guard;
  if (const YamlNode node = require(problems, map, "name", "a name such as dlp")) {
    if (!node.is_scalar() || !valid_name(node.text())) {
      problems.add(node.mark(), "found " + node.found() +
                                    "; expected a guard's name of a-z, 0-9, '-', '_' and '.'");
    } else if (const auto [at, added] = names_.emplace(node.text(), map.mark().line); !added) {
      problems.add(node.mark(), fmt::format("found a second guard {} (line {}); expected another "
                                            "name",
                                            quoted(node.text()), at->second));
    }
    if (node.is_scalar()) guard.name = node.text();
  }
  std::vector<Pattern> matching;
  if (const YamlNode node = require(problems, map, "match", "a pattern such as \"tool:mail/*\"")) {
    matching = patterns.read(node, PatternUse::match);
    if (matching.size() > kGuardPatternsMax) {
      problems.add(node.mark(), fmt::format("found {} patterns; expected at most {}",
                                            matching.size(), kGuardPatternsMax));
    }
  }
  if (const YamlNode node = require(problems, map, "command", "an absolute program")) {
    read_command(problems, node, guard);
  }
  if (const YamlNode node = value_at(map, "timeout")) {
    guard.timeout = read_duration(problems, node, kTimeoutRange).value_or(guard.timeout);
  }
  if (const YamlNode node = value_at(map, "env")) read_variables(problems, node, guard);
  const auto index = static_cast<std::uint32_t>(rules_.size());
  for (const Pattern& pattern : matching) {
    guard.match.push_back(pattern.written);
    index_.add(pattern, index);
  }
  guard.fingerprint = fingerprint_of(guard);
  rules_.push_back(std::move(guard));
}

void Guards::read(Problems& problems, YamlNode section, const PatternReader& patterns) {
  for_each_item(problems, section, "a list of guards", [&](YamlNode item) {
    if (rules_.size() < kGuardsMax) return read_guard(problems, item, patterns);
    problems.add(item.mark(),
                 fmt::format("found too many guards; expected at most {}", kGuardsMax));
  });
}

void Guards::match(const Operation& operation, std::vector<std::uint32_t>& out) const {
  index_.match(operation, out);
}

}  // namespace ringfence
