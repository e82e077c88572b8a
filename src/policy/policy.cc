// SPDX-License-Identifier: Apache-2.0
#include "policy/policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/ensure.h"
#include "policy/compiled.h"
#include "policy/providers.h"
#include "policy/tests_section.h"

namespace ringfence {
namespace {

const Keys& document_keys() {
  static const Keys keys{
      .known = {"version", "currency", "timezone", "kinds", "classes", "units",    "providers",
                "prices",  "accounts", "roles",    "allow", "deny",    "ask",      "limits",
                "loops",   "guards",   "args",     "wires", "tests",   "webhooks", "audit"}};
  return keys;
}

}  // namespace

CompiledPolicy::CompiledPolicy(std::string_view text, Problems& problems, UnitTable units)
    : text_(text), sha256_hex_(to_hex(sha256(text))), units_(std::move(units)) {
  problems.find_files(text);
  YamlTree tree;
  if (tree.parse(text, problems)) read(tree.roots(), problems);
  places_ = RulePlaces(std::move(tree), problems);
}

void CompiledPolicy::read_head(YamlNode root, Problems& problems) {
  if (const YamlNode node = require(problems, root, "version", "version: 1")) {
    if (!node.is_scalar() || node.text() != "1") {
      problems.add(node.mark(), "found version " + node.found() + "; expected 1");
    }
  }
  if (const YamlNode node = value_at(root, "currency")) {
    if (!node.is_scalar() || node.text() != "USD") {
      problems.add(node.mark(), "found the currency " + node.found() +
                                    "; expected USD (others are " + std::string(kNotYet) + ")");
    }
  }
  if (const YamlNode node = value_at(root, "timezone")) read_timezone(node, problems);
}

void CompiledPolicy::read_timezone(YamlNode node, Problems& problems) {
  const auto name = read_text(problems, node, "a time zone such as UTC or Europe/Berlin");
  if (!name) return;
  if (!timezone_.empty() && timezone_ != *name) {
    problems.add(node.mark(), "found " + quoted(*name) + " beside " + quoted(timezone_) +
                                  " in another document; expected one time zone");
    return;
  }
  if (const auto zone = Zone::find(*name)) {
    timezone_ = *name;
    zone_ = *zone;
  } else {
    problems.add(node.mark(), "found " + quoted(*name) + "; " + zone.error().message);
  }
}

void CompiledPolicy::read(const std::vector<YamlNode>& roots, Problems& problems) {
  for (const YamlNode root : roots) {
    if (!check_map(problems, root, "a policy", document_keys())) return;
    read_head(root, problems);
  }
  PatternReader patterns(problems);
  const WallReader walls{problems, units_, declared_};
  // What one document declares all of them may name; who declares it again is refused.
  const auto each = [&](std::string_view section, auto&& read_section) {
    for (const YamlNode root : roots) {
      if (const YamlNode node = value_at(root, section)) read_section(node);
    }
  };
  each("kinds", [&](YamlNode node) { patterns.declare_kinds(node); });
  each("classes", [&](YamlNode node) { patterns.declare_classes(node); });
  const auto one = [&](std::string_view section, auto&& read_section) {
    YamlNode found;
    each(section, [&](YamlNode node) {
      if (!found) return read_section(found = node);
      problems.add(node.mark(), fmt::format("found a second `{}`; expected it in one document "
                                            "only ({})",
                                            section, problems.place(found.mark())));
    });
  };
  one("units", [&](YamlNode node) { declared_.read(problems, node, patterns, units_); });
  one("providers", [&](YamlNode node) { providers_ = read_providers(problems, node); });
  const auto states = [](YamlNode root, std::string_view section) {
    return static_cast<bool>(value_at(root, section));
  };
  const bool provided =
      std::ranges::any_of(roots, [&](YamlNode root) { return states(root, "providers"); });
  for (const YamlNode root : roots) {
    if (!provided || !states(root, "prices") || states(root, "providers")) continue;
    problems.add(value_at(root, "prices").mark(),
                 "found `prices` in another document than `providers`; expected them together, "
                 "since a further document can only narrow");
  }
  one("prices", [&](YamlNode node) { prices_.read(problems, node, patterns, providers_); });
  documents_.read(problems, roots, patterns, walls);
  each("limits", [&](YamlNode node) { limits_.read(problems, node, patterns, walls); });
  each("loops", [&](YamlNode node) { loops_.read(problems, node, patterns); });
  each("guards", [&](YamlNode node) { guards_.read(problems, node, patterns); });
  each("args", [&](YamlNode node) { args_.read(problems, node, patterns); });
  one("wires", [&](YamlNode node) { wires_.read(problems, node); });
  each("tests", [&](YamlNode node) { read_tests(problems, node, units_); });
  each("webhooks", [&](YamlNode node) { read_webhooks(problems, node, webhooks_); });
  one("audit", [&](YamlNode node) { audit_ = read_audit(problems, node); });
}

Result<std::shared_ptr<const Policy>> Policy::compile(std::string_view text, std::string_view name,
                                                      UnitTable units) {
  Problems problems(name);
  auto policy = std::make_shared<CompiledPolicy>(text, problems, std::move(units));
  if (!problems.empty()) return std::unexpected(problems.error());
  return std::shared_ptr<const Policy>(std::move(policy));
}

namespace {

const CompiledPolicy& compiled(const Policy& policy) {
  const auto* made = dynamic_cast<const CompiledPolicy*>(&policy);
  RF_ENSURE(made != nullptr, "`compile` makes no other");
  return *made;
}

}  // namespace

const std::vector<WebhookRule>& webhooks_of(const Policy& policy) {
  return compiled(policy).webhooks();
}

const AuditRule& audit_of(const Policy& policy) { return compiled(policy).audit(); }

const RulePlaces& rule_places_of(const Policy& policy) { return compiled(policy).places(); }

}  // namespace ringfence
