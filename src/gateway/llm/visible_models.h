// SPDX-License-Identifier: Apache-2.0
// VisibleModels: for which models a stream shows all the output that is billed.
//
// A cut stream is charged by what was seen only where nothing is hidden. A price may say so of its
// model; of others the wire alone can prove it: a finished answer whose usage tells of no reasoning
// and counts no more tokens than there were bytes to see proves it for its model. Any answer that
// says otherwise ends it, whatever the price says.
//
// Contract: one thread. Limitations: kept in memory; after a restart a model that no price speaks
// for proves itself anew, and until then its cut streams are charged whole.
#pragma once

#include <string>
#include <unordered_map>

#include "base/price.h"
#include "gateway/llm/dialect.h"

namespace ringfence::llm {

inline constexpr std::size_t kVisibleModelsMax = 10'000;

class VisibleModels {
 public:
  void learn(const std::string& operation, const Seen& seen) {
    if (seen.usage_state != UsageState::stated || !seen.finished || seen.damaged) return;
    const bool hidden =
        seen.hidden_output || seen.usage.output() > seen.text_bytes_max + kEndTokens;
    const auto it = all_visible_.find(operation);
    if (it != all_visible_.end()) {
      it->second = it->second && !hidden;
    } else if (all_visible_.size() < kVisibleModelsMax) {
      all_visible_.emplace(operation, !hidden);
    }
  }
  bool is_visible(const std::string& operation, HiddenOutput stated) const {
    const auto it = all_visible_.find(operation);
    return it == all_visible_.end() ? stated == HiddenOutput::none : it->second;
  }

 private:
  // Tokens of an answer's framing that show no text.
  static constexpr std::int64_t kEndTokens = 16;

  std::unordered_map<std::string, bool> all_visible_;
};

}  // namespace ringfence::llm
