// SPDX-License-Identifier: Apache-2.0
// The policy that a first start writes: commented, small, and safe to begin with.
//
// Contract: a constant document that compiles. It knows the account kStarterAccount, bounds every
// agent by a daily budget at the root, and names no key but an environment variable.
// It states no prices: its providers' models have those of the built-in catalog.
#pragma once

#include <string>
#include <string_view>

namespace ringfence {

// Where `ringfence run` starts runs when no account is named.
inline constexpr std::string_view kStarterAccount = "agents/default";

std::string starter_policy();

}  // namespace ringfence
