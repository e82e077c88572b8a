// SPDX-License-Identifier: Apache-2.0
// Entry bundles: what is split is joined again to the same bytes, and holds only as many entries as
// were asked for.
#include <cstddef>
#include <cstdint>

#include "audit/bundle.h"
#include "base/ensure.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  using namespace ringfence::audit;
  if (size == 0) return 0;
  const unsigned width = data[0] + 1U;
  const std::string_view bundle(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto entries = split_bundle(bundle, width);
  if (!entries) return 0;
  RF_ENSURE(entries->size() == width, "as many as were asked for");
  std::string joined;
  for (const std::string_view entry : *entries) append_entry(joined, entry);
  RF_ENSURE(joined == bundle, "a bundle is its entries");
  return 0;
}
