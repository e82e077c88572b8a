// SPDX-License-Identifier: Apache-2.0
// Policies of trust: what is read keeps its meaning when it is written, and no quorum but `none` is
// met by nobody.
#include <cstddef>
#include <cstdint>

#include "audit/tlog_policy.h"
#include "base/ensure.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringfence;
  using namespace ringfence::audit;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto policy = parse_tlog_policy(text);
  if (!policy) return 0;
  RF_ENSURE(parse_tlog_policy(format_tlog_policy(*policy)) == *policy, "its meaning stays");
  RF_ENSURE(quorum_met(*policy, {}) == (policy->quorum == kQuorumNone), "nobody is no quorum");
  std::vector<NoteSignature> everybody;
  for (const TrustedWitness& witness : policy->witnesses) {
    everybody.push_back({.name = witness.vkey.name, .id = witness.vkey.id, .bytes = {}});
  }
  RF_ENSURE(quorum_met(*policy, everybody), "everybody is enough");
  verifiers_of(*policy);
  return 0;
}
