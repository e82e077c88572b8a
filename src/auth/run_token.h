// SPDX-License-Identifier: Apache-2.0
// RunSigner makes run credentials, RunVerifier believes or refuses them.
//
// Contract: the signer is thread-safe; a verifier belongs to one thread, since it keeps the tokens
// it has verified (by their SHA-256, at most kVerifiedMax, least recently used out first).
// Audience, key and signature are checked once per token, the expiry on every call. Whether the run
// still lives (lease, end, halt) is the engine's to say on every use; nothing here remembers it.
// Errors of `verify`: `invalid` (not ours, or malformed); never with a part of the token.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/jwt.h"
#include "auth/run_key.h"

namespace ringfence::auth {

inline constexpr std::size_t kVerifiedMax = 10'000;

class RunSigner {
 public:
  RunSigner(std::shared_ptr<const RunKey> key, std::string installation)
      : key_(std::move(key)), installation_(std::move(installation)) {}
  // With `run.key` and `installation` of the data directory, made when missing.
  static Result<RunSigner> open(const std::string& data_dir);

  // The installation, the id and whole seconds are filled in; the expiry is rounded down.
  std::string sign(RunClaims claims) const;

  const std::shared_ptr<const RunKey>& key() const { return key_; }
  const std::string& installation() const { return installation_; }

 private:
  std::shared_ptr<const RunKey> key_;
  std::string installation_;
};

class RunVerifier {
 public:
  struct Verified {
    std::shared_ptr<const RunClaims> claims;
    Digest token_hash{};
    bool expired = false;  // signed by us, but past its hard end
  };

  RunVerifier(std::shared_ptr<const RunKey> key, std::string installation,
              std::size_t kept_max = kVerifiedMax)
      : key_(std::move(key)), installation_(std::move(installation)), kept_max_(kept_max) {}
  explicit RunVerifier(const RunSigner& signer)
      : RunVerifier(signer.key(), signer.installation()) {}

  Result<Verified> verify(std::string_view token, Time now);

  std::size_t kept() const { return newest_first_.size(); }
  std::uint64_t signatures_checked() const { return signatures_checked_; }

 private:
  using Claims = std::shared_ptr<const RunClaims>;
  struct Kept {
    Digest hash;
    Claims claims;
  };
  struct HashOfDigest {
    std::size_t operator()(const Digest& digest) const;
  };

  Result<Claims> check(std::string_view token);
  Claims find(const Digest& hash);
  void keep(const Digest& hash, Claims claims);

  std::shared_ptr<const RunKey> key_;
  std::string installation_;
  std::size_t kept_max_;
  std::uint64_t signatures_checked_ = 0;
  std::list<Kept> newest_first_;
  std::unordered_map<Digest, std::list<Kept>::iterator, HashOfDigest> by_hash_;
};

}  // namespace ringfence::auth
