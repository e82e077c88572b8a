// SPDX-License-Identifier: Apache-2.0
#include "policy/guards.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "policy/called_url.h"
#include "policy/key_source.h"
#include "policy/words.h"

namespace ringfence {
namespace {

constexpr std::size_t kCommandWordsMax = 64;
constexpr std::size_t kWordMax = 4'096;  // bytes
constexpr std::size_t kVariablesMax = 64;
constexpr std::size_t kVariableMax = 64;  // bytes
constexpr std::size_t kFingerprintSize = 32;
constexpr DurationRange kTimeoutRange{Duration::millis(100), Duration::seconds(30)};

constexpr KeyPlace kSecretPlace{
    .expected =
        "{env: NAME}, {file: /path} or {command: [program, argument]}; a secret itself "
        "never stands in a policy",
    .example = "guard",
    .variable = "DLP_GUARD_SECRET"};

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
    if (!valid_word(name, kVariableMax) || guard.env.size() == kVariablesMax) {
      problems.add(item.mark(), fmt::format("found {}; expected a variable's name such as "
                                            "DLP_TOKEN, at most {} of them",
                                            item.found(), kVariablesMax));
    } else if (std::ranges::find(guard.env, name) == guard.env.end()) {
      guard.env.emplace_back(name);
    }
  });
}

// A program here, or a server: never both, and each with its own keys only.
void read_whom(Problems& problems, YamlNode map, GuardRule& guard) {
  const YamlNode command = value_at(map, "command");
  const YamlNode url = value_at(map, "url");
  if (!command == !url) {
    problems.add(map.mark(), fmt::format("found {}; expected a `command` or a `url`",
                                         command ? "both a `command` and a `url`"
                                                 : "neither `command` nor `url`"));
    return;
  }
  const auto only_with = [&](std::string_view key, const char* other) {
    const YamlNode node = value_at(map, key);
    if (node) problems.add(node.mark(), fmt::format("found `{}`; it goes with `{}`", key, other));
  };
  if (command) {
    for (const std::string_view key : {"secret", "allow_private", "ca_file"}) only_with(key, "url");
    read_command(problems, command, guard);
    if (const YamlNode node = value_at(map, "env")) read_variables(problems, node, guard);
    return;
  }
  only_with("env", "command");
  if (const YamlNode node = value_at(map, "allow_private")) {
    guard.allow_private = read_bool(problems, node).value_or(false);
  }
  if (auto address = read_called_url(problems, url, guard.allow_private)) {
    guard.url = *std::move(address);
  }
  if (const YamlNode node = require(problems, map, "secret", kSecretPlace.expected)) {
    guard.secret = read_key(problems, node, kSecretPlace);
  }
  if (const YamlNode node = value_at(map, "ca_file")) {
    if (auto path = read_absolute_path(problems, node)) guard.ca_file = *std::move(path);
  }
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
  json.set("url", guard.url).set("allow_private", guard.allow_private);
  json.set("ca_file", guard.ca_file).set("secret", guard.secret.value);
  json.set("secret_kind", static_cast<std::int64_t>(guard.secret.kind));
  json.set("secret_command", list(guard.secret.command));
  return to_hex(sha256(json.text())).substr(0, kFingerprintSize);
}

}  // namespace

void Guards::read_guard(Problems& problems, YamlNode map, const PatternReader& patterns) {
  static const Keys kKeys{.known = {"name", "match", "command", "timeout", "env", "url", "secret",
                                    "allow_private", "ca_file"}};
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
  read_whom(problems, map, guard);
  if (const YamlNode node = value_at(map, "timeout")) {
    guard.timeout = read_duration(problems, node, kTimeoutRange).value_or(guard.timeout);
  }
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
  index_.match(operation.segments(), out);
}

}  // namespace ringfence
