// SPDX-License-Identifier: Apache-2.0
// Glob: one segment of a pattern, in which kStar stands for any run of bytes, also none.
//
// Contract: pure. kStar is the byte 0, which no segment of an operation or account can hold, so
// that a literal '*' stays a literal. Matching takes time of at most |glob| x |text|.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringfence {

inline constexpr char kStar = '\0';

bool glob_matches(std::string_view glob, std::string_view text);
// What that may take, in steps of some hundred bytes compared.
std::size_t glob_cost(std::string_view glob, std::string_view text);
// Every text that `inner` matches, `outer` matches too.
bool glob_within(std::string_view inner, std::string_view outer);
// Some text matches both.
bool globs_intersect(std::string_view a, std::string_view b);

inline bool is_literal(std::string_view glob) { return glob.find(kStar) == glob.npos; }
inline bool is_star(std::string_view glob) { return glob.size() == 1 && glob[0] == kStar; }

// ASCII only.
std::string to_lower(std::string_view text);

}  // namespace ringfence
