// SPDX-License-Identifier: Apache-2.0
#include "policy/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "base/utf8.h"

namespace ringfence {
namespace {

// Ends a parse from inside a callback; never leaves this file.
struct Refused {
  Mark mark;
  std::string sentence;
};

Mark to_mark(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

Mark place_of(std::string_view text, std::size_t offset) {
  Mark mark;
  for (const char c : text.substr(0, offset)) {
    mark.column = c == '\n' ? 1 : mark.column + 1;
    mark.line += c == '\n' ? 1 : 0;
  }
  return mark;
}

// yaml-cpp takes byte 0x04 for the end of the input and guesses UTF-16 and UTF-32: what it would
// read then is not what a person sees, so only plain UTF-8 text gets that far.
bool check_bytes(std::string_view text, Problems& problems) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool blank = byte == '\t' || byte == '\n' || byte == '\r';
    const std::size_t length = utf8_sequence_length(text.substr(at));
    if (length == 0 || byte == 0x7f || (byte < 0x20 && !blank)) {
      problems.add(place_of(text, at), length == 0 ? "found bytes that are not UTF-8; expected text"
                                                   : "found a control byte; expected text");
      return false;
    }
    at += length;
  }
  return true;
}

// The text from `mark` on.
std::string_view text_at(std::string_view text, Mark mark) {
  for (std::uint32_t line = 1; line < mark.line; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(std::min<std::size_t>(mark.column - 1, text.size()));
}

// yaml-cpp lets the end of the input close a quote after a final newline: one forgotten quote would
// swallow the rest of a policy, its denials included. Only the last value can be such a one.
bool closes(std::string_view quoted) {
  const char quote = quoted.empty() ? '\0' : quoted.front();
  if (quote == '!') return false;  // a tag, which hides where the quote opened
  if (quote != '"' && quote != '\'') return true;
  for (std::size_t i = 1; i < quoted.size(); ++i) {
    if (quoted[i] == '\\' && quote == '"') {
      ++i;
    } else if (quoted[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < quoted.size() && quoted[i + 1] == quote;
      if (!doubled) return true;
      ++i;
    }
  }
  return false;
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// What yaml-cpp could not read, in words that say what to write instead.
std::string sentence_of(std::string_view message) {
  if (has(message, "anchor") || has(message, "alias")) {
    return "found an anchor or an alias; expected the value itself";
  }
  if (has(message, "flow")) return "found a list or a map without its end; expected it closed";
  if (has(message, "EOF in scalar")) return "found a quote without its end; expected it closed";
  if (has(message, "illegal map value")) {
    return "found `:` where no key can be; expected `key: value` under the key above it, or quotes "
           "around a text with `: ` in it";
  }
  if (has(message, "illegal block entry")) {
    return "found `-` where no list can be; expected the items of a list under its key";
  }
  if (has(message, "escape") || has(message, "hex") || has(message, "unicode")) {
    return "found a backslash in double quotes that YAML does not know; expected single quotes "
           "around it, or `\\\\`";
  }
  return fmt::format("found what is no YAML ({}); expected a map", message);
}

// yaml-cpp blames whatever follows the tab.
void add_syntax_error(std::string_view text, Mark mark, std::string_view message,
                      Problems& problems) {
  const std::string_view line = text_at(text, {mark.line, 1});
  const std::size_t tab = line.substr(0, line.find_first_not_of(" \t")).find('\t');
  const bool blamed =
      has(message, "illegal tab") || has(message, "illegal map") || has(message, "illegal block");
  if (blamed && tab != std::string_view::npos) {
    problems.add({mark.line, static_cast<std::uint32_t>(tab) + 1},
                 "found a tab at the beginning of a line; expected spaces");
  } else {
    problems.add(mark, sentence_of(message));
  }
}

}  // namespace

class YamlBuilder : public YAML::EventHandler {
 public:
  YamlBuilder(YamlTree& tree, std::string_view text, Problems& problems)
      : tree_(tree), text_(text), problems_(problems) {}

  Mark last_scalar() const { return last_scalar_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0 && !text_at(text_, to_mark(mark)).starts_with("---")) {
      throw Refused{to_mark(mark), "found a second document; expected `---` before it"};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, YamlNode::Kind::null, "?", anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw Refused{to_mark(mark), "found an alias; expected the value itself"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (value.size() > kYamlScalarMax) {
      throw Refused{to_mark(mark),
                    fmt::format("found {} bytes of text; expected at most {} in one value",
                                value.size(), kYamlScalarMax)};
    }
    const auto kind = tag == "!" ? YamlNode::Kind::quoted : YamlNode::Kind::plain;
    YamlTree::Node& node = add(mark, kind, tag, anchor);
    last_scalar_ = node.mark;
    node.text_at = static_cast<std::uint32_t>(tree_.text_.size());
    node.text_size = static_cast<std::uint32_t>(value.size());
    tree_.text_ += value;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, YamlNode::Kind::sequence, tag, anchor);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, YamlNode::Kind::map, tag, anchor);
  }
  void OnMapEnd() override {
    check_keys(open_.back().index);
    open_.pop_back();
  }

 private:
  struct Open {
    std::uint32_t index;
    std::uint32_t last_child;
  };

  YamlTree::Node& add(const YAML::Mark& at, YamlNode::Kind kind, const std::string& tag,
                      YAML::anchor_t anchor) {
    const Mark mark = to_mark(at);
    if (anchor != 0) throw Refused{mark, "found an anchor; expected the value without a name"};
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw Refused{mark, "found a tag; expected the value without one"};
    }
    if (tree_.nodes_.size() == kYamlNodesMax) {
      throw Refused{mark, fmt::format("found more than {} values; expected a smaller document",
                                      kYamlNodesMax)};
    }
    const auto index = static_cast<std::uint32_t>(tree_.nodes_.size());
    if (open_.empty() && kind != YamlNode::Kind::null) tree_.roots_.push_back(index);
    if (!open_.empty()) {
      Open& parent = open_.back();
      if (parent.last_child == YamlTree::kNone) {
        tree_.nodes_[parent.index].first = index;
      } else {
        tree_.nodes_[parent.last_child].next = index;
      }
      ++tree_.nodes_[parent.index].children;
      parent.last_child = index;
    }
    YamlTree::Node& node = tree_.nodes_.emplace_back();
    node.mark = mark;
    node.kind = kind;
    return node;
  }

  void open(const YAML::Mark& mark, YamlNode::Kind kind, const std::string& tag,
            YAML::anchor_t anchor) {
    if (open_.size() == kYamlDepthMax) {
      throw Refused{to_mark(mark),
                    fmt::format("found more than {} levels; expected fewer", kYamlDepthMax)};
    }
    add(mark, kind, tag, anchor);
    open_.push_back({static_cast<std::uint32_t>(tree_.nodes_.size() - 1), YamlTree::kNone});
  }

  void check_keys(std::uint32_t map) {
    std::vector<YamlNode> keys;
    for (YamlNode key = YamlNode(&tree_, map).first(); key; key = key.next().next()) {
      if (key.is_scalar()) {
        keys.push_back(key);
      } else {
        problems_.add(key.mark(), "found " + key.found() + " as a key; expected text");
      }
    }
    std::ranges::sort(keys, [](const YamlNode& a, const YamlNode& b) {
      return a.text() != b.text() ? a.text() < b.text() : a.mark() < b.mark();
    });
    for (std::size_t i = 1; i < keys.size(); ++i) {
      if (keys[i - 1].text() != keys[i].text()) continue;
      problems_.add(keys[i].mark(),
                    fmt::format("found the key {} again; expected it once (line {})",
                                quoted(keys[i].text()), keys[i - 1].mark().line));
    }
  }

  YamlTree& tree_;
  std::string_view text_;
  Problems& problems_;
  std::vector<Open> open_;
  Mark last_scalar_;
  int documents_ = 0;
};

bool YamlTree::parse(std::string_view text, Problems& problems) {
  nodes_.clear();
  roots_.clear();
  text_.clear();
  if (text.size() > kYamlBytesMax) {
    problems.add({}, fmt::format("found {} bytes; expected a document of at most {}", text.size(),
                                 kYamlBytesMax));
    return false;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!check_bytes(text, problems)) return false;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    YamlBuilder builder(*this, text, problems);
    while (parser.HandleNextDocument(builder)) continue;
    if (!closes(text_at(text, builder.last_scalar()))) {
      throw Refused{builder.last_scalar(), "found a quote without its end; expected it closed"};
    }
  } catch (const Refused& refused) {
    problems.add(refused.mark, refused.sentence);
    return false;
  } catch (const YAML::Exception& e) {
    add_syntax_error(text, to_mark(e.mark), e.msg, problems);
    return false;
  }
  if (roots_.empty()) {
    problems.add({}, "found an empty document; expected a map that starts with version: 1");
    return false;
  }
  return true;
}

