// SPDX-License-Identifier: Apache-2.0
#include "cli/top_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.h"
#include "cli/top_text.h"

namespace ringfence::top {
namespace {

constexpr std::size_t kPage = 10;  // rows

bool is_letter(const Key& key) { return key.kind == KeyKind::character && key.text.size() == 1; }

void drop_last_character(std::string& text) {
  while (!text.empty()) {
    const bool inside = (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80;
    text.pop_back();
    if (!inside) return;
  }
}

// "12", "0.50": what a cap of this unit may be.
bool is_cap(std::string_view unit, std::string_view text) {
  const int scale = unit == "usd" ? 9 : unit == "seconds" ? 3 : 0;
  const auto amount = parse_decimal(text, scale);
  return amount && *amount >= 0 && (scale > 0 || text.find('.') == std::string_view::npos);
}

const AccountLine* account_at(const Snapshot& snapshot, const std::string& path) {
  const auto found = std::ranges::find(snapshot.accounts, path, &AccountLine::path);
  return found == snapshot.accounts.end() ? nullptr : &*found;
}

}  // namespace

Pressed View::press(const Key& key, const Snapshot& snapshot, const History& history) {
  Pressed pressed;
  message_ = {};
  if (key.kind == KeyKind::redraw) {
    pressed.redraw = true;
    return pressed;
  }
  if (prompt_.step != Prompt::Step::none) {
    press_in_prompt(key, snapshot, pressed);
    follow(snapshot, history);
    return pressed;
  }
  const Tree tree = tree_of(snapshot, history, tree_);
  if (help_) {
    help_ = false;
    pressed.quit = is_letter(key) && key.text == "q";
    return pressed;
  }
  const auto pane = static_cast<std::size_t>(pane_);
  switch (key.kind) {
    case KeyKind::tab: pane_ = static_cast<Pane>((pane + 1) % kPanes); break;
    case KeyKind::back_tab: pane_ = static_cast<Pane>((pane + kPanes - 1) % kPanes); break;
    case KeyKind::enter: fold(tree); break;
    case KeyKind::escape: tree_.filter.clear(); break;
    case KeyKind::character:
      if (is_letter(key)) press_letter(key.text[0], snapshot, tree, pressed);
      break;
    default: move(key, rows_in(pane_, snapshot, history, tree)); break;
  }
  if (pane_ == Pane::accounts && cursors_[0] < tree.rows.size()) {
    selected_ = tree.rows[cursors_[0]].account->path;
  }
  follow(snapshot, history);
  return pressed;
}

void View::follow(const Snapshot& snapshot, const History& history) {
  std::erase_if(tree_.folded, [&](const std::string& path) {
    return !snapshot.accounts.empty() && account_at(snapshot, path) == nullptr;
  });
  const Tree tree = tree_of(snapshot, history, tree_);
  for (std::size_t pane = 0; pane < kPanes; ++pane) {
    const std::size_t rows = rows_in(static_cast<Pane>(pane), snapshot, history, tree);
    cursors_[pane] = std::min(cursors_[pane], rows - std::min<std::size_t>(rows, 1));
  }
  const auto at = std::ranges::find_if(
      tree.rows, [this](const TreeRow& row) { return row.account->path == selected_; });
  if (at != tree.rows.end()) {
    cursors_[0] = static_cast<std::size_t>(at - tree.rows.begin());
  } else if (!tree.rows.empty()) {
    selected_ = tree.rows[cursors_[0]].account->path;
  }
}

std::size_t View::rows_in(Pane pane, const Snapshot& snapshot, const History& history,
                          const Tree& tree) const {
  switch (pane) {
    case Pane::accounts: return tree.rows.size();
    case Pane::streams: return snapshot.streams.size();
    case Pane::refusals: return history.refusals().size();
    case Pane::halts: return snapshot.halts.size();
  }
  return 0;
}

void View::move(const Key& key, std::size_t rows) {
  if (rows == 0) return;
  std::size_t& cursor = cursors_[static_cast<std::size_t>(pane_)];
  switch (key.kind) {
    case KeyKind::up: cursor -= std::min<std::size_t>(cursor, 1); break;
    case KeyKind::page_up: cursor -= std::min(cursor, kPage); break;
    case KeyKind::home: cursor = 0; break;
    case KeyKind::down: ++cursor; break;
    case KeyKind::page_down: cursor += kPage; break;
    case KeyKind::end: cursor = rows; break;
    default: break;
  }
  cursor = std::min(cursor, rows - 1);
}

void View::fold(const Tree& tree) {
  if (pane_ != Pane::accounts || cursors_[0] >= tree.rows.size()) return;
  const TreeRow& row = tree.rows[cursors_[0]];
  if (!row.parent) return;
  if (tree_.folded.erase(row.account->path) == 0) tree_.folded.insert(row.account->path);
}

void View::press_letter(char letter, const Snapshot& snapshot, const Tree& tree, Pressed& pressed) {
  const auto rows = pane_ == Pane::accounts  ? tree.rows.size()
                    : pane_ == Pane::streams ? snapshot.streams.size()
                    : pane_ == Pane::halts   ? snapshot.halts.size()
                                             : kRefusalsMax;
  switch (letter) {
    case 'q': pressed.quit = true; break;
    case '?': help_ = true; break;
    case 'j': move({KeyKind::down, {}}, rows); break;
    case 'k': move({KeyKind::up, {}}, rows); break;
    case 'g': move({KeyKind::home, {}}, rows); break;
    case 'G': move({KeyKind::end, {}}, rows); break;
    case ' ': fold(tree); break;
    case 's': tree_.sort = static_cast<Sort>((static_cast<int>(tree_.sort) + 1) % 4); break;
    case 'e': tree_.ended_runs = !tree_.ended_runs; break;
    case '/': prompt_ = {Prompt::Step::filter, "show accounts with: ", tree_.filter, {}}; break;
    case 'h': ask(Order::Kind::halt, tree); break;
    case 'p': ask(Order::Kind::pause, tree); break;
    case 'r': ask(Order::Kind::raise, tree); break;
    case 'u': ask_lift(snapshot); break;
    default: break;
  }
}

void View::ask(Order::Kind kind, const Tree& tree) {
  if (cursors_[0] >= tree.rows.size()) return say("no account is selected", true);
  const AccountLine& account = *tree.rows[cursors_[0]].account;
  if (kind == Order::Kind::raise) return ask_raise(account);
  const bool paused = kind == Order::Kind::pause && account.state == AccountState::paused;
  if (paused) kind = Order::Kind::resume;
  const std::string_view verb = kind == Order::Kind::halt ? "halt" : paused ? "resume" : "pause";
  prompt_ = {Prompt::Step::reason,
             fmt::format("{} {}, because: ", verb, account.path),
             "",
             {kind, account.path, "", "", "", ""}};
}

void View::ask_raise(const AccountLine& account) {
  const WallLine* wall = account.tightest();
  if (wall == nullptr) return say(account.path + " has no wall of its own to raise", true);
  prompt_ = {Prompt::Step::cap,
             fmt::format("{}: {} per {}, now {}; new cap: ", account.path, wall->unit, wall->window,
                         short_amount(wall->unit, wall->cap)),
             "",
             {Order::Kind::raise, account.path, wall->unit, wall->window, "", ""}};
}

void View::ask_lift(const Snapshot& snapshot) {
  const std::size_t cursor = cursors_[static_cast<std::size_t>(Pane::halts)];
  if (pane_ != Pane::halts || cursor >= snapshot.halts.size()) {
    return say("tab to the halts and select the one to lift", true);
  }
  const HaltLine& halt = snapshot.halts[cursor];
  prompt_ = {Prompt::Step::reason,
             fmt::format("lift the halt on {}, because: ", halt.everything        ? "everything"
                                                           : halt.account.empty() ? halt.operation
                                                                                  : halt.account),
             "",
             {Order::Kind::lift, halt.id, "", "", "", ""}};
}

void View::press_in_prompt(const Key& key, const Snapshot& snapshot, Pressed& pressed) {
  switch (key.kind) {
    case KeyKind::escape:
      prompt_ = {};
      say("nothing was done", false);
      break;
    case KeyKind::enter: accept(snapshot, pressed); break;
    case KeyKind::backspace: drop_last_character(prompt_.text); break;
    case KeyKind::clear_line: prompt_.text.clear(); break;
    case KeyKind::character:
      if (cells_of(prompt_.text) < kTypedMax) prompt_.text += key.text;
      break;
    default: break;
  }
}

void View::accept(const Snapshot& snapshot, Pressed& pressed) {
  using Step = Prompt::Step;
  switch (prompt_.step) {
    case Step::none: return;
    case Step::filter:
      tree_.filter = prompt_.text;
      prompt_ = {};
      return;
    case Step::cap: return accept_cap(snapshot);
    case Step::reason:
      if (prompt_.text.empty()) return say("it takes a reason, for the record; Esc leaves", true);
      prompt_.order.reason = prompt_.text;
      if (prompt_.order.kind != Order::Kind::halt) break;
      prompt_.step = Step::confirm;
      prompt_.text.clear();
      prompt_.question = fmt::format("halt {} and all below it, cutting its streams? y/n: ",
                                     prompt_.order.subject);
      return;
    case Step::confirm:
      if (prompt_.text == "y" || prompt_.text == "yes") break;
      prompt_ = {};
      return say("nothing was done", false);
  }
  pressed.order = std::move(prompt_.order);
  prompt_ = {};
}

// "600", or "calls=500" for another of the account's walls.
void View::accept_cap(const Snapshot& snapshot) {
  Order order = prompt_.order;
  order.cap = prompt_.text;
  if (const std::size_t equals = order.cap.find('='); equals != std::string::npos) {
    const std::string unit = order.cap.substr(0, equals);
    const AccountLine* account = account_at(snapshot, order.subject);
    const WallLine* wall = account == nullptr ? nullptr : account->wall_of(unit);
    if (wall == nullptr) return say(order.subject + " has no wall in " + unit, true);
    order.unit = wall->unit;
    order.window = wall->window;
    order.cap.erase(0, equals + 1);
  }
  if (!is_cap(order.unit, order.cap)) return say("a cap is a number such as 600 or 12.50", true);
  prompt_ = {Prompt::Step::reason,
             fmt::format("raise {} to {} {} per {}, because: ", order.subject, order.cap,
                         order.unit, order.window),
             "", order};
}

}  // namespace ringfence::top
