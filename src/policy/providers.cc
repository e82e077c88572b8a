// SPDX-License-Identifier: Apache-2.0
#include "policy/providers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.h"
#include "pricing/catalog.h"

namespace ringfence {
namespace {

constexpr std::size_t kNameMax = 63;
constexpr std::size_t kUrlMax = 2048;
constexpr std::size_t kPathMax = 4096;
constexpr std::size_t kFieldMax = 64;
constexpr std::size_t kCommandWordsMax = 64;
constexpr DurationRange kTimeoutRange{Duration::seconds(1), Duration::hours(1)};

constexpr std::string_view kUrlExpected =
    "http(s)://host[:port][/path] without user, query and fragment, such as "
    "https://api.openai.com/v1";

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; }

bool valid_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax && (is_lower(name[0]) || is_digit(name[0])) &&
         std::ranges::all_of(name, [](char c) {
           return is_lower(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
         });
}

bool valid_word(std::string_view word, std::size_t size_max) {
  return !word.empty() && word.size() <= size_max && !is_digit(word[0]) &&
         std::ranges::all_of(word, is_word);
}

bool valid_port(std::string_view port) {
  const auto number = parse_decimal(port, 0);
  return number && *number >= 1 && *number <= 65535 && port.size() <= 5;
}

// "host", "host:port", "[::1]", "[::1]:port".
bool valid_authority(std::string_view authority) {
  std::string_view host = authority;
  std::string_view after;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return false;
    host = authority.substr(1, close - 1);
    after = authority.substr(close + 1);
    const bool ok = std::ranges::all_of(host, [](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
             c == '.';
    });
    if (!ok) return false;
  } else {
    const std::size_t colon = authority.find(':');
    host = authority.substr(0, colon);
    if (colon != std::string_view::npos) after = authority.substr(colon);
    const bool ok =
        std::ranges::all_of(host, [](char c) { return is_word(c) || c == '.' || c == '-'; });
    if (!ok || host.starts_with('.') || host.starts_with('-')) return false;
  }
  return !host.empty() && (after.empty() || (after[0] == ':' && valid_port(after.substr(1))));
}

// The URL in lower-case scheme without its trailing slashes.
std::optional<std::string> parse_base_url(std::string_view text) {
  if (text.size() > kUrlMax) return std::nullopt;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = text.substr(0, scheme_end);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  const std::string_view rest = text.substr(scheme_end + 3);
  const std::size_t slash = rest.find('/');
  if (!valid_authority(rest.substr(0, slash))) return std::nullopt;
  const std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash);
  const bool plain = std::ranges::all_of(path, [](char c) {
    return c > ' ' && c < 0x7f && c != '?' && c != '#' && c != '\\' && c != '@';
  });
  if (!plain || path.find("/..") != std::string_view::npos) return std::nullopt;
  std::string url(text);
  while (url.back() == '/') url.pop_back();
  return url;
}

constexpr std::string_view kKeyExpected =
    "{env: NAME}, {file: /path}, {command: [program, argument]} or {from: client}; a key itself "
    "never stands in a policy";

// What was found is not shown anywhere here: it may be the key.
void read_key_command(Problems& problems, YamlNode node, KeySource& key) {
  key.kind = KeySource::Kind::command;
  for_each_item(problems, node, "a list such as [pass, show, openai]", [&](YamlNode item) {
    if (item.is_scalar() && !item.text().empty() && item.text().size() <= kPathMax &&
        key.command.size() < kCommandWordsMax) {
      key.command.emplace_back(item.text());
    } else {
      problems.add(item.mark(), "found no word of a command; expected at most 64 of them");
    }
  });
  if (key.command.empty()) {
    problems.add(node.mark(), "found no program; expected a list such as [pass, show, openai]");
  }
}

KeySource read_key(Problems& problems, YamlNode node) {
  KeySource key;
  if (!node.is_map()) {
    problems.add(node.mark(), fmt::format("found no map; expected {}", kKeyExpected));
    return key;
  }
  const YamlNode env = value_at(node, "env");
  const YamlNode file = value_at(node, "file");
  const YamlNode command = value_at(node, "command");
  const YamlNode from = value_at(node, "from");
  if (node.size() != 2 || (!env && !file && !command && !from)) {
    problems.add(node.mark(), fmt::format("found other keys here; expected {}", kKeyExpected));
    return key;
  }
  if (command) {
    read_key_command(problems, command, key);
    return key;
  }
  const YamlNode value = env ? env : file ? file : from;
  const std::string_view text = value.is_scalar() ? value.text() : std::string_view();
  if (env && valid_word(text, kFieldMax)) {
    key.kind = KeySource::Kind::env;
  } else if (file && text.starts_with('/') && text.size() <= kPathMax) {
    key.kind = KeySource::Kind::file;
  } else if (from && text == "client") {
    key.kind = KeySource::Kind::client;
  } else {
    problems.add(
        value.mark(),
        env    ? "found no name of an environment variable; expected one such as OPENAI_API_KEY"
        : file ? "found no absolute path; expected one such as /etc/ringfence/openai.key"
               : "found no place of a key; expected `from: client`");
    return key;
  }
  key.value = text;
  return key;
}

