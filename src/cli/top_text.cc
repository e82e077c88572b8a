// SPDX-License-Identifier: Apache-2.0
#include "cli/top_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace ringfence::top {
namespace {

struct Range {
  char32_t first, last;
};

// Letters and signs that stand alone, one cell each, whatever surrounds them.
constexpr Range kNarrow[] = {
    {0x20, 0x7E},     {0xA1, 0xAC},     {0xAE, 0x2FF},    {0x370, 0x377},   {0x37A, 0x37F},
    {0x384, 0x38A},   {0x38C, 0x38C},   {0x38E, 0x3A1},   {0x3A3, 0x482},   {0x48A, 0x52F},
    {0x1E00, 0x1EFF}, {0x2010, 0x2027}, {0x2030, 0x205E}, {0x20A0, 0x20BF}, {0x2100, 0x214F},
    {0x2190, 0x21FF}, {0x2200, 0x22FF}, {0x2500, 0x25FC},
};
// East Asian ones, two cells each.
constexpr Range kWide[] = {
    {0x3000, 0x3029}, {0x3030, 0x303E}, {0x3041, 0x3096}, {0x309B, 0x30FF}, {0x3105, 0x312F},
    {0x3131, 0x318E}, {0x31F0, 0x321E}, {0x3220, 0x3247}, {0x3250, 0x4DBF}, {0x4E00, 0x9FFF},
    {0xAC00, 0xD7A3}, {0xF900, 0xFA6D}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6},
};

template <std::size_t kCount>
bool in(const Range (&ranges)[kCount], char32_t c) {
  return std::ranges::any_of(ranges, [c](Range r) { return r.first <= c && c <= r.last; });
}

std::size_t width_of(char32_t c) { return in(kNarrow, c) ? 1 : in(kWide, c) ? 2 : 0; }

char32_t decode(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0);
  char32_t c = byte(0) & (0x7F >> sequence.size());
  for (std::size_t i = 1; i < sequence.size(); ++i) c = (c << 6) | (byte(i) & 0x3F);
  return c;
}

// Takes the first character off; a byte that begins none is U+FFFF, which is no character.
char32_t next(std::string_view& text, std::string_view& sequence) {
  const std::size_t length = utf8_sequence_length(text);
  sequence = text.substr(0, std::max<std::size_t>(length, 1));
  text.remove_prefix(sequence.size());
  return length == 0 ? 0xFFFF : decode(sequence);
}

// The longest beginning that is at most `cells` wide.
std::string_view beginning(std::string_view text, std::size_t cells) {
  std::string_view rest = text, sequence;
  std::size_t used = 0;
  while (!rest.empty()) {
    const std::string_view before = rest;
    used += width_of(next(rest, sequence));
    if (used > cells) return text.substr(0, text.size() - before.size());
  }
  return text;
}

std::string cut(std::string_view text, std::size_t cells, Charset charset) {
  if (cells_of(text) <= cells) return std::string(text);
  if (cells == 0) return {};
  return std::string(beginning(text, cells - 1)) + (charset == Charset::unicode ? "…" : "~");
}

// Rounded half up to `places` decimal digits of a number with nine.
std::string rounded_nano(std::int64_t nano, int places) {
  std::int64_t step = 1;
  for (int i = places; i < 9; ++i) step *= 10;
  const std::int64_t units = nano / step + (nano % step >= step / 2 + step % 2 ? 1 : 0);
  std::int64_t whole = units, part_of = 1;
  for (int i = 0; i < places; ++i) part_of *= 10;
  whole /= part_of;
  std::string part = fmt::format("{:0{}}", units % part_of, places);
  while (part.size() > 2 && part.back() == '0') part.pop_back();
  return grouped(whole) + "." + part;
}

std::string short_money(std::int64_t nano) {
  constexpr std::int64_t kOne = 1'000'000'000;
  if (nano == 0) return "$0.00";
  if (nano < 0) return "-" + short_money(-std::max(nano, -INT64_MAX));
  if (nano < kOne / 10'000) return "<$0.0001";
  if (nano < kOne / 10) return "$" + rounded_nano(nano, 4);
  if (nano < 1'000'000 * kOne) return "$" + rounded_nano(nano, 2);
  return "$" + short_count(nano / kOne);
}

}  // namespace

std::string harmless(std::string_view text, Charset charset) {
  std::string out;
  std::string_view sequence;
  while (!text.empty()) {
    const char32_t c = next(text, sequence);
    const bool shown = width_of(c) > 0 && (c < 0x7F || charset == Charset::unicode);
    out += shown ? sequence : "?";
  }
  return out;
}

std::size_t cells_of(std::string_view text) {
  std::size_t cells = 0;
  std::string_view sequence;
  while (!text.empty()) cells += width_of(next(text, sequence));
  return cells;
}

std::string fit(std::string_view text, std::size_t cells, Charset charset) {
  std::string out = cut(text, cells, charset);
  return out.append(cells - cells_of(out), ' ');
}

std::string fit_right(std::string_view text, std::size_t cells, Charset charset) {
  const std::string out = cut(text, cells, charset);
  return std::string(cells - cells_of(out), ' ') + out;
}

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  const std::size_t digits_from = number < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > digits_from + 3;) text.insert(at -= 3, ",");
  return text;
}

std::string short_count(std::int64_t number) {
  if (number < 0) return "-" + short_count(-std::max(number, -INT64_MAX));
  if (number < 100'000) return grouped(number);
  std::int64_t scale = 1'000;
  std::string_view letters = "kMGTPE";
  while (number / scale >= 1'000) {
    scale *= 1'000;
    letters.remove_prefix(1);
  }
  const std::int64_t whole = number / scale;
  if (whole >= 100) return fmt::format("{}{}", whole, letters.front());
  return fmt::format("{}.{}{}", whole, number % scale / (scale / 10), letters.front());
}

std::string short_amount(std::string_view unit, std::int64_t amount) {
  if (unit == "usd") return short_money(amount);
  if (unit != "seconds") return short_count(amount);
  return amount > 0 && amount < 1'000 ? "<1s" : short_count(amount / 1'000) + "s";
}

std::string short_duration(Duration duration) {
  const std::int64_t seconds = std::max<std::int64_t>(0, duration.us / 1'000'000);
  if (seconds < 60) return fmt::format("{}s", seconds);
  const std::int64_t minutes = seconds / 60;
  if (minutes < 60) return fmt::format("{}m", minutes);
  const std::int64_t hours = minutes / 60;
  if (hours < 10) return fmt::format("{}h{:02}", hours, minutes % 60);
  if (hours < 48) return fmt::format("{}h", hours);
  if (hours < 100 * 24) return fmt::format("{}d", hours / 24);
  return ">99d";
}

}  // namespace ringfence::top
