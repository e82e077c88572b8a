// SPDX-License-Identifier: Apache-2.0
#include "shell/options.h"

namespace ringfence::shell {
namespace {

enum class Takes { unknown, nothing, value, attached, ends };

Takes takes(std::string_view table, std::string_view name) {
  while (!table.empty()) {
    const std::size_t space = table.find(' ');
    std::string_view entry = table.substr(0, space);
    table.remove_prefix(space == std::string_view::npos ? table.size() : space + 1);
    if (!entry.starts_with(name)) continue;
    entry.remove_prefix(name.size());
    if (entry.empty()) return Takes::nothing;
    if (entry == "=") return Takes::value;
    if (entry == "?") return Takes::attached;
    if (entry == "!") return Takes::ends;
  }
  return Takes::unknown;
}

class Walk {
 public:
  Walk(std::span<const Word> words, std::string_view table, Sink& sink)
      : words_(words), table_(table), sink_(sink) {}

  Operands run() && {
    std::size_t& i = out_.first;
    for (i = 1; i < words_.size() && !sink_.refused(); ++i) {
      const Word& word = words_[i];
      if (word.open()) {
        refuse("an expansion stands where an option may be");
      } else if (word.is("--")) {
        ++i;
        break;
      } else if (!word.text.starts_with('-') || word.is("-")) {
        break;
      } else if (!whole(word) && !word.text.starts_with("--")) {
        letters(word);
      } else if (!known_) {
        unknown(word.text.substr(0, word.text.find('=')));
      }
      if (out_.told) break;
    }
    return std::move(out_);
  }

 private:
  void refuse(std::string_view what) {
    sink_.refuse(fmt::format("{}: {}", words_[0].text.substr(words_[0].text.rfind('/') + 1), what));
  }
  void unknown(std::string name) {
    for (char& c : name) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    refuse(fmt::format("the option {} is not known, or it starts programs", name.substr(0, 32)));
  }

  // The whole word is one option, with its value after `=` or in the next word.
  bool whole(const Word& word) {
    const std::size_t equals = word.text.find('=');
    const std::string name = word.text.substr(0, equals);
    const Takes what = takes(table_, name);
    known_ = what != Takes::unknown;
    if (!known_) return false;
    // A single letter with `=` behind it is a bundle: its value begins with the `=`.
    if (name.size() == 2 && equals != std::string::npos) return known_ = false;
    if (what == Takes::ends) {
      out_.told = true;
    } else if (what == Takes::value && equals == std::string::npos) {
      next_word(name);
    } else if (what == Takes::nothing && equals != std::string::npos) {
      unknown(name);
    } else {
      std::optional<Word> value;
      if (equals != std::string::npos) value = Word{word.text.substr(equals + 1), word.many};
      note(name, std::move(value));
    }
    return true;
  }

  void letters(const Word& word) {
    for (std::size_t at = 1; at < word.text.size(); ++at) {
      const std::string name{'-', word.text[at]};
      const Takes what = takes(table_, name);
      const std::string rest = word.text.substr(at + 1);
      if (what == Takes::unknown || what == Takes::ends) return unknown(name);
      if (what == Takes::nothing) {
        note(name, std::nullopt);
      } else if (what == Takes::value && rest.empty()) {
        return next_word(name);
      } else {
        return note(name, Word{rest, word.many});
      }
    }
  }

  void next_word(const std::string& name) {
    if (++out_.first >= words_.size()) return refuse("an option lacks its value");
    note(name, words_[out_.first]);
  }

  void note(std::string name, std::optional<Word> value) {
    if (value && value->many) refuse("the value of an option may be several words; quote it");
    out_.options.push_back({std::move(name), std::move(value)});
  }

  std::span<const Word> words_;
  std::string_view table_;
  Sink& sink_;
  Operands out_;
  bool known_ = false;
};

}  // namespace

Operands skip_options(std::span<const Word> words, std::string_view table, Sink& sink) {
  return Walk(words, table, sink).run();
}

bool may_be_option(const Word& word, std::string_view option) {
  if (word.open()) return true;
  std::string_view text = word.text;
  const std::size_t unknown = text.find(kUnknown);
  if (option.starts_with("--")) {
    text = text.substr(0, std::min(text.find('='), unknown));
    if (unknown == std::string_view::npos) return text.size() > 2 && option.starts_with(text);
    return option.starts_with(text) || text.starts_with(option);
  }
  if (!text.starts_with('-')) return false;
  if (option.size() > 2) {  // -exec, as go spells its long options
    text = text.substr(text.starts_with("--") ? 2 : 1);
    const bool cut = unknown < word.text.find('=');
    text = text.substr(0, text.find_first_of(std::string_view("=\0", 2)));
    return cut ? option.substr(1).starts_with(text) : text == option.substr(1);
  }
  if (text.starts_with("--")) return false;
  return text.find(option[1], 1) != std::string_view::npos || unknown != std::string_view::npos;
}

}  // namespace ringfence::shell
