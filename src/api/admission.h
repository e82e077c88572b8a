// SPDX-License-Identifier: Apache-2.0
// Admission: whether a caller may use a route, before its handler looks at anything.
//
// Contract: pure. Each gives the refusal, or nothing when the caller may go on.
// Limitations: with one operator that has all rights on "/", scopes under "/" always hold; they are
// checked all the same.
#pragma once

#include <optional>

#include "api/route.h"

namespace ringfence::api {

// By kind of caller and by rights held anywhere.
std::optional<Refusal> check_caller(const Route& route, const auth::Caller& caller);
// An operator's rights on the account that the call turned out to concern.
std::optional<Refusal> check_scope(const Route& route, const auth::Caller& caller,
                                   std::string_view account);
// What the ledger knows of the run whose credential it is.
std::optional<Refusal> check_live(const std::optional<RunView>& run, Time now);

}  // namespace ringfence::api
