// SPDX-License-Identifier: Apache-2.0
// Sink: where a line's commands are collected, with the budget of the whole line and its first
// refusal.
//
// Contract: one per line, shared by everything that is parsed inside it (substitutions, `sh -c`
// scripts, heredocs). After `refuse` nothing further counts: whoever parses checks `refused` and
// stops. Sentences hold no text of the line but names of programs and options.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "shell/line.h"

namespace ringfence::shell {

class Sink {
 public:
  void refuse(std::string sentence) {
    if (!error_) error_ = Error{ErrorCode::invalid, std::move(sentence), {}};
  }
  bool refused() const { return error_.has_value(); }

  void add(Command command) {
    if (line_.commands.size() == kCommandsMax) {
      return refuse(fmt::format("a line starts more than {} commands; split it", kCommandsMax));
    }
    for (std::size_t i = 0; i <= command.args.size(); ++i) count_word();
    if (!refused()) line_.commands.push_back(std::move(command));
  }
  void add(FileUse file) {
    count_word();
    if (!refused()) line_.files.push_back(std::move(file));
  }
  void count_word() {
    if (++words_ > kWordsMax) refuse(fmt::format("a line has more than {} words", kWordsMax));
  }
  // Bytes parsed anew, as a script inside the line.
  void count_bytes(std::size_t bytes) {
    bytes_ += bytes;
    if (bytes_ > 4 * kLineBytesMax) refuse("the scripts inside a line are too long together");
  }

  // Around each nesting; false when it is too deep.
  bool enter() {
    if (++depth_ > kNestingMax) refuse(fmt::format("a line nests more than {} deep", kNestingMax));
    return !refused();
  }
  void leave() { --depth_; }

  Result<Line> take() && {
    if (error_) return std::unexpected(std::move(*error_));
    return std::move(line_);
  }

 private:
  Line line_;
  std::optional<Error> error_;
  std::size_t words_ = 0;
  std::size_t bytes_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace ringfence::shell
