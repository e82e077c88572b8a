// SPDX-License-Identifier: Apache-2.0
#include "policy/providers.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/called_url.h"
#include "policy/key_source.h"
#include "policy/web_address.h"
#include "policy/words.h"
#include "pricing/catalog.h"

namespace ringfence {
namespace {

constexpr std::size_t kFieldMax = 64;
constexpr DurationRange kTimeoutRange{Duration::seconds(1), Duration::hours(1)};

constexpr std::string_view kUrlExpected =
    "http(s)://host[:port][/path] without user, query and fragment, such as "
    "https://api.openai.com/v1";

constexpr KeyPlace kKeyPlace{
    .expected =
        "{env: NAME}, {file: /path}, {command: [program, argument]} or {from: client}; a "
        "key itself never stands in a policy",
    .example = "openai",
    .variable = "OPENAI_API_KEY",
    .may_be_clients = true};

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
    const auto url =
        node.is_scalar() ? parse_web_address(node.text(), WithQuery::refused) : std::nullopt;
    if (url) {
      provider.base_url = *url;
    } else {  // not what was found: it may hold a password
      problems.add(node.mark(), fmt::format("found no usable URL; expected {}", kUrlExpected));
    }
  }
  if (const YamlNode node = value_at(map, "key"))
    provider.key = read_key(problems, node, kKeyPlace);
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
    if (auto path = read_absolute_path(problems, node)) provider.ca_file = *std::move(path);
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

}  // namespace ringfence
