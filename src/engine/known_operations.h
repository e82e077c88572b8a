// SPDX-License-Identifier: Apache-2.0
// KnownOperations: what the policy in force says of operations that were asked for before, so that
// asking again costs one look-up.
//
// Contract: a memory of pure functions (Operation::parse, Policy::check, match_limits, match_loops,
// match_guards) and nothing else: with it and without it every answer is the same. `clear` when
// another version comes into force. Bounded: what was not asked for lately is forgotten. A
// reference stays valid while fewer than kYoungMax other texts are asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "policy/operation.h"
#include "policy/pattern.h"
#include "policy/policy.h"

namespace ringfence {

class KnownOperation {
 public:
  KnownOperation(Operation operation, const Policy& policy);

  const Operation& operation() const { return operation_; }
  const std::string& text() const { return operation_.text(); }
  // The operation as a pattern that only it matches; where parts of it are not known, all it may
  // be.
  const Pattern& exact() const { return exact_; }
  // As halts look at it.
  const std::vector<Pattern>& forbidden_forms() const { return forbidden_forms_; }
  // Indexes into Policy::limits(), ascending.
  const std::vector<std::uint32_t>& limits() const { return limits_; }
  // Indexes into Policy::loops(), ascending.
  const std::vector<std::uint32_t>& loops() const { return loops_; }
  // Indexes into Policy::guards(), ascending.
  const std::vector<std::uint32_t>& guards() const { return guards_; }
  // Whether any rule looks at its arguments.
  bool args_matter() const { return args_matter_; }
  // Valid until it is asked again.
  const Verdict& verdict(const Policy& policy, RoleId role, const Identity& identity) const;
  // Policy::asks; null: too many to look at. Valid until another role is asked about.
  const std::vector<const AskRule*>* asks(const Policy& policy, RoleId role) const;
  // Policy::price; prices change on whole days in UTC.
  const Price* price(const Policy& policy, Time at) const;

 private:
  Operation operation_;
  Pattern exact_;
  std::vector<Pattern> forbidden_forms_;
  std::vector<std::uint32_t> limits_;
  std::vector<std::uint32_t> loops_;
  bool args_matter_ = false;
  std::vector<std::uint32_t> guards_;
  mutable std::vector<std::pair<RoleId, Verdict>> verdicts_;
  struct Asks {
    RoleId role;
    bool whole = false;
    std::vector<const AskRule*> rules;
  };
  mutable std::vector<Asks> asks_;
  mutable std::optional<std::int64_t> price_day_;
  mutable const Price* price_ = nullptr;  // on that day
};

class KnownOperations {
 public:
  static constexpr std::size_t kYoungMax = 4'096;

  // Errors: as Operation::parse.
  Result<const KnownOperation*> find(const std::string& text, const Policy& policy);
  void clear();

 private:
  using Table = std::unordered_map<std::string, std::unique_ptr<const KnownOperation>>;
  Table young_;
  Table old_;  // what was young before; asked for again it is young again
};

}  // namespace ringfence
