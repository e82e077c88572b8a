// SPDX-License-Identifier: Apache-2.0
// CompiledPolicy: the parts of one document, put together behind the interface of policy/policy.h.
//
// Contract: as Policy. Inside the room `read` fills it from a tree and reports problems; what has
// problems is thrown away whole.
#pragma once

#include <string>
#include <vector>

#include "policy/args.h"
#include "policy/audit.h"
#include "policy/documents.h"
#include "policy/guards.h"
#include "policy/limits.h"
#include "policy/policy.h"
#include "policy/prices.h"
#include "policy/rule_places.h"
#include "policy/units.h"
#include "policy/webhooks.h"
#include "policy/wires.h"

namespace ringfence {

class CompiledPolicy final : public Policy {
 public:
  CompiledPolicy(std::string_view text, Problems& problems, UnitTable units = {});

  const std::string& text() const override { return text_; }
  const std::string& sha256_hex() const override { return sha256_hex_; }
  const Zone& zone() const override { return zone_; }
  const UnitTable& units() const override { return units_; }
  const std::string& currency() const override { return currency_; }

  AccountRules account(std::string_view path) const override { return documents_.account(path); }
  std::string role_name(RoleId role) const override { return documents_.role_name(role); }
  RunRule run_rule(RoleId role) const override { return documents_.run_rule(role); }
  Verdict check(RoleId role, const Operation& operation, const Identity& identity) const override {
    return documents_.check(role, operation, identity, {});
  }
  Verdict check_danger(RoleId role, std::string_view danger,
                       const Identity& identity) const override {
    return documents_.check_danger(role, danger, identity);
  }
  bool asks_identity() const override { return documents_.asks_identity(); }
  bool asks(RoleId role, const Operation& operation,
            std::vector<const AskRule*>& out) const override {
    return documents_.asks(role, operation, out);
  }

  const std::vector<LimitRule>& limits() const override { return limits_.rules(); }
  void match_limits(const Operation& operation, std::vector<std::uint32_t>& out) const override {
    limits_.match(operation, out);
  }
  const std::vector<LoopRule>& loops() const override { return loops_.rules(); }
  void match_loops(const Operation& operation, std::vector<std::uint32_t>& out) const override {
    loops_.match(operation, out);
  }
  std::optional<ArgsMismatch> check_args(const Operation& operation,
                                         const Json* args) const override {
    return args_.check(operation, args);
  }
  bool has_args_rules(const Operation& operation) const override { return args_.any(operation); }
  const std::vector<GuardRule>& guards() const override { return guards_.rules(); }
  void match_guards(const Operation& operation, std::vector<std::uint32_t>& out) const override {
    guards_.match(operation, out);
  }
  bool reads_args() const override { return !args_.empty() || declared_.reads_args(); }
  Result<std::optional<DeclaredCount>> declared_count(Unit unit, const Operation& operation,
                                                      const Json* args) const override {
    return declared_.count(unit, operation, args);
  }

  const Price* price(const Operation& operation, Time at) const override {
    return prices_.find(operation, providers_, at).price;
  }
  const Provider* provider(std::string_view name) const override {
    return find_provider(providers_, name);
  }
  const std::vector<Provider>& providers() const override { return providers_; }
  const std::vector<WebhookRule>& webhooks() const { return webhooks_; }
  const AuditRule& audit() const { return audit_; }
  const RulePlaces& places() const { return places_; }
  Result<Operation> resolve_model(std::string_view model, std::string_view wire) const override {
    return prices_.resolve_model(model, providers_, wire);
  }
  std::vector<Operation> models() const override { return prices_.models(providers_); }
  std::optional<int> final_status(std::string_view wire) const override {
    return wires_.final_status(wire);
  }

  const Documents& documents() const { return documents_; }
  const Limits& limit_patterns() const { return limits_; }
  const Prices& prices() const { return prices_; }

 private:
  void read(const std::vector<YamlNode>& roots, Problems& problems);
  void read_head(YamlNode root, Problems& problems);
  void read_timezone(YamlNode node, Problems& problems);

  std::string text_;
  std::string sha256_hex_;
  std::string currency_ = "USD";
  std::string timezone_;
  Zone zone_;
  UnitTable units_;
  DeclaredUnits declared_;
  std::vector<Provider> providers_;
  Prices prices_;
  Documents documents_;
  Limits limits_;
  Loops loops_;
  Guards guards_;
  ArgRules args_;
  WireRules wires_;
  std::vector<WebhookRule> webhooks_;
  AuditRule audit_;
  RulePlaces places_;
};

}  // namespace ringfence
