// SPDX-License-Identifier: Apache-2.0
// The text of `top`: what the record says made harmless for a terminal, and figures made short.
//
// Contract: pure. Whatever `harmless` returns is printable UTF-8 (or ASCII, for a terminal that
// takes no more) without control, escape, joining or direction characters, so that a name or a
// reason can neither move the cursor nor disguise its neighbours; each character is one or two
// cells wide, and `cells_of` counts them. What is not known to be so is shown as "?".
// Limitations: scripts that need joining or go from right to left are shown as "?".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace ringfence::top {

enum class Charset : std::uint8_t { ascii, unicode };

std::string harmless(std::string_view text, Charset charset);

// Of harmless text.
std::size_t cells_of(std::string_view text);
// Exactly `cells` wide: cut with an ellipsis, or padded at its end (or its start).
std::string fit(std::string_view text, std::size_t cells, Charset charset);
std::string fit_right(std::string_view text, std::size_t cells, Charset charset);

// "12,345".
std::string grouped(std::int64_t number);
// At most six characters: "12,345", "123k", "4.5M".
std::string short_count(std::int64_t number);
// An amount in its unit's base: "$12.34", "$0.0012", "90s", "123k". A small one is never shown as
// 0.
std::string short_amount(std::string_view unit, std::int64_t amount);
// At most five characters: "45s", "12m", "3h05", "12d", ">99d".
std::string short_duration(Duration duration);

}  // namespace ringfence::top
