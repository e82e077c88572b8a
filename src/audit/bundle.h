// SPDX-License-Identifier: Apache-2.0
// Entry bundles: the entries under one tile of level 0, as c2sp.org/tlog-tiles has them.
//
//   bundle = 1*256entry
//   entry  = length bytes      length: 16 bits, big-endian, of the bytes that follow
//
// Contract: pure. What a bundle holds is believed only once its entries' hashes lead to a signed
// root.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ringfence::audit {

inline constexpr std::size_t kEntryBytesMax = 65'535;
inline constexpr std::size_t kBundleBytesMax = 256 * (2 + kEntryBytesMax);

// An entry above kEntryBytesMax is a defect: whoever records lines keeps them below.
void append_entry(std::string& bundle, std::string_view entry);

// Views into `bundle`, exactly `width` of them. Errors: `invalid`.
Result<std::vector<std::string_view>> split_bundle(std::string_view bundle, unsigned width);

}  // namespace ringfence::audit
