// SPDX-License-Identifier: Apache-2.0
#include "tests/tables/table.h"

#include <fmt/format.h>

#include <optional>
#include <sstream>

namespace ringfence::tables {
namespace {

std::optional<std::vector<std::string>> split(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool begun = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted && c == '\\' && text.substr(i, 2) == "\\x" && i + 3 < text.size()) {
      c = static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += 3;
      word += c;
      continue;
    }
    if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if (!quoted && c == '#' && !begun) {
      break;
    } else if (!quoted && (c == ' ' || c == '\t' || c == '\r')) {
      if (begun) words.push_back(std::exchange(word, {}));
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (quoted) return std::nullopt;
  if (begun) words.push_back(word);
  return words;
}

bool takes_block(const Line& line) {
  return line.words.front() == "policy" || line.words.front() == "restart" ||
         line.words.front() == "reload";
}

}  // namespace

Result<std::vector<Table>> read_tables(const std::string& text) {
  std::vector<Table> tables;
  std::istringstream in(text);
  std::string row;
  std::string last_policy;
  for (int number = 1; std::getline(in, row); ++number) {
    const auto words = split(row);
    if (!words) return invalid("a quote is not closed", std::to_string(number));
    const bool indented = row.starts_with(' ');
    if (indented && !tables.empty() && !tables.back().lines.empty() &&
        takes_block(tables.back().lines.back())) {
      tables.back().lines.back().block += row + "\n";
      if (const Line& last = tables.back().lines.back(); last.words.front() == "policy") {
        last_policy = last.block;
      }
      continue;
    }
    if (words->empty()) continue;
    if (indented) return invalid("an indented line without a block", std::to_string(number));
    if (words->front() == "table") {
      if (words->size() < 2) return invalid("a table without a name", std::to_string(number));
      std::string name = fmt::format("{}", fmt::join(words->begin() + 1, words->end(), " "));
      tables.push_back({std::move(name), number, {}});
      continue;
    }
    if (tables.empty()) return invalid("a line before the first `table`", std::to_string(number));
    Line line{.number = number, .words = {}, .expected = {}, .block = {}};
    bool after_arrow = false;
    for (const std::string& word : *words) {
      if (word == "->") {
        after_arrow = true;
      } else {
        (after_arrow ? line.expected : line.words).push_back(word);
      }
    }
    if (line.words.empty() || (after_arrow && line.expected.empty())) {
      return invalid("`->` with nothing on one side", std::to_string(number));
    }
    if (line.words == std::vector<std::string>{"policy", "again"}) {
      line.block = last_policy;
    }
    tables.back().lines.push_back(std::move(line));
  }
  return tables;
}

}  // namespace ringfence::tables
