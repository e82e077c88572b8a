// SPDX-License-Identifier: Apache-2.0
// The lines at the top and the bottom of the screen, and the page of help.
#include <fmt/format.h>

#include <algorithm>

#include "cli/top_render.h"

namespace ringfence::top {
namespace {

std::string clock_text(Time time) {
  const std::string text = format_rfc3339(Time{time.us - time.us % 1'000'000});
  return text.size() >= 20 ? text.substr(11, 8) + "Z" : text;  // of "2026-11-21T12:34:56Z"
}

std::string rate_text(std::optional<std::int64_t> per_minute) {
  if (!per_minute) return "-";
  if (*per_minute >= 600) return short_count(*per_minute / 60);
  const std::int64_t tenths = (*per_minute + 5) / 6;
  return fmt::format("{}.{}", tenths / 10, tenths % 10);
}

struct HelpLine {
  std::string_view keys, what;
};
constexpr HelpLine kHelp[] = {
    {"up down j k", "select; PgUp PgDn, g and G (Home, End) go far"},
    {"Tab", "next pane: accounts, live streams, refusals, halts; Shift-Tab back"},
    {"Enter Space", "fold or unfold what is below the account"},
    {"/", "show only accounts with this in their path; Esc shows all again"},
    {"s", "sort by name, spent, burn, time to wall"},
    {"e", "show ended runs too, or not"},
    {"h", "halt the account and all below it; asks why, and once more"},
    {"p", "pause the account; or resume it, when it is paused"},
    {"r", "raise its tightest wall: 600; or another one: calls=500"},
    {"u", "lift the halt that is selected in the halts"},
    {"Ctrl-L", "draw the screen anew"},
    {"q", "quit"},
    {"", ""},
    {"the bar", "settled, held and free room of the tightest wall of the account"},
    {"burn/min", "what its settled grew by per minute, over the last five minutes"},
    {"to wall", "what is left of it, at that rate; empty when nothing burns"},
    {"", "Every order is made with your rights, and recorded with your reason."},
};

constexpr std::string_view kKeys =
    "h halt  p pause  r raise  / filter  s sort  Tab pane  ? help  q quit";

}  // namespace

FrameLine header_line(const Scene& scene, std::size_t columns) {
  const Snapshot& s = scene.snapshot;
  LineWriter line(columns, scene.charset);
  line.put("ringfence ", Style::strong)
      .put(s.version.substr(0, s.version.find('+')), Style::strong);
  // What is wrong comes before what may be cut off.
  if (s.clock_stepped) line.put("  clock stepped", Style::bad);
  if (s.unready == "journal") {
    line.put("  disk full or not writable", Style::bad);
  } else if (!s.unready.empty()) {
    line.put("  not ready: " + s.unready, Style::bad);
  }
  if (s.started != Time{}) line.put("  up " + short_duration(scene.now - s.started));
  line.put("  seq " + grouped(s.events));
  line.put(fmt::format("  policy v{}", s.policy_version));
  const bool wide = columns >= 100;
  if (wide) line.put(" " + s.policy_sha256.substr(0, 8), Style::faint);
  if (wide && !s.clock_stepped) line.put("  clock ok");
  if (s.unready.empty()) line.put(wide ? "  disk ok" : "  ready", Style::good);
  const std::string clock = clock_text(scene.now);
  if (line.left() > clock.size()) line.skip(line.left() - clock.size()).put(clock);
  return line.line();
}

FrameLine totals_line(const Scene& scene, std::size_t columns) {
  const Snapshot& s = scene.snapshot;
  LineWriter line(columns, scene.charset);
  if (!scene.trouble.empty()) {
    line.column(scene.trouble, columns, Style::banner);
    return line.line();
  }
  const std::int64_t refused = scene.history.refusals_last_minute();
  line.put(rate_text(scene.history.decisions_per_minute()), Style::strong).put(" decisions/s  ");
  line.put(grouped(refused), refused > 0 ? Style::warn : Style::strong).put(" refused/min  ");
  line.put(grouped(s.open_holds), Style::strong).put(" open  ");
  line.put(grouped(s.waiters), s.waiters > 0 ? Style::warn : Style::strong).put(" waiting  ");
  line.put(grouped(s.live_runs), Style::strong)
      .put(s.live_runs == 1 ? " live run  " : " live runs  ");
  line.put(grouped(s.halts_total), s.halts_total > 0 ? Style::bad : Style::strong);
  line.put(s.halts_total == 1 ? " halt" : " halts");
  return line.line();
}

FrameLine bottom_line(const Scene& scene, std::size_t columns, std::size_t& cursor_column) {
  LineWriter line(columns, scene.charset);
  const Prompt& prompt = scene.view.prompt();
  const View::Message& message = scene.view.message();
  if (!message.text.empty()) {
    line.put(message.text, message.bad ? Style::bad : Style::good);
  } else if (prompt.step != Prompt::Step::none) {
    // The end of what was typed stays in sight.
    const std::string question = harmless(prompt.question, scene.charset);
    const std::string typed = harmless(prompt.text, scene.charset);
    const std::size_t room = columns - std::min(columns, cells_of(question) + 1);
    const std::size_t room_least = std::max<std::size_t>(room, columns / 4);
    std::string_view tail = typed;
    while (cells_of(tail) > room_least) {
      do tail.remove_prefix(1);
      while (!tail.empty() && (static_cast<unsigned char>(tail[0]) & 0xC0) == 0x80);
    }
    line.put(fit(question, std::min(cells_of(question), columns - 1 - room_least), scene.charset),
             Style::strong);
    line.put(tail);
    cursor_column = columns - std::max<std::size_t>(line.left(), 1);
  } else {
    line.put(kKeys, Style::faint);
  }
  return line.line();
}

std::vector<FrameLine> help_page(const Scene& scene, FrameSize size) {
  std::vector<FrameLine> lines;
  for (std::size_t row = 0; row < size.rows; ++row) {
    LineWriter line(size.columns, scene.charset);
    if (row == 0) {
      line.column("KEYS (any key goes back)", size.columns, Style::title);
    } else if (row - 1 < std::size(kHelp)) {
      line.skip(1).column(kHelp[row - 1].keys, 13, Style::strong).put(kHelp[row - 1].what);
    }
    lines.push_back(line.line());
  }
  return lines;
}

}  // namespace ringfence::top