template <class T>
void read_word(Problems& problems, YamlNode map, std::string_view key,
               std::initializer_list<std::pair<std::string_view, T>> words, T& out) {
  const YamlNode node = value_at(map, key);
  if (!node) return;
  std::string expected;
  for (const auto& [word, value] : words) {
    if (node.is_scalar() && node.text() == word) {
      out = value;
      return;
    }
    expected += (expected.empty() ? "" : " or ") + std::string(word);
  }
  problems.add(node.mark(), "found " + node.found() + "; expected " + expected);
}

// The family as stated; or else as the provider's name, or its host, has it.
void read_catalog(Problems& problems, YamlNode map, Provider& provider) {
  const Catalog& catalog = Catalog::built_in();
  const YamlNode node = value_at(map, "catalog");
  if (!node) {
    provider.catalog = catalog.family_named(provider.name);
    if (provider.catalog.empty() && !provider.base_url.empty()) {
      provider.catalog = catalog.family_at(host_of(provider.base_url));
    }
    return;
  }
  const std::string_view name = node.is_scalar() ? node.text() : std::string_view();
  if (name == "none") return;
  provider.catalog = catalog.family_named(name);
  if (provider.catalog.empty()) {
    problems.add(node.mark(), fmt::format("found {}; expected none or one of {}", node.found(),
                                          fmt::join(catalog.families(), ", ")));
  }
}

void read_provider(Problems& problems, YamlNode map, Provider& provider) {
  static const Keys kKeys{.known = {"wire", "base_url", "key", "free", "admission", "cap_field",
                                    "unknown_fields", "timeout", "ca_file", "failover", "catalog"},
                          .later = {"headers", "min_output", "cut_margin", "on_disconnect"}};
  if (!check_map(problems, map, "a provider", kKeys)) return;
  if (require(problems, map, "wire", "wire: openai, anthropic or gemini")) {
    read_word<std::string>(problems, map, "wire",
                           {{"openai", "openai"}, {"anthropic", "anthropic"}, {"gemini", "gemini"}},
                           provider.wire);
  }
  if (const YamlNode node = require(problems, map, "base_url", kUrlExpected)) {
    const auto url = node.is_scalar() ? parse_base_url(node.text()) : std::nullopt;
    if (url) {
      provider.base_url = *url;
    } else {  // not what was found: it may hold a password
      problems.add(node.mark(), fmt::format("found no usable URL; expected {}", kUrlExpected));
    }
  }
  if (const YamlNode node = value_at(map, "key")) provider.key = read_key(problems, node);
  if (const YamlNode node = value_at(map, "free")) {
    provider.free = read_bool(problems, node).value_or(false);
  }
  read_catalog(problems, map, provider);
  read_word<Admission>(problems, map, "admission",
                       {{"clamp", Admission::clamp},
                        {"strict", Admission::strict},
                        {"stepwise", Admission::stepwise}},
                       provider.admission);
  read_word<bool>(problems, map, "unknown_fields", {{"refuse", false}, {"pass", true}},
                  provider.pass_unknown_fields);
  if (const YamlNode node = value_at(map, "cap_field")) {
    if (node.is_scalar() && valid_word(node.text(), kFieldMax)) {
      provider.cap_field = node.text();
    } else {
      problems.add(node.mark(), "found " + node.found() + "; expected a field such as max_tokens");
    }
  }
  if (const YamlNode node = value_at(map, "timeout")) {
    if (const auto timeout = read_duration(problems, node, kTimeoutRange)) {
      provider.timeout = *timeout;
    }
  }
  if (const YamlNode node = value_at(map, "failover")) {
    if (const auto other = read_text(problems, node, "another provider's name")) {
      provider.failover = *other;
    }
  }
  if (const YamlNode node = value_at(map, "ca_file")) {
    if (node.is_scalar() && node.text().starts_with('/') && node.text().size() <= kPathMax) {
      provider.ca_file = node.text();
    } else {
      problems.add(node.mark(), "found " + node.found() + "; expected an absolute path");
    }
  }
}

// Another provider, on the same wire.
void check_failovers(Problems& problems, YamlNode section, const std::vector<Provider>& providers) {
  for (const Provider& provider : providers) {
    if (provider.failover.empty()) continue;
    const auto other = std::ranges::find(providers, provider.failover, &Provider::name);
    if (other != providers.end() && other->wire == provider.wire && &*other != &provider) continue;
    problems.add(value_at(section, provider.name).mark(),
                 fmt::format("found the failover {} of {}; expected another provider that speaks "
                             "the wire {}",
                             quoted(provider.failover), quoted(provider.name), provider.wire));
  }
}

}  // namespace

std::vector<Provider> read_providers(Problems& problems, YamlNode section) {
  std::vector<Provider> providers;
  for_each_entry(problems, section, "a map of providers such as {openai: {wire: openai, …}}",
                 [&](YamlNode name, YamlNode value) {
                   if (!valid_name(name.text())) {
                     problems.add(name.mark(),
                                  "found " + quoted(name.text()) +
                                      "; expected a provider's name: a-z, 0-9, '.', '_', '-'");
                     return;
                   }
                   Provider& provider = providers.emplace_back();
                   provider.name = name.text();
                   read_provider(problems, value, provider);
                 });
  check_failovers(problems, section, providers);
  return providers;
}

std::string_view host_of(std::string_view base_url) {
  std::string_view rest = base_url.substr(base_url.find("://") + 3);
  rest = rest.substr(0, rest.find('/'));
  if (rest.starts_with('[')) return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find(':'));
}

}  // namespace ringfence
