// SPDX-License-Identifier: Apache-2.0
// KeptObjects: which account a thing that a provider keeps belongs to: a response, a conversation,
// a file.
//
// Contract: a plain value of the recorded state, changed by events alone. Keys come from
// `object_key`, which does not show the provider's id. Of more than kObjectsMax the oldest are
// forgotten: nobody may name those any more.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "base/packed.h"

namespace ringfence {

inline constexpr std::size_t kObjectsMax = 500'000;
inline constexpr std::size_t kObjectsPerRequestMax = 64;

// 128 bits of the SHA-256 of provider and id, in hex.
inline std::string object_key(std::string_view provider, std::string_view id) {
  std::string text(provider);
  text += '\0';
  text += id;
  return to_hex(sha256(text)).substr(0, 32);
}

class KeptObjects {
 public:
  // The first to receive it owns it.
  void add(const std::string& key, std::string_view account) {
    if (!owners_.try_emplace(key, account).second) return;
    order_.push_back(key);
    if (order_.size() <= kObjectsMax) return;
    owners_.erase(order_.front());
    order_.pop_front();
  }
  // Null: nobody's.
  const std::string* owner(const std::string& key) const {
    const auto found = owners_.find(key);
    return found == owners_.end() ? nullptr : &found->second;
  }

  // The oldest first. Loads into an empty one.
  void save(PackedWriter& out) const {
    out.natural(order_.size());
    for (const std::string& key : order_) out(key, owners_.at(key));
  }
  void load(PackedReader& in) {
    std::string key;
    std::string owner;
    for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
      in(key, owner);
      const bool fits = order_.size() < kObjectsMax && !owners_.contains(key);
      if (in.require(fits, "what is kept has one owner")) add(key, owner);
    }
  }

 private:
  std::unordered_map<std::string, std::string> owners_;  // account paths
  std::deque<std::string> order_;
};

}  // namespace ringfence
