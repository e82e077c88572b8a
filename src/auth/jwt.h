// SPDX-License-Identifier: Apache-2.0
// The form of a run credential: a JWT (RFC 7519) in compact form, signed with Ed25519 (RFC 8037).
//
//   token   = header "." payload "." signature      each canonical base64url, at most 4,096 bytes
//   header  = {"alg":"EdDSA","typ":"at+jwt","kid":KEY}          these members and no others
//   payload = {"iss":"ringfence","aud":INSTALLATION,"sub":ACCOUNT,"run":RUN,"jti":ID,
//              "iat":SECONDS,"exp":SECONDS,"depth":N,"scopes":[WORD…]} + "par_hash":HEX if depth >
//              0
//
// Contract: pure. Anything else than the above is refused: another `alg` (none too), an unknown or
// duplicate member, a number with a fraction, a second spelling of the same bytes. Errors are
// `invalid` and never quote the token.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace ringfence::auth {

inline constexpr std::size_t kRunTokenMax = 4096;  // bytes
inline constexpr int kRunDepthMax = 16;
inline constexpr std::size_t kScopesMax = 16;
inline constexpr std::string_view kIssuer = "ringfence";

struct RunClaims {
  std::string installation;
  std::string account;  // the run's own
  std::string run;
  std::string jti;
  Time issued, expires;               // whole seconds
  int depth = 0;                      // 0: not delegated
  std::optional<Digest> parent_hash;  // SHA-256 of the parent's token
  std::vector<std::string> scopes;
  friend bool operator==(const RunClaims&, const RunClaims&) = default;
};

// What is signed: header and payload with the dot between.
std::string encode_signed_part(const RunClaims& claims, std::string_view key_id);

struct TokenParts {
  std::string_view signed_part;
  std::string_view payload;  // still base64url
  std::string signature;     // 64 bytes
};
// Splits, and checks the header against `key_id`.
Result<TokenParts> split_token(std::string_view token, std::string_view key_id);

// To be called only once the signature holds.
Result<RunClaims> decode_claims(std::string_view payload);

}  // namespace ringfence::auth
