// SPDX-License-Identifier: Apache-2.0
// PagesAhead: pages of lines in order, those to come looked at on other threads meanwhile.
//
// Contract: one thread asks. `look` is called for one page on each thread; it may be called for
// pages that nobody asks for any more.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "evidence/lines.h"

namespace ringfence::evidence {

template <class Looked>
class PagesAhead {
 public:
  PagesAhead(Lines& lines, std::function<Looked(const LinePage&)> look)
      : lines_(lines),
        look_(std::move(look)),
        ahead_max_(std::max(2U, 2 * std::thread::hardware_concurrency())) {}

  // None: the end.
  Result<std::optional<Looked>> next() {
    while (!ended_ && ahead_.size() < ahead_max_) {
      auto page = lines_.next();
      if (!page) return std::unexpected(page.error());
      ended_ = page->rows.empty();
      if (ended_) break;
      ahead_.push_back(
          std::async(std::launch::async, [this, page = *std::move(page)] { return look_(page); }));
    }
    if (ahead_.empty()) return std::nullopt;
    std::optional<Looked> looked = ahead_.front().get();
    ahead_.pop_front();
    return looked;
  }

 private:
  Lines& lines_;
  const std::function<Looked(const LinePage&)> look_;
  const std::size_t ahead_max_;
  bool ended_ = false;
  std::deque<std::future<Looked>> ahead_;  // last: it waits for who uses the others
};

}  // namespace ringfence::evidence
