// SPDX-License-Identifier: Apache-2.0
#include "auth/jwt.h"

#include <algorithm>

#include "auth/run_key.h"
#include "base/json.h"
#include "base/path.h"

namespace ringfence::auth {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the year 9999 ends
constexpr std::size_t kIdMax = 64;

bool is_id(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= kIdMax && std::ranges::all_of(text, fits);
}

// Reads each known member once; what it did not ask for is left over and refused.
class ClaimReader {
 public:
  explicit ClaimReader(const Json& object) : object_(object) {}

  std::string text(std::string_view name) {
    const Json* member = take(name);
    const std::string* value = member != nullptr ? member->string() : nullptr;
    if (value == nullptr) ok_ = false;
    return value != nullptr ? *value : std::string();
  }
  std::string id(std::string_view name) {
    std::string value = text(name);
    if (!is_id(value)) ok_ = false;
    return value;
  }
  std::int64_t integer(std::string_view name, std::int64_t max) {
    const Json* member = take(name);
    const auto value = member != nullptr ? member->integer() : std::nullopt;
    if (value && *value >= 0 && *value <= max) return *value;
    ok_ = false;
    return 0;
  }
  Time time(std::string_view name) { return {integer(name, kSecondsMax) * kMicrosPerSecond}; }
  std::vector<std::string> words(std::string_view name) {
    std::vector<std::string> words;
    const Json* member = take(name);
    const Json::Array* elements = member != nullptr ? member->array() : nullptr;
    if (elements == nullptr || elements->size() > kScopesMax) {
      ok_ = false;
      return words;
    }
    for (const Json& element : *elements) {
      if (element.string() == nullptr || !is_id(*element.string())) {
        ok_ = false;
      } else {
        words.push_back(*element.string());
      }
    }
    return words;
  }
  bool complete() const { return ok_ && taken_ == object_.object()->size(); }
  void require(bool condition) { ok_ = ok_ && condition; }

 private:
  const Json* take(std::string_view name) {
    const Json* member = object_.find(name);
    if (member != nullptr) ++taken_;
    return member;
  }

  const Json& object_;
  std::size_t taken_ = 0;
  bool ok_ = true;
};

std::unexpected<Error> malformed() { return invalid("the credential is malformed"); }

Result<Json> decode_object(std::string_view part) {
  const auto bytes = from_base64url(part);
  if (!bytes) return malformed();
  auto json = Json::parse(*bytes);
  if (!json || json->object() == nullptr) return malformed();
  return json;
}

}  // namespace

std::string encode_signed_part(const RunClaims& claims, std::string_view key_id) {
  Json header;
  header.set("alg", "EdDSA").set("typ", "at+jwt").set("kid", key_id);
  Json payload;
  payload.set("iss", kIssuer).set("aud", claims.installation).set("sub", claims.account);
  payload.set("run", claims.run).set("jti", claims.jti);
  payload.set("iat", claims.issued.us / kMicrosPerSecond);
  payload.set("exp", claims.expires.us / kMicrosPerSecond).set("depth", claims.depth);
  if (claims.parent_hash) payload.set("par_hash", to_hex(*claims.parent_hash));
  Json::Array scopes(claims.scopes.begin(), claims.scopes.end());
  payload.set("scopes", std::move(scopes));
  return to_base64url(header.text()) + "." + to_base64url(payload.text());
}

Result<TokenParts> split_token(std::string_view token, std::string_view key_id) {
  if (token.size() > kRunTokenMax) return malformed();
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return malformed();
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return malformed();

  const auto header = decode_object(token.substr(0, first));
  if (!header) return std::unexpected(header.error());
  ClaimReader reader(*header);
  const std::string alg = reader.text("alg");
  if (alg != "EdDSA") return invalid("the credential is not signed with Ed25519");
  reader.require(reader.text("typ") == "at+jwt");
  const std::string kid = reader.text("kid");
  if (!reader.complete()) return malformed();
  if (kid != key_id) return invalid("the credential was made with another key");

  auto signature = from_base64url(token.substr(second + 1));
  if (!signature || signature->size() != kEd25519SignatureBytes) return malformed();
  return TokenParts{token.substr(0, second), token.substr(first + 1, second - first - 1),
                    std::move(*signature)};
}

Result<RunClaims> decode_claims(std::string_view payload) {
  const auto object = decode_object(payload);
  if (!object) return std::unexpected(object.error());
  ClaimReader reader(*object);
  reader.require(reader.text("iss") == kIssuer);
  RunClaims claims;
  claims.installation = reader.id("aud");
  claims.account = reader.text("sub");
  reader.require(check_account_path(claims.account).has_value());
  claims.run = reader.id("run");
  claims.jti = reader.id("jti");
  claims.issued = reader.time("iat");
  claims.expires = reader.time("exp");
  claims.depth = static_cast<int>(reader.integer("depth", kRunDepthMax));
  if (claims.depth > 0) {
    claims.parent_hash = digest_from_hex(reader.text("par_hash"));
    reader.require(claims.parent_hash.has_value());
  }
  claims.scopes = reader.words("scopes");
  if (!reader.complete()) return malformed();
  return claims;
}

}  // namespace ringfence::auth
