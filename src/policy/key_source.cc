// SPDX-License-Identifier: Apache-2.0
#include "policy/key_source.h"

#include <fmt/format.h>

#include "policy/words.h"

namespace ringfence {
namespace {

constexpr std::size_t kPathBytesMax = 4096;
constexpr std::size_t kVariableMax = 64;
constexpr std::size_t kCommandWordsMax = 64;
// A webhook's secret would pass as the name of a variable.
constexpr std::string_view kSecretPrefix = "whsec_";

void read_command(Problems& problems, YamlNode node, const KeyPlace& place, KeySource& key) {
  key.kind = KeySource::Kind::command;
  const std::string expected = fmt::format("a list such as [pass, show, {}]", place.example);
  for_each_item(problems, node, expected, [&](YamlNode item) {
    if (item.is_scalar() && !item.text().empty() && item.text().size() <= kPathBytesMax &&
        key.command.size() < kCommandWordsMax) {
      key.command.emplace_back(item.text());
    } else {
      problems.add(item.mark(), "found no word of a command; expected at most 64 of them");
    }
  });
  if (key.command.empty()) {
    problems.add(node.mark(), "found no program; expected " + expected);
  }
}

}  // namespace

KeySource read_key(Problems& problems, YamlNode node, const KeyPlace& place) {
  KeySource key;
  if (!node.is_map()) {
    problems.add(node.mark(), fmt::format("found no map; expected {}", place.expected));
    return key;
  }
  const YamlNode env = value_at(node, "env");
  const YamlNode file = value_at(node, "file");
  const YamlNode command = value_at(node, "command");
  const YamlNode from = place.may_be_clients ? value_at(node, "from") : YamlNode();
  if (node.size() != 2 || (!env && !file && !command && !from)) {
    problems.add(node.mark(), fmt::format("found other keys here; expected {}", place.expected));
    return key;
  }
  if (command) {
    read_command(problems, command, place, key);
    return key;
  }
  const YamlNode value = env ? env : file ? file : from;
  const std::string_view text = value.is_scalar() ? value.text() : std::string_view();
  if (env && valid_word(text, kVariableMax) && !text.starts_with(kSecretPrefix)) {
    key.kind = KeySource::Kind::env;
  } else if (file && text.starts_with('/') && text.size() <= kPathBytesMax) {
    key.kind = KeySource::Kind::file;
  } else if (from && text == "client") {
    key.kind = KeySource::Kind::client;
  } else {
    problems.add(
        value.mark(),
        env    ? fmt::format("found no name of an environment variable; expected one such as {}",
                             place.variable)
        : file ? fmt::format("found no absolute path; expected one such as /etc/ringfence/{}.key",
                             place.example)
               : "found no place of a key; expected `from: client`");
    return key;
  }
  key.value = text;
  return key;
}

}  // namespace ringfence
