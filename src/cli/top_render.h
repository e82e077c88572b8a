// SPDX-License-Identifier: Apache-2.0
// Render: all that is known, drawn into one screen.
//
// Contract: pure: the same input gives the same frame. Exactly `size` rows of exactly `size`
// columns; below kRowsMin or kColumnsMin a sentence that says so. Where a list does not fit, its
// title says how many of how many are shown.
#pragma once

#include <string>

#include "cli/top_frame.h"
#include "cli/top_history.h"
#include "cli/top_snapshot.h"
#include "cli/top_view.h"

namespace ringfence::top {

inline constexpr std::size_t kRowsMin = 10;
inline constexpr std::size_t kColumnsMin = 40;
inline constexpr std::size_t kRowsForAllPanes = 34;

struct Scene {
  const Snapshot& snapshot;
  const History& history;
  const View& view;
  Time now;             // by the daemon's clock
  std::string trouble;  // why these figures are old; empty: they are not
  Charset charset = Charset::unicode;
};

Frame render(const Scene& scene, FrameSize size);

// The parts, each as many lines as it says.
FrameLine header_line(const Scene& scene, std::size_t columns);
FrameLine totals_line(const Scene& scene, std::size_t columns);  // or what is wrong
FrameLine bottom_line(const Scene& scene, std::size_t columns, std::size_t& cursor_column);
std::vector<FrameLine> accounts_pane(const Scene& scene, FrameSize size);
std::vector<FrameLine> list_pane(const Scene& scene, Pane pane, FrameSize size);
// One line for a pane that has no room.
FrameLine pane_summary(const Scene& scene, Pane pane, std::size_t columns);
std::vector<FrameLine> help_page(const Scene& scene, FrameSize size);

}  // namespace ringfence::top
