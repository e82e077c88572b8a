// SPDX-License-Identifier: Apache-2.0
// Account paths: "/" is the root; else segments joined by "/", such as acme/research/reviewer-7.
//
// Grammar (ABNF): path    = "/" / segment *15( "/" segment )
//                 segment = (lower / DIGIT) *62( lower / DIGIT / "." / "_" / "-" )
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ringfence {

inline constexpr std::size_t kPathDepthMax = 16;
inline constexpr std::size_t kSegmentMax = 63;
inline constexpr std::size_t kPathMax = kPathDepthMax * (kSegmentMax + 1) - 1;  // bytes

// Errors: `invalid`, naming the grammar. Never echoes control bytes.
Result<void> check_account_path(std::string_view path);

// The parent of "a/b" is "a", of "a" is "/"; the root has none (empty).
std::string_view parent_path(std::string_view path);

std::vector<std::string_view> path_segments(std::string_view path);

// `path` is `ancestor` or lies below it.
bool path_within(std::string_view path, std::string_view ancestor);

std::string join_path(std::string_view parent, std::string_view segment);

}  // namespace ringfence
