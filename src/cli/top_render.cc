// SPDX-License-Identifier: Apache-2.0
// The frame as a whole: who gets how many rows.
#include "cli/top_render.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringfence::top {
namespace {

constexpr std::size_t kHeaderRows = 2;
constexpr std::size_t kBottomRows = 1;
constexpr std::size_t kListRowsFocused = 8;  // of a short screen

constexpr Pane kLists[] = {Pane::streams, Pane::refusals, Pane::halts};

std::size_t count_of(const Scene& scene, Pane pane) {
  switch (pane) {
    case Pane::accounts: return scene.snapshot.accounts.size();
    case Pane::streams: return scene.snapshot.streams.size();
    case Pane::refusals: return scene.history.refusals().size();
    case Pane::halts: return scene.snapshot.halts.size();
  }
  return 0;
}

// Rows of a list with its title; 1: only the summary.
std::size_t rows_of(const Scene& scene, Pane pane, std::size_t screen_rows) {
  const std::size_t wanted = 1 + std::max<std::size_t>(1, count_of(scene, pane));
  if (screen_rows >= kRowsForAllPanes) return std::min(wanted, 1 + screen_rows / 6);
  return scene.view.pane() == pane ? std::min(wanted, 1 + kListRowsFocused) : 1;
}

void append(std::vector<FrameLine>& to, std::vector<FrameLine> lines) {
  std::ranges::move(lines, std::back_inserter(to));
}

std::vector<FrameLine> panes(const Scene& scene, FrameSize size) {
  if (scene.view.help()) return help_page(scene, size);
  std::size_t lists = 0;
  for (const Pane pane : kLists) {
    lists += rows_of(scene, pane, size.rows + kHeaderRows + kBottomRows);
  }
  const std::size_t most = size.rows - std::min<std::size_t>(size.rows, 4);
  std::size_t excess = lists > most ? lists - most : 0;
  std::vector<FrameLine> lines = accounts_pane(scene, {size.rows - lists + excess, size.columns});
  for (const Pane pane : kLists) {
    std::size_t rows = rows_of(scene, pane, size.rows + kHeaderRows + kBottomRows);
    const std::size_t less = std::min(excess, rows - 1);
    rows -= less;
    excess -= less;
    if (rows == 1) {
      lines.push_back(pane_summary(scene, pane, size.columns));
    } else {
      append(lines, list_pane(scene, pane, {rows, size.columns}));
    }
  }
  return lines;
}

Frame too_small(const Scene& scene, FrameSize size) {
  Frame frame;
  for (std::size_t row = 0; row < size.rows; ++row) {
    LineWriter line(size.columns, scene.charset);
    if (row == 0) line.put(fmt::format("too small: {}x{} at least", kColumnsMin, kRowsMin));
    frame.lines.push_back(line.line());
  }
  return frame;
}

}  // namespace

Frame render(const Scene& scene, FrameSize size) {
  if (size.rows < kRowsMin || size.columns < kColumnsMin) return too_small(scene, size);
  Frame frame;
  frame.lines.push_back(header_line(scene, size.columns));
  frame.lines.push_back(totals_line(scene, size.columns));
  append(frame.lines, panes(scene, {size.rows - kHeaderRows - kBottomRows, size.columns}));
  std::size_t cursor = SIZE_MAX;
  frame.lines.push_back(bottom_line(scene, size.columns, cursor));
  if (cursor != SIZE_MAX) {
    frame.cursor_row = size.rows - 1;
    frame.cursor_column = cursor;
  }
  return frame;
}

}  // namespace ringfence::top
