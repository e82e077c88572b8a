// SPDX-License-Identifier: Apache-2.0
// Terminal: the person's screen and keyboard, through ncurses, which stays in this one file.
//
// Contract: one at a time, one thread. The terminal is as it was once this is destroyed. `show`
// sends only what changed. Colours are used when the terminal has them and NO_COLOR is not set;
// characters beyond ASCII when the locale is UTF-8. Signals are the caller's business. Errors of
// `open`: `invalid`, a sentence that says what the terminal lacks.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "cli/top_frame.h"
#include "cli/top_view.h"

namespace ringfence::top {

// Of the locale; sets it as the environment says.
Charset charset_of_locale();

class Terminal {
 public:
  static Result<std::unique_ptr<Terminal>> open(Charset charset);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  FrameSize size() const;
  // After SIGWINCH.
  void adopt_size();
  void show(const Frame& frame);
  // The next `show` sends everything.
  void forget_screen();
  // What was pressed and not yet read.
  std::vector<Key> keys();
  // Nobody is there any more.
  bool hung_up() const;

 private:
  Terminal(void* screen, Charset charset);
  void prepare_styles();

  void* screen_;  // ncurses' own
  Charset charset_;
  bool colours_ = false;
};

}  // namespace ringfence::top
