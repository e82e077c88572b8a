// SPDX-License-Identifier: Apache-2.0
#include "pricing/bpe_split.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringfence::bpe {
namespace {

std::vector<std::string> pieces(Vocabulary vocabulary, std::string_view text) {
  Splitter splitter(vocabulary, text);
  std::vector<std::string> found;
  for (auto piece = splitter.next(); !piece.empty(); piece = splitter.next()) {
    found.emplace_back(piece);
  }
  return found;
}

using Pieces = std::vector<std::string>;

TEST(BpeSplit, WhatBothPatternsSay) {
  const struct {
    const char* text;
    Pieces pieces;
  } rows[] = {
      {"", {}},
      {"Hello world", {"Hello", " world"}},
      {"12345 67", {"123", "45", " ", "67"}},
      {"a  b", {"a", " ", " b"}},
      {"a   ", {"a", "   "}},
      {"a \n\n  b", {"a", " \n\n", " ", " b"}},
      {"!?\r\nx", {"!?\r\n", "x"}},
      {" !x", {" !", "x"}},
      {"!x", {"!x"}},
      {"\tx", {"\tx"}},
      {"\u00a0x", {"\u00a0x"}},            // white space that is no blank leads a word too
      {"\u0085\u0085", {"\u0085\u0085"}},  // White_Space
      {"\ufeff!", {"\ufeff!"}},            // not White_Space, whatever JavaScript says
      {"\n x", {"\n", " x"}},
      {"漢字 kana", {"漢字", " kana"}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(pieces(Vocabulary::cl100k_base, row.text), row.pieces) << row.text;
    EXPECT_EQ(pieces(Vocabulary::o200k_base, row.text), row.pieces) << row.text;
  }
}

TEST(BpeSplit, WhereThePatternsDiffer) {
  const struct {
    const char* text;
    Pieces cl100k;
    Pieces o200k;
  } rows[] = {
      {"don't", {"don", "'t"}, {"don't"}},
      {"IT'LLx", {"IT", "'LL", "x"}, {"IT'LL", "x"}},
      {"'street", {"'s", "treet"}, {"'street"}},
      {"a'\u017fx", {"a", "'\u017f", "x"}, {"a'\u017f", "x"}},
      {"camelCase", {"camelCase"}, {"camel", "Case"}},
      {"HTTPServer", {"HTTPServer"}, {"HTTPServer"}},
      {"ABc ABC", {"ABc", " ABC"}, {"ABc", " ABC"}},
      {"//\n//", {"//\n", "//"}, {"//\n//"}},
      {"a \n ", {"a", " \n "}, {"a", " \n", " "}},
      {"e\u0301a", {"e", "\u0301a"}, {"e\u0301a"}},
      {" \u0301", {" \u0301"}, {" \u0301"}},
      // U* gives back down to a character that W has too.
      {"A\u02b0BC", {"A\u02b0BC"}, {"A\u02b0", "BC"}},
      {"\u0301AB", {"\u0301AB"}, {"\u0301", "AB"}},
      {"!\u0301AB", {"!\u0301", "AB"}, {"!\u0301", "AB"}},
      {"\u01c5x", {"\u01c5x"}, {"\u01c5x"}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(pieces(Vocabulary::cl100k_base, row.text), row.cl100k) << row.text;
    EXPECT_EQ(pieces(Vocabulary::o200k_base, row.text), row.o200k) << row.text;
  }
}

TEST(BpeSplit, ClassesOfCharacters) {
  const struct {
    char32_t c;
    CharClass kind;
  } rows[] = {
      {0, CharClass::other},       {' ', CharClass::space},       {'\n', CharClass::newline},
      {0x85, CharClass::space},    {0xAA, CharClass::letter},     {0xB2, CharClass::number},
      {0x100, CharClass::upper},   {0x101, CharClass::lower},     {0x17F, CharClass::lower},
      {0x1C5, CharClass::upper},   {0x295, CharClass::unsettled},  // from Ll to Lo in Unicode 16
      {0x300, CharClass::mark},    {0x378, CharClass::unsettled},  // not assigned
      {0x4E00, CharClass::letter}, {0xE000, CharClass::other},    {0xFDD0, CharClass::other},
      {0x1F600, CharClass::other}, {0x1D400, CharClass::upper},   {0x10FFFF, CharClass::other},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(class_range(row.c).of(row.c), row.kind) << std::hex << std::uint32_t{row.c};
  }
}

TEST(BpeSplit, SaysWhatIsNotSettled) {
  Splitter known(Vocabulary::o200k_base, "ab");
  known.next();
  EXPECT_FALSE(known.unsettled());
  Splitter unknown(Vocabulary::o200k_base, "a\u0378");
  unknown.next();
  EXPECT_TRUE(unknown.unsettled());
}

}  // namespace
}  // namespace ringfence::bpe
