// SPDX-License-Identifier: Apache-2.0
#include "policy/yaml_json.h"

#include <algorithm>

#include "base/decimal.h"
#include "policy/problems.h"
#include "schema/pointer.h"

namespace ringfence {
namespace {

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

// What YAML's core schema takes for a number, or nearly.
bool looks_like_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (one_of(text, {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"})) return true;
  if (text.starts_with("0x")) {
    return text.substr(2).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  }
  if (text.starts_with("0o")) {
    return text.substr(2).find_first_not_of("01234567") == std::string_view::npos;
  }
  const std::size_t digit = text.starts_with('.') ? 1 : 0;
  return digit < text.size() && text[digit] >= '0' && text[digit] <= '9' &&
         text.find_first_not_of("0123456789.eE+-") == std::string_view::npos &&
         std::ranges::count(text, '.') <= 1 && !text.substr(1).contains("--") &&
         text.find_first_of("+-") == text.find_last_of("+-") &&
         (text.find_first_of("+-") == std::string_view::npos || text.contains('e') ||
          text.contains('E'));
}

class JsonReader {
 public:
  JsonReader(Problems& problems, PlacedJson& out) : problems_(problems), out_(out) {}

  Json read(YamlNode node, Mark name) {
    out_.places[pointer_] = {name, node.mark()};
    switch (node.kind()) {
      case YamlNode::Kind::null: return {};
      case YamlNode::Kind::quoted: return node.text();
      case YamlNode::Kind::plain: return plain(node);
      case YamlNode::Kind::sequence: return list(node);
      default: return map(node);
    }
  }

  bool good() const { return good_; }

 private:
  Json plain(YamlNode node) {
    const std::string_view text = node.text();
    if (one_of(text, {"", "~", "null", "Null", "NULL"})) return {};
    if (one_of(text, {"true", "True", "TRUE"})) return true;
    if (one_of(text, {"false", "False", "FALSE"})) return false;
    if (!looks_like_number(text)) return text;
    const auto parsed = text.size() <= kDecimalTextMax ? Json::parse(text) : Json::parse("");
    if (parsed && parsed->number() != nullptr) return *parsed;
    problems_.add(node.mark(), "found " + node.found() +
                                   "; expected a number as JSON writes it, at most 40 characters, "
                                   "or a text in quotes");
    good_ = false;
    return {};
  }

  Json list(YamlNode node) {
    Json::Array items;
    for (YamlNode item = node.first(); item; item = item.next()) {
      items.push_back(step(std::to_string(items.size()), item, item.mark()));
    }
    return items;
  }

  Json map(YamlNode node) {
    Json::Object members;
    for (YamlNode key = node.first(); key; key = key.next().next()) {
      if (!key.is_scalar()) continue;  // reported by the tree
      members.emplace_back(std::string(key.text()), step(key.text(), key.next(), key.mark()));
    }
    return members;
  }

  Json step(std::string_view name, YamlNode node, Mark mark) {
    const std::size_t size = pointer_.size();
    append_pointer_step(pointer_, name);
    Json value = read(node, mark);
    pointer_.resize(size);
    return value;
  }

  Problems& problems_;
  PlacedJson& out_;
  std::string pointer_;
  bool good_ = true;
};

}  // namespace

Mark PlacedJson::mark(std::string_view pointer, bool of_name) const {
  for (;;) {
    if (const auto found = places.find(pointer); found != places.end()) {
      return of_name ? found->second.name : found->second.value;
    }
    of_name = false;
    if (pointer.empty()) return {};
    pointer = pointer.substr(0, pointer.rfind('/'));
  }
}

std::optional<PlacedJson> to_json(Problems& problems, YamlNode node) {
  PlacedJson placed;
  JsonReader reader(problems, placed);
  placed.value = reader.read(node, node.mark());
  if (!reader.good()) return std::nullopt;
  return placed;
}

}  // namespace ringfence
