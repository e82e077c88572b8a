// SPDX-License-Identifier: Apache-2.0
// member_table: the members of a request that a wire knows, and the walk over them.
//
// Contract: pure. A table lists each known member once with what it means. A known member may stand
// once; a name that differs from a known one by the case of its letters alone is refused, since
// some servers would take it; any other name is `unknown`: under a money wall its cost cannot be
// stated.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/llm/json_scan.h"

namespace ringfence::llm {

inline constexpr std::size_t kMembersMax = 64;  // of one table

template <class Member>
struct KnownMember {
  std::string_view name;
  Member member;
};

// A member's name, or any other text of a request, short enough for an error or a refusal.
std::string shown(JsonSlice string);
// "tools[3].type" of "tools", 3, ".type".
std::string indexed(std::string_view array, std::size_t index, std::string_view member);
// Whether the value is one of these strings.
bool one_of(JsonSlice value, std::initializer_list<std::string_view> words);
// A boolean; null is false. Errors: `invalid`.
Result<bool> read_bool(JsonSlice value, const std::string& where);
// An integer in [min, max]. Errors: `invalid`, naming the range.
Result<std::int64_t> read_integer(JsonSlice value, std::int64_t min, std::int64_t max,
                                  const std::string& where);
// A name with its letters folded as Go's encoding/json folds them (ASCII case, U+017F for s, U+212A
// for k).
std::string folded_name(std::string_view name);

// Calls `take(member, name, value)` for each known member of `object` and `unknown(path)` for each
// other one that is not null; `where` is the path of the object with its dot, or empty.
template <class Member, class Take, class Unknown>
Result<void> read_members(JsonSlice object, std::span<const KnownMember<Member>> table,
                          const std::string& where, Take take, Unknown unknown) {
  const auto find = [&](std::string_view name) {
    std::size_t at = 0;
    while (at < table.size() && table[at].name != name) ++at;
    return at;
  };
  std::uint64_t seen = 0;
  for (JsonMembers members(object); members.next();) {
    const std::string name = decode_string(members.key());
    const std::size_t at = find(name);
    if (at == table.size()) {
      if (const std::size_t meant = find(folded_name(name)); meant != table.size()) {
        return invalid("this name differs from \"" + std::string(table[meant].name) +
                           "\" in the case of its letters only; write it as documented",
                       where + shown(members.key()));
      }
      if (!members.value().is(JsonKind::null)) unknown(where + shown(members.key()));
      continue;
    }
    const std::uint64_t bit = std::uint64_t{1} << at;
    if ((seen & bit) != 0) return invalid("this member stands twice", where + name);
    seen |= bit;
    if (Result<void> taken = take(table[at].member, where + name, members.value()); !taken) {
      return taken;
    }
  }
  return {};
}

}  // namespace ringfence::llm
