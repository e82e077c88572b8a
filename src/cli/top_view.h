// SPDX-License-Identifier: Apache-2.0
// View: where a person is in `top`, and what each key makes of that.
//
// Contract: pure. A key changes the view or ends in an Order, which somebody else carries out with
// the operator's rights; nothing is ordered without a reason typed in, nor a halt without a "y".
// The selection follows its account through sorting, folds and new snapshots.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "cli/top_rows.h"

namespace ringfence::top {

inline constexpr std::size_t kTypedMax = 200;  // characters of a reason, a cap or a filter

enum class KeyKind : std::uint8_t {
  character,
  up,
  down,
  page_up,
  page_down,
  home,
  end,
  enter,
  tab,
  back_tab,
  backspace,
  clear_line,  // Ctrl-U
  escape,
  redraw,  // Ctrl-L
};

struct Key {
  KeyKind kind = KeyKind::character;
  std::string text;  // of a character: its UTF-8
};

enum class Pane : std::uint8_t { accounts, streams, refusals, halts };
inline constexpr std::size_t kPanes = 4;

struct Order {
  enum class Kind : std::uint8_t { halt, pause, resume, raise, lift };
  Kind kind = Kind::halt;
  std::string subject;  // an account, or the id of a halt
  std::string unit, window, cap;
  std::string reason;
};

struct Prompt {
  enum class Step : std::uint8_t { none, filter, cap, reason, confirm };
  Step step = Step::none;
  std::string question;
  std::string text;  // typed so far
  Order order;
};

struct Pressed {
  bool quit = false;
  bool redraw = false;
  std::optional<Order> order;
};

class View {
 public:
  // What is pressed while this is what is shown.
  Pressed press(const Key& key, const Snapshot& snapshot, const History& history);
  // After a new snapshot: what is selected may have moved or gone.
  void follow(const Snapshot& snapshot, const History& history);

  Pane pane() const { return pane_; }
  std::size_t cursor(Pane pane) const { return cursors_[static_cast<std::size_t>(pane)]; }
  const TreeOptions& tree() const { return tree_; }
  const Prompt& prompt() const { return prompt_; }
  bool help() const { return help_; }

  // The line at the bottom, until the next key.
  struct Message {
    std::string text;
    bool bad = false;
  };
  void say(std::string text, bool bad) { message_ = {std::move(text), bad}; }
  const Message& message() const { return message_; }

 private:
  void press_in_prompt(const Key& key, const Snapshot& snapshot, Pressed& pressed);
  void accept(const Snapshot& snapshot, Pressed& pressed);
  void accept_cap(const Snapshot& snapshot);
  void press_letter(char letter, const Snapshot& snapshot, const Tree& tree, Pressed& pressed);
  void move(const Key& key, std::size_t rows);
  void fold(const Tree& tree);
  void ask(Order::Kind kind, const Tree& tree);
  void ask_raise(const AccountLine& account);
  void ask_lift(const Snapshot& snapshot);
  std::size_t rows_in(Pane pane, const Snapshot& snapshot, const History& history,
                      const Tree& tree) const;

  Pane pane_ = Pane::accounts;
  std::array<std::size_t, kPanes> cursors_{};
  std::string selected_;  // path
  TreeOptions tree_;
  Prompt prompt_;
  Message message_;
  bool help_ = false;
};

}  // namespace ringfence::top
