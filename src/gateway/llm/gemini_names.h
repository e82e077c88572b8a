// SPDX-License-Identifier: Apache-2.0
// gemini_names: members as Google's servers read them, where each has two spellings.
//
// Contract: pure. A member is known by its JSON name (`maxOutputTokens`) and by the name it has in
// the interface's definition (`max_output_tokens`); both are the same member, so that both together
// are that member twice. A message stands where a list of it may. Otherwise as member_table.
#pragma once

#include "gateway/llm/member_table.h"

namespace ringfence::llm {

// Whether `written` is `name` in one of its two spellings.
bool is_proto_name(std::string_view written, std::string_view name);

// As read_members; a member's path is told in the spelling that the request has.
template <class Member, class Take, class Unknown>
Result<void> read_proto_members(JsonSlice object, std::span<const KnownMember<Member>> table,
                                const std::string& where, Take take, Unknown unknown) {
  if (object.is(JsonKind::null)) return {};
  if (!object.is(JsonKind::object)) {
    return invalid("an object was expected", where.substr(0, where.size() - !where.empty()));
  }
  std::uint64_t seen = 0;
  for (JsonMembers members(object); members.next();) {
    const std::string name = decode_string(members.key());
    std::size_t at = 0;
    while (at < table.size() && !is_proto_name(name, table[at].name)) ++at;
    const std::string path = where + shown(members.key());
    if (at == table.size()) {
      if (!members.value().is(JsonKind::null)) unknown(path);
      continue;
    }
    const std::uint64_t bit = std::uint64_t{1} << at;
    if ((seen & bit) != 0) return invalid("this member stands twice", path);
    seen |= bit;
    if (Result<void> taken = take(table[at].member, path, members.value()); !taken) return taken;
  }
  return {};
}

// Calls `take(path, message)` for each message of a list, or for one that stands alone.
template <class Take>
Result<void> each_message(JsonSlice value, const std::string& where, Take take) {
  if (value.is(JsonKind::null)) return {};
  if (value.is(JsonKind::object)) return take(where, value);
  if (!value.is(JsonKind::array)) return invalid("an array was expected", where);
  std::size_t index = 0;
  for (JsonElements elements(value); elements.next(); ++index) {
    const std::string path = indexed(where, index, "");
    if (!elements.value().is(JsonKind::object)) return invalid("an object was expected", path);
    if (Result<void> taken = take(path, elements.value()); !taken) return taken;
  }
  return {};
}

}  // namespace ringfence::llm
