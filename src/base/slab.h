// SPDX-License-Identifier: Apache-2.0
// Slab: a list that grows at its end and never moves what is in it.
//
// Contract: a place is found by one shift and one mask, which std::deque's sizes do not allow.
// References stay valid until the slab is destroyed. Nothing is removed. Single-threaded.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace ringfence {

template <class T>
class Slab {
 public:
  std::size_t size() const { return size_; }
  T& operator[](std::size_t at) { return blocks_[at >> kBits][at & kMask]; }
  const T& operator[](std::size_t at) const { return blocks_[at >> kBits][at & kMask]; }
  T& back() { return (*this)[size_ - 1]; }
  T& emplace_back() {
    if ((size_ & kMask) == 0) blocks_.push_back(std::make_unique<T[]>(kMask + 1));
    ++size_;
    return back();
  }

 private:
  static constexpr std::size_t kBits = 8;
  static constexpr std::size_t kMask = (std::size_t{1} << kBits) - 1;
  std::vector<std::unique_ptr<T[]>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace ringfence
