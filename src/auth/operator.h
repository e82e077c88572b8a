// SPDX-License-Identifier: Apache-2.0
// Operators: the people (or their tools) who may see, stop and raise; and what each may do where.
//
// Contract: immutable once made, thread-safe. An operator token is "rf_op_" and 256 random bits in
// base64url. Only its SHA-256 is kept after start, and compared in constant time.
// Limitations: one operator, named "operator", with all rights on "/".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace ringfence::auth {

enum class Right : std::uint8_t { view, run, approve, operate, budget, policy, admin };
std::string_view to_string(Right right);

class Rights {
 public:
  constexpr Rights() = default;
  constexpr Rights(Right right) : bits_(static_cast<std::uint8_t>(1U << static_cast<int>(right))) {}
  static constexpr Rights all() {
    Rights rights;
    rights.bits_ = 0x7f;
    return rights;
  }
  constexpr bool covers(Rights needed) const { return (bits_ & needed.bits_) == needed.bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr Rights operator|(Rights a, Rights b) {
    Rights both;
    both.bits_ = static_cast<std::uint8_t>(a.bits_ | b.bits_);
    return both;
  }
  friend constexpr bool operator==(Rights, Rights) = default;

 private:
  std::uint8_t bits_ = 0;
};
constexpr Rights operator|(Right a, Right b) { return Rights(a) | Rights(b); }
// "budget" or "operate and budget": for sentences.
std::string names_of(Rights rights);

struct Grant {
  Rights rights;
  std::string subtree;  // an account path
};

struct Operator {
  std::string name;
  std::vector<Grant> grants;

  // Whether every right in `needed` is granted on this account by one grant.
  bool may(Rights needed, std::string_view account) const;
};

inline constexpr std::string_view kOperatorTokenPrefix = "rf_op_";

std::string make_operator_token();
// The form alone.
bool is_operator_token(std::string_view text);
// Reads `DIR/operator.token`, or creates it (mode 0600). Errors as secret_file.h, and `invalid`.
Result<std::string> open_operator_token(const std::string& data_dir);

class Operators {
 public:
  // `token` is not kept; wipe it when it need not be shown.
  explicit Operators(std::string_view token);

  // Null when the token is no one's. The pointer lives as long as this object.
  const Operator* find(std::string_view token) const;
  // Who a caller is that the system itself vouches for (the same uid on a Unix socket).
  const Operator& local() const { return operator_; }

 private:
  Operator operator_;
  Digest token_hash_;
};

}  // namespace ringfence::auth
