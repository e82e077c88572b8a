// SPDX-License-Identifier: Apache-2.0
// Receipts: what is read is written again as the same bytes.
#include <cstddef>
#include <cstdint>

#include "audit/tlog_proof.h"
#include "base/ensure.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  using namespace ringfence::audit;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto proof = parse_tlog_proof(text);
  if (!proof) return 0;
  RF_ENSURE(format_tlog_proof(*proof) == text, "a receipt has one spelling");
  RF_ENSURE(!verify_tlog_proof(*proof, "entry", {}), "without a key nothing is believed");
  return 0;
}
