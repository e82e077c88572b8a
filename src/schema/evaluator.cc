// SPDX-License-Identifier: Apache-2.0
#include "schema/evaluator.h"

#include <algorithm>

#include "schema/canonical.h"
#include "schema/pointer.h"

namespace ringfence {
namespace {

constexpr std::size_t kNestingMax = 512;  // of subschemas entered
// Weights: how much of other work counts as a step.
constexpr std::size_t kScannedBytesPerStep = 64;
constexpr std::size_t kCanonicalBytesPerStep = 8;
constexpr std::size_t kMatchWorkPerStep = 6;
constexpr std::size_t kStepsPerSorted = 3;
constexpr std::size_t kStepsPerComparison = 2;
constexpr std::size_t kStepsPerDivision = 16;
constexpr std::size_t kMembersPerStep = 4;

JsonTypes type_of(const Json& value) {
  if (value.is_null()) return kNullType;
  if (value.boolean() != nullptr) return kBooleanType;
  if (value.string() != nullptr) return kStringType;
  if (value.array() != nullptr) return kArrayType;
  if (value.object() != nullptr) return kObjectType;
  return kNumberType;
}

std::uint64_t code_points(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

Validation SchemaEvaluator::run(const Json& instance) {
  const bool valid = check(0, instance, "false");
  if (gave_up_) {
    result_ = {};
    result_.too_much_work = true;
    return result_;
  }
  result_.valid = valid;
  return result_;
}

bool SchemaEvaluator::give_up() {
  gave_up_ = true;
  return false;
}

bool SchemaEvaluator::spend(std::uint64_t steps) {
  if (gave_up_ || steps > steps_left_) return give_up();
  steps_left_ -= steps;
  return true;
}

bool SchemaEvaluator::fail(std::string_view keyword) {
  if (probing_ == 0 && result_.keyword.empty()) {
    result_.path = path_;
    result_.keyword = keyword;
  }
  return false;
}

bool SchemaEvaluator::fail_at(std::string_view name, std::string_view keyword) {
  const std::size_t size = path_.size();
  if (probing_ == 0) append_pointer_step(path_, name);
  fail(keyword);
  path_.resize(size);
  return false;
}

bool SchemaEvaluator::check(SchemaId id, const Json& value, std::string_view via) {
  const SchemaRules& node = nodes_[id];
  if (!spend(1 + node.rules.size()) || depth_ == kNestingMax) return give_up();
  if (node.never) return fail(via);
  ++depth_;
  const bool valid = std::ranges::all_of(node.rules, [&](const SchemaRule& rule) {
    return std::visit([&](const auto& r) { return holds(r, value); }, rule) && !gave_up_;
  });
  --depth_;
  return valid;
}

bool SchemaEvaluator::probe(SchemaId id, const Json& value) {
  ++probing_;
  const bool valid = check(id, value, {});
  --probing_;
  return valid;
}

bool SchemaEvaluator::check_member(SchemaId id, const Json::Member& member, bool named,
                                   std::string_view via) {
  const std::size_t size = path_.size();
  if (probing_ == 0) append_pointer_step(path_, named ? std::string_view(member.first) : "*");
  const bool valid = check(id, member.second, via);
  path_.resize(size);
  return valid;
}

bool SchemaEvaluator::holds(const TypeRule& rule, const Json& value) {
  const JsonTypes type = type_of(value);
  if (type != kNumberType) return (rule.types & type) != 0 || fail("type");
  if ((rule.types & kNumberType) == kNumberType) return true;
  if ((rule.types & kNumberType) == 0) return fail("type");
  const auto number = ExactNumber::parse(value.number()->text);
  if (!number) return give_up();
  return number->is_integer() || fail("type");
}

bool SchemaEvaluator::holds(const EqualsRule& rule, const Json& value) {
  std::string text;
  const Canonical done = append_canonical(text, value, rule.longest);
  if (!spend(text.size() / kCanonicalBytesPerStep) || done == Canonical::unreadable) {
    return give_up();
  }
  const bool equal = done == Canonical::written && std::ranges::binary_search(rule.values, text);
  return equal || fail(rule.keyword);
}

bool SchemaEvaluator::holds(const NumberRule& rule, const Json& value) {
  const Json::Number* written = value.number();
  if (written == nullptr) return true;
  const bool divides = rule.keyword == "multipleOf";
  if (!spend(divides ? kStepsPerDivision : kStepsPerComparison)) return false;
  const auto number = ExactNumber::parse(written->text);
  if (!number) return give_up();
  bool in = true;
  if (divides)
    in = number->multiple_of(rule.bound);
  else if (rule.keyword == "maximum")
    in = *number <= rule.bound;
  else if (rule.keyword == "minimum")
    in = *number >= rule.bound;
  else if (rule.keyword == "exclusiveMaximum")
    in = *number < rule.bound;
  else
    in = *number > rule.bound;
  return in || fail(rule.keyword);
}

bool SchemaEvaluator::holds(const CountRule& rule, const Json& value) {
  std::uint64_t count = 0;
  if (rule.keyword.ends_with("Length")) {
    if (value.string() == nullptr) return true;
    if (!spend(value.string()->size() / kScannedBytesPerStep)) return false;
    count = code_points(*value.string());
  } else if (rule.keyword.ends_with("Items")) {
    if (value.array() == nullptr) return true;
    count = value.array()->size();
  } else {
    if (value.object() == nullptr) return true;
    count = value.object()->size();
  }
  const bool in = rule.keyword.starts_with("max") ? count <= rule.bound : count >= rule.bound;
  return in || fail(rule.keyword);
}

bool SchemaEvaluator::matches(const SchemaPattern& pattern, std::string_view text) {
  return spend(1 + pattern.work(text.size()) / kMatchWorkPerStep) && pattern.matches(text);
}

bool SchemaEvaluator::holds(const PatternRule& rule, const Json& value) {
  return value.string() == nullptr || matches(rule.pattern, *value.string()) || fail("pattern");
}

bool SchemaEvaluator::holds(const UniqueRule& /*rule*/, const Json& value) {
  if (value.array() == nullptr || value.array()->size() < 2) return true;
  if (!spend(value.array()->size() * kStepsPerSorted)) return false;
  std::vector<std::string> texts;
  for (const Json& item : *value.array()) {
    const Canonical done =
        append_canonical(texts.emplace_back(), item, steps_left_ * kCanonicalBytesPerStep);
    if (done != Canonical::written) return give_up();
    if (!spend(texts.back().size() / kCanonicalBytesPerStep)) return false;
  }
  std::ranges::sort(texts);
  return std::ranges::adjacent_find(texts) == texts.end() || fail("uniqueItems");
}

bool SchemaEvaluator::holds(const ContainsRule& rule, const Json& value) {
  if (value.array() == nullptr) return true;
  std::uint64_t found = 0;
  for (const Json& item : *value.array()) {
    if (gave_up_) return false;
    if (found > rule.most) break;
    if (found >= rule.least && rule.most == UINT64_MAX) break;
    found += probe(rule.schema, item) ? 1 : 0;
  }
  if (found >= rule.least && found <= rule.most) return true;
  if (found > rule.most) return fail("maxContains");
  return fail(rule.least > 1 ? "minContains" : "contains");
}

bool SchemaEvaluator::holds(const ItemsRule& rule, const Json& value) {
  if (value.array() == nullptr) return true;
  const Json::Array& items = *value.array();
  const std::size_t size = path_.size();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool first = i < rule.prefix.size();
    if (!first && !rule.rest) return true;
    if (probing_ == 0) append_pointer_step(path_, std::to_string(i));
    const bool valid =
        check(first ? rule.prefix[i] : *rule.rest, items[i], first ? "prefixItems" : "items");
    path_.resize(size);
    if (!valid) return false;
  }
  return true;
}

bool SchemaEvaluator::holds(const MembersRule& rule, const Json& value) {
  if (value.object() == nullptr) return true;
  for (const Json::Member& member : *value.object()) {
    if (!spend(1)) return false;
    const auto named =
        std::ranges::lower_bound(rule.named, member.first, {}, &MembersRule::Named::name);
    const bool known = named != rule.named.end() && named->name == member.first;
    bool evaluated = known;
    if (known && !check_member(named->schema, member, true, "properties")) return false;
    for (const auto& matching : rule.matching) {
      if (gave_up_) return false;
      if (!matches(matching.pattern, member.first)) continue;
      evaluated = true;
      if (!check_member(matching.schema, member, known, "patternProperties")) return false;
    }
    if (!evaluated && rule.rest && !check_member(*rule.rest, member, false, "additionalProperties"))
      return false;
  }
  return true;
}

bool SchemaEvaluator::holds(const NamesRule& rule, const Json& value) {
  if (value.object() == nullptr) return true;
  for (const Json::Member& member : *value.object()) {
    if (!spend(1 + member.first.size() / kScannedBytesPerStep)) return false;
    if (!probe(rule.schema, Json(member.first))) return fail("propertyNames");
  }
  return true;
}

bool SchemaEvaluator::has_member(const Json::Object& members, std::string_view name) {
  if (!spend(1 + members.size() / kMembersPerStep)) return false;
  return std::ranges::any_of(members, [&](const Json::Member& m) { return m.first == name; });
}

bool SchemaEvaluator::holds(const RequiredRule& rule, const Json& value) {
  if (value.object() == nullptr) return true;
  if (!spend(value.object()->size() + rule.names.size())) return false;
  std::vector<bool> found(rule.names.size());
  for (const Json::Member& member : *value.object()) {
    const auto at = std::ranges::lower_bound(rule.names, member.first);
    if (at != rule.names.end() && *at == member.first)
      found[std::size_t(at - rule.names.begin())] = true;
  }
  const auto missing = std::ranges::find(found, false);
  return missing == found.end() ||
         fail_at(rule.names[std::size_t(missing - found.begin())], "required");
}

bool SchemaEvaluator::holds(const DependentRequiredRule& rule, const Json& value) {
  if (value.object() == nullptr || !has_member(*value.object(), rule.name)) return true;
  for (const std::string& name : rule.required) {
    if (!has_member(*value.object(), name)) return fail_at(name, "dependentRequired");
  }
  return true;
}

bool SchemaEvaluator::holds(const DependentSchemaRule& rule, const Json& value) {
  if (value.object() == nullptr || !has_member(*value.object(), rule.name)) return true;
  return check(rule.schema, value, "dependentSchemas");
}

bool SchemaEvaluator::holds(const CombinedRule& rule, const Json& value) {
  if (rule.how == CombinedRule::How::all) {
    return std::ranges::all_of(rule.schemas,
                               [&](SchemaId id) { return check(id, value, rule.keyword); });
  }
  const std::size_t enough = rule.how == CombinedRule::How::any ? 1 : 2;
  std::size_t valid = 0;
  for (const SchemaId id : rule.schemas) {
    valid += probe(id, value) ? 1 : 0;
    if (gave_up_) return false;
    if (valid == enough) break;
  }
  return valid == 1 || fail(rule.keyword);
}

bool SchemaEvaluator::holds(const NotRule& rule, const Json& value) {
  return !probe(rule.schema, value) || fail("not");
}

bool SchemaEvaluator::holds(const IfRule& rule, const Json& value) {
  const bool test = probe(rule.test, value);
  if (gave_up_) return false;
  const auto& chosen = test ? rule.then_schema : rule.else_schema;
  return !chosen || check(*chosen, value, test ? "then" : "else");
}

bool SchemaEvaluator::holds(const ReferenceRule& rule, const Json& value) {
  return check(rule.target, value, "$ref");
}

}  // namespace ringfence
