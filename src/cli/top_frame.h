// SPDX-License-Identifier: Apache-2.0
// Frame: a screen full of styled text, and the hand that writes its lines.
//
// Contract: plain values. Every line is exactly as wide as the frame and its text is harmless: only
// LineWriter makes lines, and all it is given goes through `harmless`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/top_text.h"

namespace ringfence::top {

enum class Style : std::uint8_t { plain, faint, strong, good, warn, bad, held, title, banner };

struct Span {
  std::string text;
  Style style = Style::plain;
};

struct FrameLine {
  std::vector<Span> spans;
  bool selected = false;  // shown in reverse
};

struct FrameSize {
  std::size_t rows = 24, columns = 80;
};

struct Frame {
  std::vector<FrameLine> lines;
  // Where the person types; not shown when it is none.
  std::size_t cursor_row = SIZE_MAX, cursor_column = 0;

  // Without styles and without blanks at the ends.
  std::string text() const;
};

class LineWriter {
 public:
  LineWriter(std::size_t columns, Charset charset) : left_(columns), charset_(charset) {}

  // As wide as it is, cut where the line ends.
  LineWriter& put(std::string_view text, Style style = Style::plain);
  // A column: exactly `cells` wide.
  LineWriter& column(std::string_view text, std::size_t cells, Style style = Style::plain);
  LineWriter& column_right(std::string_view text, std::size_t cells, Style style = Style::plain);
  LineWriter& skip(std::size_t cells);
  std::size_t left() const { return left_; }
  // The line, filled up.
  FrameLine line(bool selected = false);

 private:
  LineWriter& add(std::string text, Style style);

  FrameLine line_;
  std::size_t left_;
  Charset charset_;
};

}  // namespace ringfence::top
