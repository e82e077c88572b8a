// SPDX-License-Identifier: Apache-2.0
#include "api/fields.h"

#include <algorithm>

#include "base/path.h"

namespace ringfence::api {
namespace {

constexpr std::size_t kNameShownMax = 64;  // bytes of a member's name in an error

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

bool is_integer_text(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Levenshtein's distance, for names of a few dozen bytes.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + change});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// A name of the caller's own making: short, and only if it can harm no terminal.
std::string shown(std::string_view name) {
  if (name.size() > kNameShownMax || has_control(name)) return "a member";
  return "the member \"" + std::string(name) + "\"";
}

}  // namespace

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& names) {
  std::string_view best;
  std::size_t least = 3;  // two slips at most
  if (name.size() > kNameShownMax) return best;
  for (const std::string_view each : names) {
    const std::size_t distance = edit_distance(name, each);
    if (distance < least && distance < each.size()) {
      least = distance;
      best = each;
    }
  }
  return best;
}

Result<std::int64_t> read_amount(const Json& value, Unit unit) {
  const bool scaled = unit_scale(unit) > 0;
  const std::string expected =
      scaled ? "must be a decimal string such as \"0.50\", or an integer" : "must be an integer";
  if (const std::string* text = value.string()) {
    auto amount = parse_amount(unit, *text);
    if (!amount) return invalid(expected + ": " + amount.error().message);
    return amount;
  }
  const Json::Number* number = value.number();
  if (number == nullptr) return invalid(expected + ", not " + std::string(value.kind()));
  if (!is_integer_text(number->text)) {
    return invalid(scaled ? expected + "; a JSON number with a fraction or an exponent is not exact"
                          : expected);
  }
  auto amount = parse_amount(unit, number->text);
  if (!amount) return invalid(expected + ": " + amount.error().message);
  return amount;
}

Fields::Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (object.object() != nullptr) return;
  const std::string what = "must be an object, not " + std::string(object.kind());
  error_ = Error{ErrorCode::invalid, where_.empty() ? "the body " + what : what, where_};
}

std::string Fields::place(std::string_view name) const {
  return where_.empty() ? std::string(name) : where_ + "." + std::string(name);
}

void Fields::refuse(std::string_view name, std::string_view what) {
  if (!error_) error_ = Error{ErrorCode::invalid, std::string(what), place(name)};
}

void Fields::absorb(Result<void> inner) {
  if (!inner && !error_) error_ = std::move(inner.error());
}

const Json* Fields::find(std::string_view name, Presence presence) {
  known_.push_back(name);
  if (error_) return nullptr;
  const Json* member = object_.find(name);
  if (member == nullptr && presence == kRequired) refuse(name, "is required");
  return member;
}

std::optional<std::string> Fields::text(std::string_view name, Presence presence,
                                        std::size_t bytes_max) {
  const Json* member = find(name, presence);
  if (member == nullptr) return std::nullopt;
  const std::string* value = member->string();
  if (value == nullptr) {
    refuse(name, "must be a string, not " + std::string(member->kind()));
  } else if (value->empty()) {
    refuse(name, "must not be empty");
  } else if (value->size() > bytes_max) {
    refuse(name, "must be at most " + std::to_string(bytes_max) + " bytes long");
  } else if (has_control(*value)) {
    refuse(name, "must not hold control characters");
  } else {
    return *value;
  }
  return std::nullopt;
}