std::vector<YamlNode> YamlTree::roots() const {
  std::vector<YamlNode> nodes;
  for (const std::uint32_t root : roots_) nodes.emplace_back(this, root);
  return nodes;
}

YamlNode::Kind YamlNode::kind() const { return tree_->nodes_[index_].kind; }

std::string_view YamlNode::text() const {
  const YamlTree::Node& node = tree_->nodes_[index_];
  return std::string_view(tree_->text_).substr(node.text_at, node.text_size);
}

Mark YamlNode::mark() const { return tree_->nodes_[index_].mark; }

std::size_t YamlNode::size() const { return tree_->nodes_[index_].children; }

YamlNode YamlNode::first() const {
  const std::uint32_t index = tree_->nodes_[index_].first;
  return index == YamlTree::kNone ? YamlNode() : YamlNode(tree_, index);
}

YamlNode YamlNode::next() const {
  const std::uint32_t index = tree_->nodes_[index_].next;
  return index == YamlTree::kNone ? YamlNode() : YamlNode(tree_, index);
}

std::string YamlNode::found() const {
  switch (kind()) {
    case Kind::null: return "nothing";
    case Kind::sequence: return "a list";
    case Kind::map: return "a map";
    default: return quoted(text());
  }
}

}  // namespace ringfence
