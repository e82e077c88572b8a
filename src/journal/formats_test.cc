// SPDX-License-Identifier: Apache-2.0
// docs/formats.md is executed: its example is read, written again, hashed with sha256sum and
// replayed as a journal, and its table of types is the codec's.
#include <gtest/gtest.h>
#include <stdio.h>

#include <fstream>
#include <sstream>

#include "engine/event_fields.h"
#include "journal/chain.h"
#include "journal/journal.h"
#include "journal/test_folder.h"

namespace ringfence {
namespace {

std::string page() {
  const std::ifstream file("docs/formats.md");  // tests run from the top of the tree
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The lines of the block that opens with ```NAME.
std::vector<std::string> block(const std::string& name) {
  const std::string text = page();
  const std::string fence = "```" + name + "\n";
  const std::size_t start = text.find(fence);
  if (start == std::string::npos) return {};
  const std::size_t from = start + fence.size();
  std::istringstream inside(text.substr(from, text.find("```", from) - from));
  std::vector<std::string> lines;
  for (std::string line; std::getline(inside, line);) lines.push_back(line);
  return lines;
}

std::string sha256sum(const std::string& line) {
  const TestFolder folder;
  const std::string path = folder.path() + "/line";
  std::ofstream(path) << line;
  FILE* pipe = ::popen(("sha256sum < " + path).c_str(), "r");
  char hex[65] = {};
  EXPECT_EQ(fread(hex, 1, 64, pipe), 64U);
  ::pclose(pipe);
  return hex;
}

TEST(Formats, TheExampleIsReadWrittenAndHashedAsItStands) {
  const auto lines = block("journal");
  const auto hashes = block("sha256");
  ASSERT_EQ(lines.size(), 4U);
  ASSERT_EQ(hashes.size(), lines.size());
  UnitTable units;
  std::vector<Event> events;
  journal::Chain chain;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(sha256sum(lines[i]), hashes[i]);
    const auto event =
        chain.next(static_cast<std::int64_t>(i) + 1, lines[i], sha256(lines[i]), units);
    ASSERT_TRUE(event) << event.error().text();
    EXPECT_EQ(to_hex(chain.at().head), hashes[i]);
    events.push_back(*event);
  }
  const TestFolder folder;
  const auto stored = (*Journal::open(folder.path()))->append(events, units);
  ASSERT_TRUE(stored);
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(stored->at(i).line, lines[i]);
}

TEST(Formats, EveryTypeIsOnThePage) {
  const std::string text = page();
  for (const std::string_view type : codec::kTypes) {
    EXPECT_NE(text.find("`" + std::string(type) + "`"), std::string::npos) << type;
  }
}

// Writes down the names of the members, in order, as the page has them.
struct Names {
  std::string text;
  template <class... More>
  void must(std::string_view name, More&&...) {
    text += text.empty() ? "" : ", ";
    text += name;
  }
  template <class... More>
  void may(std::string_view name, More&&...) {
    must("[" + std::string(name));
  }
  template <class... More>
  void may_pair(std::string_view name, More&&...) {
    may(name);
  }
  template <class... More>
  void may_object(std::string_view name, More&&...) {
    may(name);
  }
};

// "a: text, [b: number (1970)], [c]; more" -> "a, [b, [c".
std::string names_of(std::string cell) {
  std::string names;
  int depth = 0;  // inside parentheses or a nested bracket
  std::string word;
  const auto end_word = [&] {
    const std::size_t from = word.find_first_not_of(' ');
    if (from == std::string::npos) return;
    const std::size_t to = word.find_first_of(": ])", from);
    names +=
        (names.empty() ? "" : ", ") + word.substr(from, to == std::string::npos ? to : to - from);
    word.clear();
  };
  for (const char c : cell) {
    if (c == ';' || c == '|') break;
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == ',' && depth == 0) {
      end_word();
    } else {
      word += c;
    }
  }
  end_word();
  return names;
}

template <std::size_t I = 0>
void check_members(const std::string& text) {
  if constexpr (I < std::variant_size_v<EventBody>) {
    Names names;
    std::variant_alternative_t<I, EventBody> event;
    codec::members(names, event);
    const std::string name = "`" + std::string(codec::kTypes[I]) + "`";
    std::istringstream lines(text);
    bool found = false;
    for (std::string line; std::getline(lines, line);) {
      const std::size_t says = line.find(" | ", 2);
      if (!line.starts_with("| `") || line.find(name) > says) continue;
      const std::size_t members = line.find(" | ", says + 3);
      found = found || names_of(line.substr(members + 3)) == names.text;
      EXPECT_EQ(names_of(line.substr(members + 3)), names.text) << name;
    }
    EXPECT_TRUE(found) << name;
    check_members<I + 1>(text);
  }
}

TEST(Formats, TheTableOfMembersIsTheCodecs) {
  const std::string text = page();
  check_members(text.substr(text.find("### Types and their members")));
}

}  // namespace
}  // namespace ringfence
