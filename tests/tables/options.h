// SPDX-License-Identifier: Apache-2.0
// Options: the `key=value` words and bare flags of a line; what nobody asked for is an error.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringfence::tables {

// What a table says that cannot be carried out; it ends the table.
struct BadTable {
  std::string message;
};

class Options {
 public:
  Options(std::span<const std::string> words, std::size_t skip) {
    for (const std::string& word : words.subspan(std::min(skip, words.size()))) {
      const std::size_t equals = word.find('=');
      const bool flag = equals == std::string::npos;
      items_.push_back(
          {word.substr(0, equals), flag ? std::string() : word.substr(equals + 1), flag, false});
    }
  }
  std::optional<std::string> value(const std::string& key) {
    for (Item& item : items_) {
      if (item.key != key || item.flag) continue;
      item.used = true;
      return item.value;
    }
    return std::nullopt;
  }
  bool flag(const std::string& key) {
    for (Item& item : items_) {
      if (item.key != key || !item.flag) continue;
      item.used = true;
      return true;
    }
    return false;
  }
  // Gives every `key=value` left; the function says whether it knows the key.
  void rest(const std::function<bool(const std::string&, const std::string&)>& take) {
    for (Item& item : items_) {
      if (!item.used && !item.flag) item.used = take(item.key, item.value);
    }
  }
  void done() const {
    for (const Item& item : items_) {
      if (!item.used) throw BadTable{"unknown word `" + item.key + "`"};
    }
  }

 private:
  struct Item {
    std::string key, value;
    bool flag = false;
    bool used = false;
  };
  std::vector<Item> items_;
};

}  // namespace ringfence::tables
