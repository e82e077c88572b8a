// SPDX-License-Identifier: Apache-2.0
#include "auth/run_token.h"

#include <cstring>

#include "auth/secret_file.h"
#include "base/random.h"

namespace ringfence::auth {
namespace {

Time whole_seconds(Time time) { return {time.us - time.us % 1'000'000}; }

}  // namespace

Result<RunSigner> RunSigner::open(const std::string& data_dir) {
  auto installation = installation_id(data_dir);
  if (!installation) return std::unexpected(installation.error());
  auto key = RunKey::open(data_dir);
  if (!key) return std::unexpected(key.error());
  return RunSigner(std::move(*key), std::move(*installation));
}

std::string RunSigner::sign(RunClaims claims) const {
  claims.installation = installation_;
  if (claims.jti.empty()) claims.jti = random_id("j_");
  claims.issued = whole_seconds(claims.issued);
  claims.expires = whole_seconds(claims.expires);
  std::string token = encode_signed_part(claims, key_->id());
  const std::string signature = key_->sign(token);
  token += '.';
  token += to_base64url(signature);
  return token;
}

std::size_t RunVerifier::HashOfDigest::operator()(const Digest& digest) const {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

Result<RunVerifier::Verified> RunVerifier::verify(std::string_view token, Time now) {
  if (token.size() > kRunTokenMax) return invalid("the credential is too long");
  const Digest hash = sha256(token);
  Claims claims = find(hash);
  if (claims == nullptr) {
    auto checked = check(token);
    if (!checked) return std::unexpected(checked.error());
    claims = std::move(*checked);
    keep(hash, claims);
  }
  const bool expired = now >= claims->expires;
  return Verified{std::move(claims), hash, expired};
}

Result<RunVerifier::Claims> RunVerifier::check(std::string_view token) {
  const auto parts = split_token(token, key_->id());
  if (!parts) return std::unexpected(parts.error());
  ++signatures_checked_;
  if (!key_->verify(parts->signed_part, parts->signature)) {
    return invalid("the credential's signature does not hold");
  }
  auto claims = decode_claims(parts->payload);
  if (!claims) return std::unexpected(claims.error());
  if (claims->installation != installation_) {
    return invalid("the credential is for another installation");
  }
  return std::make_shared<const RunClaims>(std::move(*claims));
}

RunVerifier::Claims RunVerifier::find(const Digest& hash) {
  const auto found = by_hash_.find(hash);
  if (found == by_hash_.end()) return nullptr;
  newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
  return found->second->claims;
}

void RunVerifier::keep(const Digest& hash, Claims claims) {
  while (newest_first_.size() >= kept_max_) {
    by_hash_.erase(newest_first_.back().hash);
    newest_first_.pop_back();
  }
  newest_first_.push_front({hash, std::move(claims)});
  by_hash_.emplace(hash, newest_first_.begin());
}

}  // namespace ringfence::auth
