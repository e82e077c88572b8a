// SPDX-License-Identifier: Apache-2.0
#include "cli/top_terminal.h"

// The macros of ncurses have names such as `clear` and `move`.
#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <langinfo.h>
#include <ncurses.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <clocale>
#include <cstdlib>
#include <cwchar>
#include <string>

namespace ringfence::top {
namespace {

constexpr std::size_t kKeysAtOnce = 64;
constexpr int kEscapeMs = 25;  // how long the rest of a key's sequence may take
constexpr std::size_t kSideMax = 1'000;

enum Pair : short { kGood = 1, kWarn, kBad, kHeld, kTitle, kBanner };

attr_t attributes_of(Style style, bool colours) {
  const auto pair = [colours](Pair number, attr_t otherwise) {
    return colours ? static_cast<attr_t>(COLOR_PAIR(number)) : otherwise;
  };
  switch (style) {
    case Style::plain: return A_NORMAL;
    case Style::faint: return A_DIM;
    case Style::strong: return A_BOLD;
    case Style::good: return pair(kGood, A_NORMAL);
    case Style::warn: return pair(kWarn, A_NORMAL) | A_BOLD;
    case Style::bad: return pair(kBad, A_NORMAL) | A_BOLD;
    case Style::held: return pair(kHeld, A_NORMAL);
    case Style::title: return pair(kTitle, A_UNDERLINE) | A_BOLD;
    case Style::banner: return pair(kBanner, A_REVERSE) | A_BOLD;
  }
  return A_NORMAL;
}

bool no_color() {
  const char* set = std::getenv("NO_COLOR");
  return set != nullptr && *set != '\0';
}

std::string utf8_of(wint_t character, Charset charset) {
  if (charset == Charset::ascii && character > 0x7E) return {};
  char bytes[MB_LEN_MAX];
  std::mbstate_t state{};
  const std::size_t length = std::wcrtomb(bytes, static_cast<wchar_t>(character), &state);
  return length == static_cast<std::size_t>(-1) ? std::string() : std::string(bytes, length);
}

std::optional<Key> control_key(wint_t character) {
  switch (character) {
    case '\t': return Key{KeyKind::tab, {}};
    case '\r':
    case '\n': return Key{KeyKind::enter, {}};
    case '\b':
    case 0x7F: return Key{KeyKind::backspace, {}};
    case 'U' - '@': return Key{KeyKind::clear_line, {}};
    case 'L' - '@': return Key{KeyKind::redraw, {}};
    case 0x1B: return Key{KeyKind::escape, {}};
    default: return std::nullopt;
  }
}

std::optional<Key> function_key(wint_t code) {
  switch (code) {
    case KEY_UP: return Key{KeyKind::up, {}};
    case KEY_DOWN: return Key{KeyKind::down, {}};
    case KEY_PPAGE: return Key{KeyKind::page_up, {}};
    case KEY_NPAGE: return Key{KeyKind::page_down, {}};
    case KEY_HOME: return Key{KeyKind::home, {}};
    case KEY_END: return Key{KeyKind::end, {}};
    case KEY_ENTER: return Key{KeyKind::enter, {}};
    case KEY_BTAB: return Key{KeyKind::back_tab, {}};
    case KEY_BACKSPACE: return Key{KeyKind::backspace, {}};
    default: return std::nullopt;
  }
}

}  // namespace

Charset charset_of_locale() {
  // Numbers stay as they are: only what characters are is taken from the environment.
  std::setlocale(LC_CTYPE, "");
  return std::string_view(::nl_langinfo(CODESET)) == "UTF-8" ? Charset::unicode : Charset::ascii;
}

Result<std::unique_ptr<Terminal>> Terminal::open(Charset charset) {
  if (::isatty(STDOUT_FILENO) != 1 || ::isatty(STDIN_FILENO) != 1) {
    return invalid(
        "top needs a terminal; for scripts there are `ringfence top --once`, `ringfence top "
        "--json` and `ringfence status --json`");
  }
  const char* name = std::getenv("TERM");
  SCREEN* screen = ::newterm(nullptr, stdout, stdin);
  if (screen == nullptr) {
    return invalid("the terminal \"" + harmless(name == nullptr ? "" : name, Charset::ascii) +
                   "\" is not known here; set TERM, or use `ringfence top --once`");
  }
  std::unique_ptr<Terminal> terminal(new Terminal(screen, charset));
  const char* move_cursor = ::tigetstr("cup");
  if (move_cursor == nullptr || move_cursor == reinterpret_cast<char*>(-1)) {
    return invalid("this terminal cannot move its cursor; use `ringfence top --once`");
  }
  return terminal;
}

Terminal::Terminal(void* screen, Charset charset) : screen_(screen), charset_(charset) {
  ::set_escdelay(kEscapeMs);
  ::cbreak();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::curs_set(0);
  prepare_styles();
}

void Terminal::prepare_styles() {
  colours_ = !no_color() && ::has_colors() && ::start_color() == OK;
  if (!colours_) return;
  const short back = ::use_default_colors() == OK ? -1 : COLOR_BLACK;
  ::init_pair(kGood, COLOR_GREEN, back);
  ::init_pair(kWarn, COLOR_YELLOW, back);
  ::init_pair(kBad, COLOR_RED, back);
  ::init_pair(kHeld, COLOR_CYAN, back);
  ::init_pair(kTitle, COLOR_WHITE, COLOR_BLUE);
  ::init_pair(kBanner, COLOR_WHITE, COLOR_RED);
}

Terminal::~Terminal() {
  ::curs_set(1);
  ::endwin();
  ::delscreen(static_cast<SCREEN*>(screen_));
}

FrameSize Terminal::size() const {
  const auto side = [](int cells) {
    return std::min(kSideMax, static_cast<std::size_t>(std::max(cells, 1)));
  };
  return {side(::getmaxy(stdscr)), side(::getmaxx(stdscr))};
}

void Terminal::adopt_size() {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0) return;
  if (window.ws_row > 0 && window.ws_col > 0) ::resizeterm(window.ws_row, window.ws_col);
  forget_screen();
}

