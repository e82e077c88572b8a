// SPDX-License-Identifier: Apache-2.0
#include "policy/audit.h"

#include <fmt/format.h>

#include <algorithm>

#include "audit/vkey.h"
#include "policy/called_url.h"

namespace ringfence {
namespace {

constexpr std::string_view kOriginExpected =
    "a log's name such as audit.example.com/log, without blanks and +";
constexpr std::string_view kVkeyExpected = "a witness's public key: name+hash+base64";
constexpr std::string_view kForever = "forever";

void read_witness(Problems& problems, YamlNode map, AuditWitness& witness) {
  static const Keys kKeys{.known = {"url", "vkey", "allow_private"}};
  if (!check_map(problems, map, "a witness", kKeys)) return;
  if (const YamlNode node = value_at(map, "allow_private")) {
    witness.allow_private = read_bool(problems, node).value_or(false);
  }
  if (const YamlNode node = require(problems, map, "url", "https://host/path")) {
    witness.url = read_called_url(problems, node, witness.allow_private).value_or("");
    if (witness.url.find('?') != std::string::npos) {
      problems.add(node.mark(),
                   "found a query; expected the witness's address without one, as "
                   "everybody is told it");
    }
  }
  if (const YamlNode node = require(problems, map, "vkey", kVkeyExpected)) {
    const auto text = read_text(problems, node, kVkeyExpected);
    if (!text) return;
    const auto key = audit::parse_vkey(*text);
    if (!key) {
      problems.add(node.mark(), "found no public key (" + key.error().message + "); expected " +
                                    std::string(kVkeyExpected));
    } else if (key->type != audit::KeyType::ed25519_cosignature) {
      problems.add(node.mark(), "found a key that signs a log's checkpoints; expected " +
                                    std::string(kVkeyExpected));
    }
    witness.vkey = *text;
  }
}

void read_witnesses(Problems& problems, YamlNode list, std::vector<AuditWitness>& witnesses) {
  if (list.is_sequence() && list.size() > kWitnessesMax) {
    problems.add(list.mark(), fmt::format("found {} witnesses; expected at most {}", list.size(),
                                          kWitnessesMax));
    return;
  }
  for_each_item(problems, list, "a list of witnesses such as [{url: …, vkey: …}]",
                [&](YamlNode item) {
                  AuditWitness witness;
                  read_witness(problems, item, witness);
                  const auto same = std::ranges::find(witnesses, witness.vkey, &AuditWitness::vkey);
                  if (!witness.vkey.empty() && same != witnesses.end()) {
                    problems.add(item.mark(),
                                 "found this key a second time; expected a witness "
                                 "to count once");
                  }
                  witnesses.push_back(std::move(witness));
                });
}

// Events are kept for good; what lies beside them may go.
std::optional<Duration> read_retention(Problems& problems, YamlNode map) {
  static const Keys kKeys{.known = {"payloads", "events"}};
  if (!check_map(problems, map, "a retention", kKeys)) return std::nullopt;
  const YamlNode events = value_at(map, "events");
  if (events && !(events.is_scalar() && events.text() == kForever)) {
    problems.add(events.mark(),
                 fmt::format("found {}; expected `{}`: events are the signed record, and none is "
                             "ever removed; what may be erased lies beside it (`payloads`)",
                             events.found(), kForever));
  }
  const YamlNode node = value_at(map, "payloads");
  constexpr DurationRange kRange{Duration::seconds(1), Duration::days(36'500)};
  return node ? read_duration(problems, node, kRange) : std::nullopt;
}

}  // namespace

AuditRule read_audit(Problems& problems, YamlNode section) {
  static const Keys kKeys{
      .known = {"origin", "anchor", "witnesses", "quorum", "public", "retention"}};
  AuditRule rule;
  if (!check_map(problems, section, "the audit section", kKeys)) return rule;
  if (const YamlNode node = value_at(section, "origin")) {
    if (node.is_scalar() && audit::valid_key_name(node.text())) {
      rule.origin = node.text();
    } else {
      problems.add(node.mark(),
                   "found " + node.found() + "; expected " + std::string(kOriginExpected));
    }
  }
  if (const YamlNode node = value_at(section, "anchor")) {
    if (auto path = read_absolute_path(problems, node)) rule.anchor = *std::move(path);
  }
  if (const YamlNode node = value_at(section, "witnesses")) {
    read_witnesses(problems, node, rule.witnesses);
  }
  rule.quorum = static_cast<std::int64_t>(rule.witnesses.size());
  if (const YamlNode node = value_at(section, "quorum")) {
    const auto count = read_count(problems, node, "a number of witnesses", {0, rule.quorum});
    rule.quorum = count.value_or(rule.quorum);
  }
  if (const YamlNode node = value_at(section, "retention")) {
    rule.keep_payloads = read_retention(problems, node);
  }
  if (const YamlNode node = value_at(section, "public")) {
    rule.public_entries = read_bool(problems, node).value_or(false);
  }
  return rule;
}

}  // namespace ringfence
