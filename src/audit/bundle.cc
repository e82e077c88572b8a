// SPDX-License-Identifier: Apache-2.0
#include "audit/bundle.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/ensure.h"

namespace ringfence::audit {

void append_entry(std::string& bundle, std::string_view entry) {
  RF_ENSURE(entry.size() <= kEntryBytesMax, "an entry's length fits in 16 bits");
  bundle += static_cast<char>(entry.size() >> 8);
  bundle += static_cast<char>(entry.size() & 0xff);
  bundle += entry;
}

Result<std::vector<std::string_view>> split_bundle(std::string_view bundle, unsigned width) {
  std::vector<std::string_view> entries;
  entries.reserve(width);
  for (unsigned i = 0; i < width; ++i) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bundle[at]); };
    if (bundle.size() < 2) return invalid(fmt::format("the bundle ends at its entry {}", i));
    const std::size_t size = std::size_t{byte(0)} << 8 | byte(1);
    if (bundle.size() - 2 < size) {
      return invalid(fmt::format("the bundle ends within its entry {}", i));
    }
    entries.push_back(bundle.substr(2, size));
    bundle.remove_prefix(2 + size);
  }
  if (!bundle.empty()) return invalid(fmt::format("the bundle goes on after {} entries", width));
  return entries;
}

}  // namespace ringfence::audit
