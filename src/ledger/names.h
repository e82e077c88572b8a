// SPDX-License-Identifier: Apache-2.0
// Names: texts that stay, each kept once, one after the other in large blocks.
//
// Contract: what `keep` returns is valid for the table's life. Single-threaded. Nothing is ever
// given back: for account paths and the names of walls, of which there are as many as things.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <deque>
#include <string>
#include <string_view>

namespace ringfence {

class Names {
 public:
  // `text`, in the table; for one that is known to be new.
  std::string_view add(std::string_view text) {
    if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
      blocks_.emplace_back().reserve(std::max(kBlockBytes, text.size()));
    }
    std::string& block = blocks_.back();
    const std::size_t at = block.size();
    block += text;  // never moves: there is room
    return std::string_view(block).substr(at);
  }
  // The same for one that may be there.
  std::string_view keep(std::string_view text) {
    const auto known = known_.find(text);
    return known != known_.end() ? *known : *known_.insert(add(text)).first;
  }

 private:
  static constexpr std::size_t kBlockBytes = 64 * 1024;
  std::deque<std::string> blocks_;
  boost::unordered_flat_set<std::string_view> known_;  // of those that came by `keep`
};

}  // namespace ringfence
