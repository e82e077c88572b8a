// SPDX-License-Identifier: Apache-2.0
#include "auth/operator.h"

#include <algorithm>

#include "auth/secret_file.h"
#include "base/path.h"
#include "base/random.h"

namespace ringfence::auth {
namespace {

constexpr std::size_t kTokenRandomBytes = 32;
constexpr std::size_t kTokenTextSize = 43;  // base64url of 32 bytes
constexpr Right kRights[] = {Right::view,   Right::run,    Right::approve, Right::operate,
                             Right::budget, Right::policy, Right::admin};

std::string_view as_text(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string_view to_string(Right right) {
  switch (right) {
    case Right::view: return "view";
    case Right::run: return "run";
    case Right::approve: return "approve";
    case Right::operate: return "operate";
    case Right::budget: return "budget";
    case Right::policy: return "policy";
    case Right::admin: return "admin";
  }
  return "";
}

std::string names_of(Rights rights) {
  std::string names;
  for (const Right right : kRights) {
    if (!rights.covers(right)) continue;
    if (!names.empty()) names += " and ";
    names += to_string(right);
  }
  return names;
}

bool Operator::may(Rights needed, std::string_view account) const {
  return std::ranges::any_of(grants, [&](const Grant& grant) {
    return grant.rights.covers(needed) && path_within(account, grant.subtree);
  });
}

std::string make_operator_token() {
  std::string secret = random_bytes(kTokenRandomBytes);
  std::string token(kOperatorTokenPrefix);
  token += to_base64url(secret);
  wipe(secret);
  return token;
}

bool is_operator_token(std::string_view text) {
  if (!text.starts_with(kOperatorTokenPrefix)) return false;
  text.remove_prefix(kOperatorTokenPrefix.size());
  return text.size() == kTokenTextSize && from_base64url(text).has_value();
}

Result<std::string> open_operator_token(const std::string& data_dir) {
  const std::string path = data_dir + "/operator.token";
  auto token =
      read_or_create_secret(path, [] { return Result<std::string>(make_operator_token() + "\n"); });
  if (!token) return token;
  if (token->ends_with('\n')) token->pop_back();
  if (!is_operator_token(*token)) return invalid("holds no operator token", path);
  return token;
}

Operators::Operators(std::string_view token)
    : operator_{"operator", {{Rights::all(), "/"}}}, token_hash_(sha256(token)) {}

const Operator* Operators::find(std::string_view token) const {
  const bool formed = is_operator_token(token);
  const bool same = equal_constant_time(as_text(sha256(token)), as_text(token_hash_));
  return formed && same ? &operator_ : nullptr;
}

}  // namespace ringfence::auth
