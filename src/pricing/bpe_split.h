// SPDX-License-Identifier: Apache-2.0
// The pre-tokenizer: cuts a text into the pieces that byte-pair merging never crosses, as the
// regular expressions of cl100k_base and o200k_base do.
//
// Contract: pure; linear time, at most three looks at a character; no allocation. The pieces are
// adjacent and together the whole text. The patterns, as tiktoken 0.14 has them (possessive marks
// left out, they change nothing but speed); an alternative further left wins:
//
//   cl100k  '(?i:[sdmt]|ll|ve|re) | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N}{1,3} |
//            ?[^\s\p{L}\p{N}]+[\r\n]* | \s+$ | \s*[\r\n] | \s+(?!\S) | \s
//   o200k   P?U*W+C? | P?U+W*C? | \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n/]* |
//           \s*[\r\n]+ | \s+(?!\S) | \s+
//           P = [^\r\n\p{L}\p{N}]  U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]  W =
//           [\p{Ll}\p{Lm}\p{Lo}\p{M}] C = (?i:'s|'t|'re|'ve|'m|'ll|'d)
//
// (the ` ` before `?` is part of the pattern). (?i:s) is also U+017F, the long s.
#pragma once

#include <cstddef>
#include <string_view>

#include "pricing/bpe_classes.h"
#include "pricing/token_count.h"

namespace ringfence::bpe {

class Splitter {
 public:
  // `text` is valid UTF-8 and outlives the splitter.
  Splitter(Vocabulary vocabulary, std::string_view text) : vocabulary_(vocabulary), text_(text) {}

  // The next piece, empty at the end of the text.
  std::string_view next();

  // Whether a character was met whose class is not settled: the pieces are then a guess.
  bool unsettled() const { return unsettled_; }

 private:
  struct Letters {
    std::size_t end = 0;
    bool lower_ended = false;  // U*W+ rather than U+
  };

  std::size_t piece_end(std::size_t at);
  std::size_t cl100k_end(std::size_t at, Char first);
  std::size_t o200k_end(std::size_t at, Char first);
  std::size_t word_end(std::size_t at, Char first);
  Letters letters(std::size_t at);
  std::size_t letter_run(std::size_t at);
  std::size_t numbers(std::size_t at);
  std::size_t others(std::size_t at);
  std::size_t spaces(std::size_t at);
  std::size_t contraction(std::size_t at) const;
  Char look(std::size_t at);

  Vocabulary vocabulary_;
  std::string_view text_;
  std::size_t at_ = 0;
  CharReader reader_;
  bool unsettled_ = false;
};

}  // namespace ringfence::bpe
