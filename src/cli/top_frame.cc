// SPDX-License-Identifier: Apache-2.0
#include "cli/top_frame.h"

#include <algorithm>

namespace ringfence::top {

std::string Frame::text() const {
  std::string out;
  for (const FrameLine& line : lines) {
    std::string text;
    for (const Span& span : line.spans) text += span.text;
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  return out;
}

LineWriter& LineWriter::add(std::string text, Style style) {
  if (text.empty()) return *this;
  left_ -= cells_of(text);
  line_.spans.push_back({std::move(text), style});
  return *this;
}

LineWriter& LineWriter::put(std::string_view text, Style style) {
  const std::string shown = harmless(text, charset_);
  return add(fit(shown, std::min(cells_of(shown), left_), charset_), style);
}

LineWriter& LineWriter::column(std::string_view text, std::size_t cells, Style style) {
  return add(fit(harmless(text, charset_), std::min(cells, left_), charset_), style);
}

LineWriter& LineWriter::column_right(std::string_view text, std::size_t cells, Style style) {
  return add(fit_right(harmless(text, charset_), std::min(cells, left_), charset_), style);
}

LineWriter& LineWriter::skip(std::size_t cells) {
  return add(std::string(std::min(cells, left_), ' '), Style::plain);
}

FrameLine LineWriter::line(bool selected) {
  skip(left_);
  line_.selected = selected;
  return std::move(line_);
}

}  // namespace ringfence::top