std::optional<std::int64_t> Fields::integer(std::string_view name, Presence presence,
                                            std::int64_t min, std::int64_t max) {
  const Json* member = find(name, presence);
  if (member == nullptr) return std::nullopt;
  const auto value = member->integer();
  if (value && *value >= min && *value <= max) return value;
  refuse(name, "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
  return std::nullopt;
}

std::optional<bool> Fields::boolean(std::string_view name, Presence presence) {
  const Json* member = find(name, presence);
  if (member == nullptr) return std::nullopt;
  if (const bool* value = member->boolean()) return *value;
  refuse(name, "must be true or false, not " + std::string(member->kind()));
  return std::nullopt;
}

std::optional<std::string> Fields::account(std::string_view name, Presence presence) {
  auto path = text(name, presence);
  if (!path) return std::nullopt;
  if (const auto checked = check_account_path(*path); !checked) {
    refuse(name, checked.error().message);
    return std::nullopt;
  }
  return path;
}

std::optional<Time> Fields::time(std::string_view name, Presence presence) {
  const auto value = text(name, presence);
  if (!value) return std::nullopt;
  const auto time = parse_rfc3339(*value);
  if (time) return *time;
  refuse(name, "must be a time as RFC 3339 has it, such as \"2026-03-19T14:30:00Z\"");
  return std::nullopt;
}

std::optional<Window> Fields::window(std::string_view name, Presence presence) {
  const auto value = text(name, presence);
  if (!value) return std::nullopt;
  const auto window = parse_window(*value);
  if (window) return *window;
  refuse(name,
         "must be a window: run, lifetime, minute, hour, day, week, month or such as rolling:5m");
  return std::nullopt;
}

std::optional<Unit> Fields::unit(std::string_view name, Presence presence, const UnitTable& units) {
  const auto value = text(name, presence);
  if (!value) return std::nullopt;
  if (const auto unit = units.find(*value)) return unit;
  unknown_unit_ = ok();
  refuse(name, "must be a unit of the policy, such as usd or calls");
  return std::nullopt;
}

std::optional<std::int64_t> Fields::amount(std::string_view name, Presence presence, Unit unit) {
  const Json* member = find(name, presence);
  if (member == nullptr) return std::nullopt;
  const auto amount = read_amount(*member, unit);
  if (amount) return *amount;
  refuse(name, amount.error().message);
  return std::nullopt;
}

std::optional<Amounts> Fields::amounts(std::string_view name, Presence presence,
                                       const UnitTable& units) {
  const Json* member = object(name, presence);
  if (member == nullptr) return std::nullopt;
  Fields inside(*member, place(name));
  Amounts amounts;
  for (const auto& [unit_name, value] : *member->object()) {
    const auto unit = units.find(unit_name);
    if (!unit) {
      unknown_unit_ = ok();
      refuse(name, shown(unit_name) + " is no unit of the policy");
      return std::nullopt;
    }
    const auto amount = read_amount(value, *unit);
    if (!amount) {
      inside.refuse(unit_name, amount.error().message);
      absorb(inside.finish());
      return std::nullopt;
    }
    amounts.set(*unit, *amount);
  }
  return amounts;
}

std::vector<std::pair<std::string, std::string>> Fields::labels(std::string_view name) {
  std::vector<std::pair<std::string, std::string>> labels;
  const Json* member = object(name, kOptional);
  if (member == nullptr) return labels;
  if (member->object()->size() > kLabelsMax) {
    refuse(name, "must hold at most " + std::to_string(kLabelsMax) + " labels");
    return labels;
  }
  Fields inside(*member, place(name));
  for (const auto& [label, value] : *member->object()) {
    if (label.empty() || label.size() > kLabelNameMax || has_control(label)) {
      refuse(name, "must have names of 1 to 64 bytes without control characters");
      return {};
    }
    if (auto text = inside.text(label, kRequired, kLabelValueMax)) {
      labels.emplace_back(label, std::move(*text));
    }
  }
  absorb(inside.finish());
  return labels;
}

std::vector<std::string> Fields::texts(std::string_view name, std::size_t count_max,
                                       std::size_t bytes_max) {
  std::vector<std::string> texts;
  const Json::Array* elements = array(name, kOptional, count_max);
  if (elements == nullptr) return texts;
  for (std::size_t i = 0; i < elements->size(); ++i) {
    const std::string* text = (*elements)[i].string();
    if (text == nullptr || text->empty() || text->size() > bytes_max || has_control(*text)) {
      refuse(std::string(name) + "[" + std::to_string(i) + "]",
             "must be a string of 1 to " + std::to_string(bytes_max) +
                 " bytes without control characters");
      return {};
    }
    texts.push_back(*text);
  }
  return texts;
}

const Json::Array* Fields::array(std::string_view name, Presence presence, std::size_t count_max) {
  const Json* member = find(name, presence);
  if (member == nullptr) return nullptr;
  const Json::Array* elements = member->array();
  if (elements == nullptr) {
    refuse(name, "must be an array, not " + std::string(member->kind()));
  } else if (elements->size() > count_max) {
    refuse(name, "must hold at most " + std::to_string(count_max) + " elements");
    return nullptr;
  }
  return elements;
}

const Json* Fields::object(std::string_view name, Presence presence) {
  const Json* member = find(name, presence);
  if (member == nullptr || member->object() != nullptr) return member;
  refuse(name, "must be an object, not " + std::string(member->kind()));
  return nullptr;
}

const Json* Fields::any(std::string_view name, Presence presence) { return find(name, presence); }

Result<void> Fields::finish() {
  if (error_) return std::unexpected(*error_);
  for (const auto& [name, value] : *object_.object()) {
    if (std::ranges::find(known_, name) != known_.end()) continue;
    std::string what = shown(name) + " is not known here";
    const std::string_view nearest = nearest_name(name, known_);
    if (!nearest.empty()) what += "; did you mean \"" + std::string(nearest) + "\"?";
    const bool quotable = name.size() <= kNameShownMax && !has_control(name);
    return invalid(std::move(what), quotable ? place(name) : where_);
  }
  return {};
}

}  // namespace ringfence::api
