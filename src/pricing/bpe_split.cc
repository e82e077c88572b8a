// SPDX-License-Identifier: Apache-2.0
#include "pricing/bpe_split.h"

namespace ringfence::bpe {
namespace {

constexpr Char kEnd{0, CharClass::other};  // after the last character; no class is asked of it

bool is_letter(Char c) {
  return c.kind == CharClass::upper || c.kind == CharClass::lower || c.kind == CharClass::letter;
}
bool in_upper(Char c) {  // U
  return c.kind == CharClass::upper || c.kind == CharClass::letter || c.kind == CharClass::mark;
}
bool in_lower(Char c) {  // W
  return c.kind == CharClass::lower || c.kind == CharClass::letter || c.kind == CharClass::mark;
}
bool in_other(Char c) {  // [^\s\p{L}\p{N}]
  return c.bytes > 0 && (c.kind == CharClass::other || c.kind == CharClass::mark);
}
bool in_space(Char c) { return c.kind == CharClass::space || c.kind == CharClass::newline; }
bool may_lead(Char c) { return in_other(c) || c.kind == CharClass::space; }  // P

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

std::string_view Splitter::next() {
  if (at_ == text_.size()) return {};
  const std::size_t end = piece_end(at_);
  const std::string_view piece = text_.substr(at_, end - at_);
  at_ = end;
  return piece;
}

Char Splitter::look(std::size_t at) {
  if (at >= text_.size()) return kEnd;
  Char c = reader_.read(text_.data() + at);
  if (c.kind == CharClass::unsettled) {
    unsettled_ = true;
    c.kind = CharClass::other;
  }
  return c;
}

std::size_t Splitter::piece_end(std::size_t at) {
  const Char first = look(at);
  const std::size_t end =
      vocabulary_ == Vocabulary::cl100k_base ? cl100k_end(at, first) : o200k_end(at, first);
  if (end > at) return end;
  if (first.kind == CharClass::number) return numbers(at);
  if (text_[at] == ' ' && in_other(look(at + 1))) return others(at + 1);
  if (in_other(first)) return others(at);
  return spaces(at);
}

// The alternatives with letters, or `at` when none of them fits.
std::size_t Splitter::cl100k_end(std::size_t at, Char first) {
  if (const std::size_t end = contraction(at); end > at) return end;
  if (is_letter(first)) return letter_run(at);
  if (!may_lead(first)) return at;
  const std::size_t end = letter_run(at + first.bytes);
  return end > at + first.bytes ? end : at;
}

std::size_t Splitter::o200k_end(std::size_t at, Char first) {
  const std::size_t end = word_end(at, first);
  return end > at ? contraction(end) : at;
}

// The first that fits of P?U*W+ and P?U+W*; a leading P is tried before none.
std::size_t Splitter::word_end(std::size_t at, Char first) {
  Letters led;
  if (may_lead(first)) {
    led = letters(at + first.bytes);
    if (led.lower_ended) return led.end;
  }
  if (is_letter(first) || first.kind == CharClass::mark) {
    const Letters bare = letters(at);
    if (bare.lower_ended || !may_lead(first)) return bare.end;
  }
  return led.end > at + first.bytes ? led.end : at;
}

// U*W+ at this place, else U+. U* takes all it can and gives back as much as W+ needs: down to the
// last character that is in both.
Splitter::Letters Splitter::letters(std::size_t at) {
  std::size_t end = at;
  std::size_t both_end = at;
  Char c = look(end);
  for (; in_upper(c); c = look(end)) {
    end += c.bytes;
    if (c.kind != CharClass::upper) both_end = end;
  }
  if (c.kind != CharClass::lower) {
    return both_end > at ? Letters{both_end, true} : Letters{end, false};
  }
  for (; in_lower(c); c = look(end)) end += c.bytes;
  return {end, true};
}

std::size_t Splitter::letter_run(std::size_t at) {
  for (Char c = look(at); is_letter(c); c = look(at)) at += c.bytes;
  return at;
}

std::size_t Splitter::numbers(std::size_t at) {
  for (int i = 0; i < 3; ++i) {
    const Char c = look(at);
    if (c.kind != CharClass::number) break;
    at += c.bytes;
  }
  return at;
}

std::size_t Splitter::others(std::size_t at) {
  for (Char c = look(at); in_other(c); c = look(at)) at += c.bytes;
  const bool slashes = vocabulary_ == Vocabulary::o200k_base;
  while (at < text_.size() &&
         (text_[at] == '\r' || text_[at] == '\n' || (slashes && text_[at] == '/'))) {
    ++at;
  }
  return at;
}

// A run of white space: up to its last newline, else all of it at the end of the text, else all but
// its last character, which may lead the next word.
std::size_t Splitter::spaces(std::size_t at) {
  std::size_t end = at;
  std::size_t last = at;
  std::size_t newline_end = at;
  for (Char c = look(end); in_space(c); c = look(end)) {
    last = end;
    end += c.bytes;
    if (c.kind == CharClass::newline) newline_end = end;
  }
  const bool at_end = end == text_.size();
  if (at_end && vocabulary_ == Vocabulary::cl100k_base) return end;
  if (newline_end > at) return newline_end;
  if (at_end || last == at) return end;
  return last;
}

// The end of an apostrophe and its letters, or `at`.
std::size_t Splitter::contraction(std::size_t at) const {
  if (at >= text_.size() || text_[at] != '\'') return at;
  const std::string_view rest = text_.substr(at + 1, 2);
  if (rest.empty()) return at;
  const char one = folded(rest[0]);
  if (one == 's' || one == 'd' || one == 'm' || one == 't') return at + 2;
  if (rest.size() < 2) return at;
  if (rest == "\u017f") return at + 3;
  const char two = folded(rest[1]);
  if ((one == 'l' && two == 'l') || ((one == 'v' || one == 'r') && two == 'e')) return at + 3;
  return at;
}

}  // namespace ringfence::bpe
