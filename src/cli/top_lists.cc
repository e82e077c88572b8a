// SPDX-License-Identifier: Apache-2.0
// The panes below the accounts: live streams, refusals, halts.
#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.h"
#include "cli/top_render.h"

namespace ringfence::top {
namespace {

constexpr std::size_t kAgeCells = 5, kHeldCells = 12, kLiveCells = 10, kReasonCells = 12,
                      kReasonCellsWide = 18;
constexpr std::size_t kCountCells = 7;

std::string ago(const Scene& scene, Time at) {
  return at == Time{} ? "" : short_duration(scene.now - at);
}

std::string subject_of(const HaltLine& halt) {
  if (halt.everything) return "everything";
  if (halt.account.empty()) return halt.operation;
  return halt.operation.empty() ? halt.account : halt.account + " " + halt.operation;
}

struct Counted {
  std::string_view name;
  std::size_t listed = 0;
  std::int64_t total = 0;  // known to be
  bool more = false;       // perhaps
};

Counted counted(const Scene& scene, Pane pane) {
  const Snapshot& s = scene.snapshot;
  switch (pane) {
    case Pane::accounts: break;
    case Pane::streams: {
      const auto listed = static_cast<std::int64_t>(s.streams.size());
      const std::int64_t total = s.streams_truncated ? std::max(s.open_holds, listed) : listed;
      return {"live streams", s.streams.size(), total, false};
    }
    case Pane::refusals: {
      const std::size_t listed = scene.history.refusals().size();
      const bool more = listed >= kRefusalsMax || scene.history.refusals_skipped();
      return {"refusals", listed, static_cast<std::int64_t>(listed), more};
    }
    case Pane::halts:
      return {"halts", s.halts.size(),
              std::max(s.halts_total, static_cast<std::int64_t>(s.halts.size())), false};
  }
  RF_ENSURE(false, "accounts are no list");
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::string title_of(const Scene& scene, Pane pane, std::size_t shown) {
  const Counted count = counted(scene, pane);
  const std::string name = scene.view.pane() == pane ? upper(count.name) : std::string(count.name);
  const auto shown_count = static_cast<std::int64_t>(shown);
  if (shown_count < count.total) {
    return fmt::format("{} {} of {}{}", name, grouped(shown_count), grouped(count.total),
                       count.more ? "+" : "");
  }
  return fmt::format("{} {}{}", name, grouped(count.total), count.more ? "+" : "");
}

FrameLine stream_row(const Scene& scene, const StreamLine& stream, std::size_t width,
                     bool selected) {
  LineWriter line(width, scene.charset);
  const std::size_t fixed = kAgeCells + kHeldCells + kLiveCells + kAgeCells + 6;
  const std::size_t room = width - std::min(width, fixed);
  line.column_right(ago(scene, stream.opened), kAgeCells).skip(1);
  line.column(stream.account, room / 2, Style::strong).skip(1);
  line.column(stream.operation, room - room / 2).skip(1);
  line.column_right(stream.held, kHeldCells, Style::held).skip(1);
  line.column_right(stream.live, kLiveCells).skip(1);
  line.column_right(short_duration(stream.expires - scene.now), kAgeCells);
  return line.line(selected);
}

FrameLine refusal_row(const Scene& scene, const RefusalLine& refusal, std::size_t width,
                      bool selected) {
  LineWriter line(width, scene.charset);
  const std::size_t reason = width >= 100 ? kReasonCellsWide : kReasonCells;
  const std::size_t fixed = kAgeCells + reason + kCountCells + 4;
  const std::size_t room = width - std::min(width, fixed);
  const bool wide = room >= 90;  // the sentence has room too
  const std::size_t each = wide ? room / 4 : room / 2;
  line.column_right(ago(scene, refusal.last), kAgeCells).skip(1);
  line.column(refusal.account, each, Style::strong).skip(1);
  line.column(refusal.operation, wide ? each : room - each).skip(1);
  line.column(refusal.reason, reason, Style::warn).skip(1);
  line.column_right(refusal.count > 1 ? "x" + short_count(refusal.count) : "", kCountCells);
  if (wide) line.skip(1).put(refusal.sentence, Style::faint);
  return line.line(selected);
}

FrameLine halt_row(const Scene& scene, const HaltLine& halt, std::size_t width, bool selected) {
  LineWriter line(width, scene.charset);
  const std::size_t room = width - std::min<std::size_t>(width, kAgeCells + 1);
  line.column_right(ago(scene, halt.placed), kAgeCells).skip(1);
  line.column(subject_of(halt), room / 3, Style::bad).skip(1);
  line.put(halt.reason).put("  by " + halt.actor, Style::faint);
  return line.line(selected);
}

FrameLine list_row(const Scene& scene, Pane pane, std::size_t index, std::size_t width,
                   bool selected) {
  switch (pane) {
    case Pane::accounts: break;
    case Pane::streams: return stream_row(scene, scene.snapshot.streams[index], width, selected);
    case Pane::refusals:
      return refusal_row(scene, scene.history.refusals()[index], width, selected);
    case Pane::halts: return halt_row(scene, scene.snapshot.halts[index], width, selected);
  }
  RF_ENSURE(false, "accounts are no list");
}

FrameLine title_row(const Scene& scene, Pane pane, std::size_t shown, std::size_t width) {
  LineWriter line(width, scene.charset);
  std::string about;
  if (pane == Pane::streams) {
    about = fmt::format("{:>{}} {:>{}} {:>{}}", "held", kHeldCells, "live out", kLiveCells, "ends",
                        kAgeCells);
  }
  const std::string title = title_of(scene, pane, shown);
  line.column(title, line.left() - std::min(line.left(), about.size()), Style::title);
  line.column(about, line.left(), Style::title);
  return line.line();
}

}  // namespace

std::vector<FrameLine> list_pane(const Scene& scene, Pane pane, FrameSize size) {
  const std::size_t count = counted(scene, pane).listed;
  const std::size_t room = size.rows - 1;
  const std::size_t cursor = scene.view.cursor(pane);
  const bool focused = scene.view.pane() == pane;
  const std::size_t first = !focused || cursor < room ? 0 : cursor - room + 1;
  const std::size_t last = std::min(count, first + room);
  std::vector<FrameLine> lines;
  lines.push_back(title_row(scene, pane, last - first, size.columns));
  for (std::size_t i = first; i < last; ++i) {
    lines.push_back(list_row(scene, pane, i, size.columns, focused && i == cursor));
  }
  while (lines.size() < size.rows) {
    LineWriter line(size.columns, scene.charset);
    if (lines.size() == 1) line.put("      none", Style::faint);
    lines.push_back(line.line());
  }
  return lines;
}

FrameLine pane_summary(const Scene& scene, Pane pane, std::size_t columns) {
  LineWriter line(columns, scene.charset);
  const Counted count = counted(scene, pane);
  line.column(title_of(scene, pane, static_cast<std::size_t>(count.total)), 18, Style::title);
  if (count.listed == 0) return line.line();
  line.skip(1);
  if (pane == Pane::streams) {
    const StreamLine& stream = scene.snapshot.streams.front();
    line.put(fmt::format("{} {} {}", stream.account, stream.operation, stream.held));
  }
  if (pane == Pane::refusals) {
    const RefusalLine& refusal = scene.history.refusals().front();
    line.put(refusal.reason, Style::warn);
    line.put(fmt::format(" {} ago: {} by {}", ago(scene, refusal.last), refusal.operation,
                         refusal.account));
  }
  if (pane == Pane::halts) {
    const HaltLine& halt = scene.snapshot.halts.front();
    line.put(subject_of(halt), Style::bad).put(": " + halt.reason);
  }
  return line.line();
}

}  // namespace ringfence::top
