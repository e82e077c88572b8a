// SPDX-License-Identifier: Apache-2.0
#include "policy/policy.h"

#include "base/bytes.h"
#include "policy/compiled.h"
#include "policy/providers.h"

namespace ringfence {
namespace {

const Keys& document_keys() {
  static const Keys keys{.known = {"version", "currency", "timezone", "kinds", "classes", "units",
                                   "providers", "prices", "accounts", "roles", "limits", "wires"},
                         .later = {"args", "danger", "guards", "webhooks", "ask", "approvals",
                                   "tests", "hooks", "trust", "servers", "tools", "net", "labels"}};
  return keys;
}

}  // namespace

CompiledPolicy::CompiledPolicy(std::string_view text, Problems& problems, UnitTable units)
    : text_(text), sha256_hex_(to_hex(sha256(text))), units_(std::move(units)) {
  YamlTree tree;
  if (tree.parse(text, problems)) read(tree.root(), problems);
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
  if (const YamlNode node = value_at(root, "timezone")) {
    const auto name = read_text(problems, node, "a time zone such as UTC or Europe/Berlin");
    if (!name) return;
    if (const auto zone = Zone::find(*name)) {
      zone_ = *zone;
    } else {
      problems.add(node.mark(), "found " + quoted(*name) + "; " + zone.error().message);
    }
  }
}

void CompiledPolicy::read(YamlNode root, Problems& problems) {
  if (!check_map(problems, root, "a policy", document_keys())) return;
  read_head(root, problems);
  PatternReader patterns(problems);
  const WallReader walls{problems, units_, declared_};
  if (const YamlNode node = value_at(root, "kinds")) patterns.declare_kinds(node);
  if (const YamlNode node = value_at(root, "classes")) patterns.declare_classes(node);
  if (const YamlNode node = value_at(root, "units"))
    declared_.read(problems, node, patterns, units_);
  if (const YamlNode node = value_at(root, "providers"))
    providers_ = read_providers(problems, node);
  if (const YamlNode node = value_at(root, "prices"))
    prices_.read(problems, node, patterns, providers_);
  if (const YamlNode node = value_at(root, "roles")) roles_.read(problems, node, patterns, walls);
  if (const YamlNode node = value_at(root, "accounts"))
    accounts_.read(problems, node, roles_, walls);
  if (const YamlNode node = value_at(root, "limits")) {
    limits_.read(problems, node, patterns, walls);
  }
  if (const YamlNode node = value_at(root, "wires")) wires_.read(problems, node);
}

Result<std::shared_ptr<const Policy>> Policy::compile(std::string_view text, std::string_view name,
                                                      UnitTable units) {
  Problems problems(name);
  auto policy = std::make_shared<CompiledPolicy>(text, problems, std::move(units));
  if (!problems.empty()) return std::unexpected(problems.error());
  return std::shared_ptr<const Policy>(std::move(policy));
}

}  // namespace ringfence
