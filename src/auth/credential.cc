// SPDX-License-Identifier: Apache-2.0
#include "auth/credential.h"

#include <openssl/evp.h>

#include <array>

namespace ringfence::auth {
namespace {

constexpr std::size_t kBasicMax = 8 * 1024;  // bytes of base64

std::unexpected<Error> not_known_form(std::string_view header) {
  return invalid("The header " + std::string(header) + " holds no credential in a form we take.",
                 std::string(header));
}

std::unexpected<Error> two_different(std::string_view header) {
  return invalid("The request carries two different credentials. Send one.", std::string(header));
}

// RFC 7617: base64 of "name:password"; the password is the credential.
std::optional<std::string> password_of(std::string_view base64) {
  if (base64.empty() || base64.size() > kBasicMax || base64.size() % 4 != 0) return std::nullopt;
  std::string bytes(base64.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(base64.data()),
                                   static_cast<int>(base64.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = base64.ends_with("==") ? 2 : base64.ends_with('=') ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  const std::size_t colon = bytes.find(':');
  if (colon == std::string::npos) return std::nullopt;
  return bytes.substr(colon + 1);
}

std::optional<std::string> after_scheme(std::string_view value, std::string_view scheme) {
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ' ||
      !http::equal_ignoring_case(value.substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  return std::string(http::trim_blanks(value.substr(scheme.size())));
}

struct Place {
  std::string_view header;
  bool schemes;  // "Bearer …", else the bare key
  bool basic;
};
constexpr std::array kPlaces = {
    Place{"authorization", true, false}, Place{"x-api-key", false, false},
    Place{"x-goog-api-key", false, false}, Place{"proxy-authorization", true, true}};

std::optional<std::string> token_in(const Place& place, std::string_view value) {
  if (!place.schemes) return std::string(value);
  if (auto token = after_scheme(value, "bearer")) return token;
  if (!place.basic) return std::nullopt;
  const auto encoded = after_scheme(value, "basic");
  return encoded ? password_of(*encoded) : std::nullopt;
}

}  // namespace

Result<std::optional<PresentedCredential>> find_credential(const http::Headers& headers) {
  std::optional<PresentedCredential> found;
  for (const std::string_view value : headers.all(kCredentialHeader)) {
    if (value.empty()) return not_known_form(kCredentialHeader);
    if (found && found->token != value) return two_different(kCredentialHeader);
    found = PresentedCredential{std::string(value), false};
  }
  if (found) return found;
  for (const Place& place : kPlaces) {
    for (const std::string_view value : headers.all(place.header)) {
      auto token = token_in(place, value);
      if (!token || token->empty()) return not_known_form(place.header);
      if (found && found->token != *token) return two_different(place.header);
      const bool as_bearer = place.header == "authorization";
      if (!found) found = PresentedCredential{std::move(*token), as_bearer};
      found->as_bearer = found->as_bearer || as_bearer;
    }
  }
  return found;
}

Caller operator_caller(const Operator& who) {
  Caller caller;
  caller.kind = Caller::Kind::operator_;
  caller.actor = who.name;
  caller.who = &who;
  return caller;
}

Result<Caller> Authenticator::identify(const http::Headers& headers, Time now) {
  const auto presented = find_credential(headers);
  if (!presented) return std::unexpected(presented.error());
  if (!*presented) return Caller{};
  const PresentedCredential& credential = **presented;
  if (!credential.token.starts_with(kOperatorTokenPrefix)) return run_caller(credential.token, now);
  if (!credential.as_bearer) {
    return fail(ErrorCode::forbidden, "An operator token is taken only as Authorization: Bearer.");
  }
  const Operator* who = operators_->find(credential.token);
  if (who == nullptr) return fail(ErrorCode::forbidden, "This operator token is not known here.");
  return operator_caller(*who);
}

Result<Caller> Authenticator::run_caller(std::string_view token, Time now) {
  auto verified = verifier_.verify(token, now);
  if (!verified) {
    return fail(ErrorCode::forbidden,
                "This is no credential of a run of this installation. Ask your operator for one.");
  }
  Caller caller;
  caller.kind = Caller::Kind::run;
  caller.actor = "run:" + verified->claims->run;
  caller.claims = std::move(verified->claims);
  caller.token_hash = verified->token_hash;
  caller.expired = verified->expired;
  return caller;
}

}  // namespace ringfence::auth