void Terminal::forget_screen() { ::clearok(stdscr, TRUE); }

void Terminal::show(const Frame& frame) {
  for (std::size_t row = 0; row < frame.lines.size(); ++row) {
    const FrameLine& line = frame.lines[row];
    ::wmove(stdscr, static_cast<int>(row), 0);
    for (const Span& span : line.spans) {
      const attr_t style = attributes_of(span.style, colours_);
      ::wattrset(stdscr, static_cast<int>(line.selected ? style | A_REVERSE : style));
      // The corner at the bottom right is written and then reported as an error: nothing can
      // scroll there.
      ::waddnstr(stdscr, span.text.data(), static_cast<int>(span.text.size()));
    }
  }
  const bool typing = frame.cursor_row < frame.lines.size();
  ::curs_set(typing ? 1 : 0);
  if (typing) {
    ::wmove(stdscr, static_cast<int>(frame.cursor_row), static_cast<int>(frame.cursor_column));
  }
  ::wrefresh(stdscr);
}

std::vector<Key> Terminal::keys() {
  std::vector<Key> keys;
  while (keys.size() < kKeysAtOnce) {
    wint_t pressed = 0;
    const int kind = ::wget_wch(stdscr, &pressed);
    if (kind == ERR) break;
    if (kind == KEY_CODE_YES) {
      if (const auto key = function_key(pressed)) keys.push_back(*key);
    } else if (const auto key = control_key(pressed)) {
      keys.push_back(*key);
    } else if (std::string text = utf8_of(pressed, charset_);
               !text.empty() && harmless(text, charset_) == text) {
      keys.push_back({KeyKind::character, std::move(text)});
    }
  }
  return keys;
}

bool Terminal::hung_up() const {
  pollfd input{STDIN_FILENO, 0, 0};
  return ::poll(&input, 1, 0) == 1;  // only errors and hang-ups are told
}

}  // namespace ringfence::top
