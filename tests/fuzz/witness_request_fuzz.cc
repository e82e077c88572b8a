// SPDX-License-Identifier: Apache-2.0
// Requests to a witness: what is read is written again as the same bytes, and what passes its check
// is growth.
#include <cstddef>
#include <cstdint>

#include "audit/witness_request.h"
#include "base/ensure.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  using namespace ringfence::audit;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto request = parse_witness_request(body);
  if (!request) return 0;
  RF_ENSURE(format_witness_request(*request) == body, "a request has one spelling");
  const auto submitted = parse_checkpoint(request->checkpoint);
  if (!submitted) return 0;
  const TreeHead latest{3, leaf_hash("latest")};
  if (check_growth(latest, *request, submitted->head)) {
    RF_ENSURE(submitted->head.size >= latest.size, "a log does not shrink");
    RF_ENSURE(submitted->head.size > latest.size || submitted->head == latest,
              "one size has one root");
  }
  return 0;
}
