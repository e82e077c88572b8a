// SPDX-License-Identifier: Apache-2.0
#include "policy/identity_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ringfence {
namespace {

constexpr std::size_t kValuesMax = 256;  // of one field
constexpr std::size_t kValueBytesMax = 256;

struct NamedField {
  std::string_view name;
  std::string Identity::* field;
};
constexpr std::array<NamedField, 4> kFields{{{"user", &Identity::user},
                                             {"team", &Identity::team},
                                             {"org", &Identity::org},
                                             {"session", &Identity::session}}};

}  // namespace

std::string Identity::* identity_field(std::string_view name) {
  for (const NamedField& each : kFields) {
    if (each.name == name) return each.field;
  }
  return nullptr;
}

std::string_view identity_field_name(std::string Identity::* field) {
  const auto found = std::ranges::find(kFields, field, &NamedField::field);
  return found == kFields.end() ? std::string_view() : found->name;
}

IdentityMatch IdentityMatch::read(Problems& problems, YamlNode map) {
  IdentityMatch match;
  if (!check_map(problems, map, "`for`", {{"user", "team", "org", "session"}})) return match;
  for (const NamedField& each : kFields) {
    const YamlNode node = value_at(map, each.name);
    if (!node) continue;
    Field field{each.field, {}};
    const auto add = [&](YamlNode value) {
      const auto text = read_text(problems, value, "a name such as alice");
      if (!text) return;
      if (text->empty() || text->size() > kValueBytesMax || field.values.size() == kValuesMax) {
        problems.add(value.mark(),
                     fmt::format("found {}; expected a name of 1 to {} bytes, at most {} of them",
                                 quoted(*text), kValueBytesMax, kValuesMax));
        return;
      }
      field.values.emplace_back(*text);
    };
    if (node.is_sequence()) {
      for_each_item(problems, node, "a list of names", add);
      if (node.size() == 0) {
        problems.add(node.mark(), "found no name; expected one, since nobody would be meant");
      }
    } else {
      add(node);
    }
    if (!field.values.empty()) match.fields_.push_back(std::move(field));
  }
  if (map.size() == 0) {
    problems.add(map.mark(), "found nobody; expected user, team, org or session");
  }
  return match;
}

bool IdentityMatch::admits(const Identity& identity) const {
  return std::ranges::all_of(fields_, [&](const Field& each) {
    return std::ranges::find(each.values, identity.*each.field) != each.values.end();
  });
}

bool IdentityMatch::covers(const Identity& identity) const {
  return std::ranges::all_of(fields_, [&](const Field& each) {
    const std::string& stated = identity.*each.field;
    return stated.empty() || std::ranges::find(each.values, stated) != each.values.end();
  });
}

std::string IdentityMatch::text() const {
  std::vector<std::string> parts;
  for (const Field& each : fields_) {
    parts.push_back(
        fmt::format("{} {}", identity_field_name(each.field), fmt::join(each.values, " or ")));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<std::string Identity::*> read_required_fields(Problems& problems, YamlNode list) {
  std::vector<std::string Identity::*> fields;
  for_each_item(problems, list, "a list of fields such as [user, org]", [&](YamlNode item) {
    const auto name = read_text(problems, item, "user, team, org or session");
    if (!name) return;
    if (const auto field = identity_field(*name)) {
      if (std::ranges::find(fields, field) == fields.end()) fields.push_back(field);
      return;
    }
    problems.add(item.mark(),
                 "found " + quoted(*name) + suggestion(*name, {"user", "team", "org", "session"}));
  });
  return fields;
}

}  // namespace ringfence
