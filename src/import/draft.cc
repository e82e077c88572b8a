// SPDX-License-Identifier: Apache-2.0
#include "import/draft.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/path.h"

namespace ringfence::imports {
namespace {

constexpr std::size_t kDigitsMax = 40;
constexpr int kExponentMax = 30;

bool digit(char c) { return c >= '0' && c <= '9'; }

std::string without_leading_zeros(std::string digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string::npos ? "0" : digits.substr(first);
}

std::string_view without_trailing_zeros(std::string_view digits) {
  while (digits.ends_with('0')) digits.remove_suffix(1);
  return digits;
}

std::string cap_text(const Cap& cap) {
  std::string text = fmt::format("{{{}: \"{}\"", cap.unit, cap.amount);
  if (!cap.window.empty()) text += fmt::format(", window: {}", cap.window);
  if (!cap.expected.empty()) text += fmt::format(", expected: \"{}\"", cap.expected);
  return text + "}";
}

// As the engine's `no_wall` has it.
bool bounds(const Cap& cap) {
  return (cap.unit == "usd" || cap.unit == "tokens" || cap.unit == "calls") &&
         (cap.window == "day" || cap.window == "week" || cap.window == "month" ||
          cap.window == "lifetime");
}

void write_section(std::string& out, std::string_view name,
                   const std::vector<std::pair<std::string, std::string>>& entries) {
  if (entries.empty()) return;
  out += fmt::format("\n{}:\n", name);
  for (const auto& [key, value] : entries) out += fmt::format("  {}: {}\n", key, value);
}

}  // namespace

void Draft::left_out(YamlNode at, std::string_view what, std::string_view why) {
  left_out_.push_back(
      fmt::format("{}:{}:{}: {}: {}", file_, at.mark().line, at.mark().column, what, why));
}

void Draft::provider(const std::string& name, std::string rest) {
  providers_.emplace_back(name, std::move(rest));
}
void Draft::price(const std::string& key, std::string rest) {
  const auto same = [&](const auto& have) { return have.first == key; };
  if (std::ranges::none_of(prices_, same)) prices_.emplace_back(key, std::move(rest));
}
void Draft::unit(const std::string& name, std::string rest) {
  const auto same = [&](const auto& have) { return have.first == name; };
  if (std::ranges::none_of(units_, same)) units_.emplace_back(name, std::move(rest));
}

void Draft::account(const std::string& path) {
  if (accounts_.try_emplace(path).second) order_.push_back(path);
}

void Draft::budget(const std::string& path, Cap cap) {
  account(path);
  accounts_[path].budgets.push_back(std::move(cap));
}

std::string Draft::role_allowing(const std::vector<std::string>& patterns, std::string_view wish) {
  std::size_t same_name = 0;
  for (const auto& [name, allowed] : roles_) {
    if (allowed == patterns) return name;
    same_name += name == wish || name.starts_with(std::string(wish) + "-") ? 1 : 0;
  }
  std::string name(wish);
  if (same_name > 0) name += fmt::format("-{}", same_name + 1);
  roles_.emplace_back(name, patterns);
  return name;
}

void Draft::give_role(const std::string& path, const std::string& role) {
  account(path);
  accounts_[path].role = role;
}

void Draft::limit(std::string_view wish, std::string rest) {
  std::string name;
  for (const char c : wish) name += c == '/' ? '.' : c;
  const std::string base = name;
  for (int i = 2; !limit_names_.insert(name).second; ++i) name = fmt::format("{}-{}", base, i);
  limits_.emplace_back(name, std::move(rest));
}

bool Draft::bounded(const std::string& path) const {
  for (std::string_view at = path; !at.empty(); at = parent_path(at)) {
    const auto found = accounts_.find(std::string(at));
    if (found == accounts_.end()) continue;
    if (std::ranges::any_of(found->second.budgets, bounds)) return true;
  }
  return false;
}

std::string Draft::text() const {
  std::string out;
  for (const std::string& line : comments_) out += "# " + line + "\n";
  out += "version: 1\ncurrency: USD\ntimezone: UTC\n";
  write_section(out, "units", units_);
  write_section(out, "providers", providers_);
  write_section(out, "prices", prices_);
  if (!accounts_.empty()) out += "\naccounts:\n";
  for (const std::string& path : order_) {
    const Account& account = accounts_.at(path);
    std::vector<std::string> parts;
    if (!account.role.empty()) parts.push_back("role: " + account.role);
    if (!account.budgets.empty()) {
      std::vector<std::string> caps;
      for (const Cap& cap : account.budgets) caps.push_back(cap_text(cap));
      parts.push_back(fmt::format("budgets: [{}]", fmt::join(caps, ", ")));
    }
    if (!account.role.empty() && !bounded(path)) parts.emplace_back("unlimited: true");
    out += fmt::format("  {}: {{{}}}\n", yaml_string(path), fmt::join(parts, ", "));
  }
  if (!roles_.empty()) out += "\nroles:\n";
  for (const auto& [name, patterns] : roles_) {
    std::vector<std::string> quoted;
    for (const std::string& pattern : patterns) quoted.push_back(yaml_string(pattern));
    out += fmt::format("  {}: {{allow: [{}]}}\n", name, fmt::join(quoted, ", "));
  }
  if (!limits_.empty()) out += "\nlimits:\n";
  for (const auto& [name, rest] : limits_) {
    out += fmt::format("  - {{name: {}, {}}}\n", name, rest);
  }
  for (const std::string& document : further_) out += "---\n" + document;
  return out;
}

std::string Names::name(std::string_view key, std::string_view wish) {
  if (const auto known = by_key_.find(key); known != by_key_.end()) return known->second;
  std::string made;
  for (const char c : wish.substr(0, kSegmentMax - 4)) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool fits = digit(lower) || (lower >= 'a' && lower <= 'z') ||
                      (!made.empty() && (lower == '.' || lower == '_' || lower == '-'));
    made += fits ? lower : made.empty() ? 'x' : '-';
  }
  if (made.empty()) made = "unnamed";
  std::string unique = made;
  for (int i = 2; !taken_.insert(unique).second; ++i) unique = fmt::format("{}-{}", made, i);
  by_key_.emplace(key, unique);
  return unique;
}

