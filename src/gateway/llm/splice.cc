// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/splice.h"

#include <algorithm>

#include "base/ensure.h"

namespace ringfence::llm {

void Splice::replace(Range range, std::string with) {
  RF_ENSURE(range.begin <= range.end, "an edit ends before it begins");
  const auto place = std::ranges::upper_bound(edits_, range.begin, {},
                                              [](const Edit& edit) { return edit.range.begin; });
  edits_.insert(place, Edit{range, std::move(with)});
}

std::string Splice::apply(std::string_view text) const {
  std::size_t size = text.size();
  for (const Edit& edit : edits_) size += edit.with.size();
  std::string out;
  out.reserve(size);
  std::size_t done = 0;
  for (const Edit& edit : edits_) {
    RF_ENSURE(edit.range.begin >= done && edit.range.end <= text.size(),
              "edits overlap or leave the text");
    out.append(text.substr(done, edit.range.begin - done)).append(edit.with);
    done = edit.range.end;
  }
  out.append(text.substr(done));
  return out;
}

}  // namespace ringfence::llm
