// SPDX-License-Identifier: Apache-2.0
// Who asks: the credential in a request's headers, and the caller it proves.
//
// Contract: an Authenticator belongs to one thread (it holds a RunVerifier). Run credentials are
// taken where each wire's clients put their key: `Authorization: Bearer`, `x-api-key`,
// `x-goog-api-key`, `Proxy-Authorization` (Bearer, or Basic with the credential as password);
// operator tokens only as `Authorization: Bearer`. The same credential in several places is one;
// two different ones are ambiguous and refused. A credential in the headers always decides: what
// the system vouches for (a Unix socket's peer) counts only when there is none.
//
// `x-ringfence-credential` is for clients that keep their own key in those places: where it stands
// it alone is the credential, and the other places hold what is not ours.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/operator.h"
#include "auth/run_token.h"
#include "http/headers.h"

namespace ringfence::http {
class Request;
}

namespace ringfence::auth {

inline constexpr std::string_view kCredentialHeader = "x-ringfence-credential";

struct PresentedCredential {
  std::string token;
  bool as_bearer = false;  // in `Authorization`
};
// None: no credential at all. Errors: `invalid` (two different ones, or not in a form we take).
Result<std::optional<PresentedCredential>> find_credential(const http::Headers& headers);

struct Caller {
  enum class Kind : std::uint8_t { none, run, operator_ };

  Kind kind = Kind::none;
  std::string actor;  // "run:<id>" or the operator's name: for the record
  // kind run
  std::shared_ptr<const RunClaims> claims;
  Digest token_hash{};
  bool expired = false;  // past its hard end; good for nothing but settling its own holds
  // kind operator_
  const Operator* who = nullptr;

  bool is_run() const { return kind == Kind::run; }
  bool is_operator() const { return kind == Kind::operator_; }
};

Caller operator_caller(const Operator& who);

// Given by the program: who stands behind a request that carries no credential, for instance the
// peer of a Unix socket with our own uid. None: nobody we know.
using LocalResolver = std::function<std::optional<Caller>(const http::Request&)>;

class Authenticator {
 public:
  Authenticator(RunVerifier verifier, std::shared_ptr<const Operators> operators)
      : verifier_(std::move(verifier)), operators_(std::move(operators)) {}

  // Kind `none` when the headers carry no credential. Errors: `invalid` (ambiguous or in no known
  // form: 400), `forbidden` (not ours: 401).
  Result<Caller> identify(const http::Headers& headers, Time now);

  const Operators& operators() const { return *operators_; }

 private:
  Result<Caller> run_caller(std::string_view token, Time now);

  RunVerifier verifier_;
  std::shared_ptr<const Operators> operators_;
};

}  // namespace ringfence::auth
