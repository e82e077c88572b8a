// SPDX-License-Identifier: Apache-2.0
// Run credentials: nothing but what our key signed is believed, and what it signed reads back as
// it was written.
#include <cstddef>
#include <cstdint>

#include "auth/run_token.h"
#include "base/ensure.h"

namespace {

using namespace ringfence;
using namespace ringfence::auth;

constexpr Time kNow{1'800'000'000'000'000};

const RunSigner& signer() {
  static const RunSigner one(RunKey::generate(), "inst_aaaaaaaaaaaaaaaa");
  return one;
}

// The bytes as a payload under a header and a signature that hold: only then is it decoded at all.
void decode_signed(std::string_view payload) {
  const std::string header =
      R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + signer().key()->id() + "\"}";
  const std::string part = to_base64url(header) + "." + to_base64url(payload);
  RunVerifier verifier(signer());
  const auto verified =
      verifier.verify(part + "." + to_base64url(signer().key()->sign(part)), kNow);
  if (!verified) return;
  const RunClaims& claims = *verified->claims;
  const auto again = verifier.verify(signer().sign(claims), kNow);
  RF_ENSURE(again && *again->claims == claims, "claims come back as they were signed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  RunVerifier verifier(signer());
  RF_ENSURE(!verifier.verify(bytes, kNow), "nobody guesses a signature");
  (void)split_token(bytes, signer().key()->id());
  (void)decode_claims(bytes);
  decode_signed(bytes);
  return 0;
}