std::optional<std::string> plain_decimal(std::string_view text) {
  const std::size_t e = text.find_first_of("eE");
  std::string_view mantissa = text.substr(0, e);
  int exponent = 0;
  if (e != std::string_view::npos) {
    std::string_view power = text.substr(e + 1);
    const bool negative = power.starts_with('-');
    if (negative || power.starts_with('+')) power.remove_prefix(1);
    if (power.empty() || power.size() > 2 || !std::ranges::all_of(power, digit)) return {};
    for (const char c : power) exponent = exponent * 10 + (c - '0');
    if (exponent > kExponentMax) return {};
    if (negative) exponent = -exponent;
  }
  const std::size_t point = mantissa.find('.');
  const std::string_view whole = mantissa.substr(0, point);
  const std::string_view part =
      point == std::string_view::npos ? std::string_view() : mantissa.substr(point + 1);
  const bool digits = !whole.empty() && std::ranges::all_of(whole, digit) &&
                      std::ranges::all_of(part, digit) &&
                      (point == std::string_view::npos || !part.empty());
  if (!digits || mantissa.size() > kDigitsMax) return {};
  return shifted(mantissa, exponent);
}

std::string shifted(std::string_view decimal, int places) {
  const std::size_t point = decimal.find('.');
  std::string digits(decimal.substr(0, point));
  std::ptrdiff_t scale = 0;  // digits after the point
  if (point != std::string_view::npos) {
    digits += decimal.substr(point + 1);
    scale = static_cast<std::ptrdiff_t>(decimal.size() - point - 1);
  }
  scale -= places;
  if (scale < 0) {
    digits.append(static_cast<std::size_t>(-scale), '0');
    scale = 0;
  }
  while (static_cast<std::ptrdiff_t>(digits.size()) <= scale) digits.insert(digits.begin(), '0');
  const std::size_t whole = digits.size() - static_cast<std::size_t>(scale);
  const std::string_view part = without_trailing_zeros(std::string_view(digits).substr(whole));
  std::string out = without_leading_zeros(digits.substr(0, whole));
  if (!part.empty()) out += fmt::format(".{}", part);
  return out;
}

std::pair<std::string, bool> cut(std::string_view decimal, int places) {
  const std::size_t point = decimal.find('.');
  if (point == std::string_view::npos) return {std::string(decimal), false};
  const std::string_view part = decimal.substr(point + 1);
  if (part.size() <= static_cast<std::size_t>(places)) return {std::string(decimal), false};
  const std::string_view kept = part.substr(0, static_cast<std::size_t>(places));
  const bool lost = !without_trailing_zeros(part.substr(kept.size())).empty();
  return {shifted(fmt::format("{}.{}", decimal.substr(0, point), kept), 0), lost};
}

std::string yaml_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

YamlNode member(YamlNode map, std::string_view key) {
  if (!map || !map.is_map()) return {};
  for (YamlNode at = map.first(); at; at = at.next().next()) {
    if (!at.is_scalar() || at.text() != key) continue;
    const YamlNode value = at.next();
    const bool null = value.is_null() || (value.kind() == YamlNode::Kind::plain &&
                                          (value.text() == "null" || value.text() == "~"));
    return null ? YamlNode() : value;
  }
  return {};
}

std::string text_of(YamlNode map, std::string_view key) {
  const YamlNode node = member(map, key);
  return node && node.is_scalar() ? std::string(node.text()) : std::string();
}

}  // namespace ringfence::imports
