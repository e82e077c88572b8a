// SPDX-License-Identifier: Apache-2.0
// Plan: one call on its way, from the route it hit to the answer or the command it became.
//
// Contract: pure; the coroutine in api.cc (or batch.cc) drives it: `open_plan`, then, when
// `needs_lookup`, `look_up` on the engine's thread, then `build`. As soon as `answer` is set the
// call is decided and the rest does nothing. The caller, the signer and the units outlive the plan.
#pragma once

#include <optional>

#include "api/route.h"

namespace ringfence::api {

struct Plan {
  const Route* route = nullptr;
  Call call;
  std::optional<Answer> answer;
  std::optional<Asked> asked;

  bool decided() const { return answer.has_value(); }
};

// Who asks, and what the handlers work with.
struct Asker {
  const auth::Caller* caller = nullptr;
  const auth::RunSigner* signer = nullptr;
  Time now;
};

// Finds the route and checks that the caller may use it.
Plan open_plan(std::string_view method, std::string_view path, std::string_view query,
               const Asker& asker);

bool needs_lookup(const Plan& plan);
void look_up(Plan& plan, const Engine& engine, Time now);

// Builds the command, or sets the answer. True when it failed for a unit that a newer table of
// units may know: then the answer may be taken back and the call built again.
bool build(Plan& plan, const std::shared_ptr<const UnitTable>& units);

// The answer to the engine's reply.
Answer render(const Plan& plan, const Reply& reply);

}  // namespace ringfence::api
