// SPDX-License-Identifier: Apache-2.0
// The pane of accounts: a tree with a bar against the tightest wall of each.
#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "base/path.h"
#include "cli/top_render.h"

namespace ringfence::top {
namespace {

constexpr std::size_t kNameMin = 14, kNameMax = 60;
constexpr std::size_t kBarMin = 8, kBarMax = 60;
constexpr std::size_t kSpentCells = 17, kBurnCells = 9, kTimeCells = 7, kStateCells = 6;
constexpr std::size_t kWallCells = 18, kOpenCells = 6;
constexpr std::size_t kWide = 120;  // from here on with all columns

struct Columns {
  std::size_t name = kNameMin, bar = kBarMin;
  bool wall = false;
};

Columns columns_for(std::size_t width) {
  Columns columns;
  columns.wall = width >= kWide;
  std::size_t fixed = kSpentCells + kBurnCells + kTimeCells + kStateCells + 5;
  if (columns.wall) fixed += kWallCells + kOpenCells + 2;
  const std::size_t room = width - std::min(width, fixed);
  columns.bar = std::clamp(room * 2 / 5, kBarMin, kBarMax);
  columns.name = std::clamp(room - std::min(room, columns.bar), kNameMin, kNameMax);
  return columns;
}

// So many of `cells` as `part` is of `whole`; at least one of what is not nothing.
std::size_t cells_for(std::int64_t part, std::int64_t whole, std::size_t cells) {
  if (part <= 0) return 0;
  if (whole <= 0 || part >= whole) return cells;
  const auto exact = static_cast<std::size_t>(static_cast<__int128>(part) * cells / whole);
  return std::clamp<std::size_t>(exact, 1, cells - std::min<std::size_t>(cells, 1));
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

Style style_of(const WallLine& wall) {
  const __int128 used = static_cast<__int128>(wall.settled) * 100;
  if (used >= static_cast<__int128>(wall.cap) * 95) return Style::bad;
  if (used >= static_cast<__int128>(wall.cap) * 80) return Style::warn;
  return Style::good;
}

void put_bar(LineWriter& line, const WallLine& wall, std::size_t cells, Charset charset) {
  const bool unicode = charset == Charset::unicode;
  const std::size_t settled = cells_for(wall.settled, wall.cap, cells);
  const std::size_t least = std::min(cells, settled + (wall.held > 0 ? 1 : 0));
  const std::size_t used =
      std::max(least, cells_for(saturating_add(wall.settled, wall.held), wall.cap, cells));
  line.put(repeated(unicode ? "█" : "#", settled), style_of(wall));
  line.put(repeated(unicode ? "▒" : "=", used - settled), Style::held);
  line.put(repeated(unicode ? "░" : ".", cells - used), Style::faint);
}

std::string name_of(const TreeRow& row, Charset charset, std::string_view parent) {
  const bool unicode = charset == Charset::unicode;
  std::string name(row.depth * 2, ' ');
  name += !row.parent ? "  " : row.folded ? (unicode ? "▶ " : "+ ") : (unicode ? "▼ " : "- ");
  // Below its parent the last part says all.
  std::string_view path = row.account->path;
  if (parent != "/" && !parent.empty() && path_within(path, parent) && path != parent) {
    path.remove_prefix(parent.size() + 1);
  }
  return name + std::string(path);
}

void put_state(LineWriter& line, const AccountLine& account) {
  switch (account.state) {
    case AccountState::halted: line.column("HALTED", kStateCells, Style::bad); break;
    case AccountState::paused: line.column("paused", kStateCells, Style::warn); break;
    case AccountState::open:
      line.column(account.ended ? "ended" : "", kStateCells, Style::faint);
      break;
  }
}

std::string spent_text(const WallLine& wall) {
  return short_amount(wall.unit, wall.settled) + "/" + short_amount(wall.unit, wall.cap);
}

FrameLine account_row(const Scene& scene, const TreeRow& row, std::string_view parent,
                      const Columns& columns, std::size_t width, bool selected) {
  LineWriter line(width, scene.charset);
  const AccountLine& account = *row.account;
  line.column(name_of(row, scene.charset, parent), columns.name,
              account.is_run ? Style::plain : Style::strong);
  line.skip(1);
  const WallLine* wall = account.tightest();
  if (wall == nullptr) {
    line.column("no wall of its own", columns.bar, Style::faint).skip(1);
    line.skip(kSpentCells + 1 + kBurnCells + 1 + kTimeCells + 1);
  } else {
    put_bar(line, *wall, columns.bar, scene.charset);
    const auto burn = scene.history.burn(account, *wall);
    // What is stopped goes to no wall.
    const bool goes_on = account.state == AccountState::open && !account.ended;
    const auto time = goes_on ? scene.history.time_to_wall(account, *wall) : std::nullopt;
    const bool soon = time && *time < Duration::minutes(10);
    line.skip(1).column_right(spent_text(*wall), kSpentCells).skip(1);
    line.column_right(!burn ? "-" : *burn == 0 ? "" : short_amount(wall->unit, *burn), kBurnCells);
    line.skip(1).column_right(time ? short_duration(*time) : "", kTimeCells,
                              soon ? Style::warn : Style::plain);
    line.skip(1);
  }
  if (columns.wall) {
    line.column(wall == nullptr ? "" : wall->unit + "/" + wall->window, kWallCells, Style::faint);
    line.skip(1);
    line.column_right(account.open_holds == 0 ? "" : grouped(account.open_holds), kOpenCells);
    line.skip(1);
  }
  put_state(line, account);
  return line.line(selected);
}

FrameLine title_row(const Scene& scene, const Tree& tree, std::size_t shown, const Columns& columns,
                    std::size_t width) {
  const Snapshot& s = scene.snapshot;
  const bool focused = scene.view.pane() == Pane::accounts;
  std::string title = focused ? "ACCOUNTS" : "accounts";
  if (shown < tree.rows.size() || s.accounts_truncated) {
    title +=
        fmt::format(" {} of {}", grouped(static_cast<std::int64_t>(shown)),
                    grouped(std::max<std::int64_t>(s.accounts_truncated ? s.accounts_total : 0,
                                                   static_cast<std::int64_t>(tree.rows.size()))));
  }
  LineWriter line(width, scene.charset);
  line.column(title, columns.name, Style::title);
  std::string about;
  if (scene.view.tree().sort != Sort::name) {
    about = fmt::format("by {}", to_string(scene.view.tree().sort));
  }
  if (!scene.view.tree().filter.empty()) about = "/" + scene.view.tree().filter + " " + about;
  line.column("", 1, Style::title).column(about, columns.bar, Style::title);
  line.column("", 1, Style::title).column_right("settled/cap", kSpentCells, Style::title);
  line.column("", 1, Style::title).column_right("burn/min", kBurnCells, Style::title);
  line.column("", 1, Style::title).column_right("to wall", kTimeCells, Style::title);
  line.column("", 1, Style::title);
  if (columns.wall) {
    line.column("tightest wall", kWallCells + 1, Style::title);
    line.column_right("open", kOpenCells, Style::title).column("", 1, Style::title);
  }
  line.column("state", line.left(), Style::title);
  return line.line();
}

}  // namespace

std::vector<FrameLine> accounts_pane(const Scene& scene, FrameSize size) {
  const Tree tree = tree_of(scene.snapshot, scene.history, scene.view.tree());
  const Columns columns = columns_for(size.columns);
  const std::size_t room = size.rows - std::min<std::size_t>(size.rows, 1);
  const std::size_t notes = tree.ended_hidden > 0 && room > tree.rows.size() ? 1 : 0;
  const std::size_t cursor = scene.view.cursor(Pane::accounts);
  const std::size_t first = cursor < room ? 0 : cursor - room + 1;
  const std::size_t last = std::min(tree.rows.size(), first + room);
  std::vector<FrameLine> lines;
  lines.push_back(title_row(scene, tree, last - first, columns, size.columns));
  std::vector<std::string_view> above(kPathDepthMax + 2);  // paths by depth
  for (std::size_t i = 0; i < last; ++i) {
    const TreeRow& row = tree.rows[i];
    if (row.depth < above.size()) above[row.depth] = row.account->path;
    const std::string_view parent = row.depth == 0 ? std::string_view() : above[row.depth - 1];
    if (i < first) continue;
    const bool selected = scene.view.pane() == Pane::accounts && i == cursor;
    lines.push_back(account_row(scene, row, parent, columns, size.columns, selected));
  }
  if (notes > 0) {
    LineWriter line(size.columns, scene.charset);
    line.put(fmt::format("  {} ended {} not shown (e shows them)", tree.ended_hidden,
                         tree.ended_hidden == 1 ? "run" : "runs"),
             Style::faint);
    lines.push_back(line.line());
  }
  while (lines.size() < size.rows) {
    lines.push_back(LineWriter(size.columns, scene.charset).line());
  }
  return lines;
}

}  // namespace ringfence::top
