// SPDX-License-Identifier: Apache-2.0
#include "witness/quorum.h"

#include <algorithm>
#include <functional>

namespace ringfence::witness {

bool Quorum::look(std::vector<std::uint64_t> cosigned, std::int64_t needed,
                  std::uint64_t signed_size, Duration now) {
  std::ranges::sort(cosigned, std::ranges::greater());
  const auto count = static_cast<std::size_t>(needed);
  needed_ = needed;
  covered_ = count > 0 && count <= cosigned.size() ? cosigned[count - 1] : 0;
  const bool asked = count > 0 && signed_size > 0;
  if (!asked || covered_ >= awaited_) {  // what was awaited is there; now for what is newest
    awaited_ = signed_size;
    awaited_since_ = now;
  }
  const bool late = asked && covered_ < awaited_ && now.us - awaited_since_.us >= patience_.us;
  const bool turned = late != late_;
  late_ = late;
  return turned;
}

}  // namespace ringfence::witness
