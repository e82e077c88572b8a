// SPDX-License-Identifier: Apache-2.0
// Refusal: why an operation may not go on, in the terms of 2-semantics (Refusals).
//
// Contract: plain values. `sentence` is written for the model that reads it and never carries a
// secret or a request's content.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "base/unit.h"
#include "base/window.h"

namespace ringfence {

enum class Reason : std::uint8_t {
  exhausted,
  too_large,
  busy,
  throttled,
  denied,
  halted,
  paused,
  loop,
  no_wall,
  unpriced,
  unbounded,
  credential_expired,
  credential_revoked,
  unauthenticated,
  forbidden,  // the caller lacks the right, or is not the hold's holder
  not_found,
  conflict,
  unverifiable,
  invalid,
  approval_required,  // a person is asked now
  approval_pending,   // and has not answered yet
  approval_refused,   // or has refused, or nobody answered in time
  approval_mismatch,  // the approval that was named is for another action
};

inline constexpr std::size_t kReasons = static_cast<std::size_t>(Reason::approval_mismatch) + 1;

std::string_view to_string(Reason reason);
std::optional<Reason> reason_from(std::string_view text);

// Whether trying the same again cannot help (until a reset, raise or lift).
bool is_final(Reason reason);
// Status on our own API.
int http_status(Reason reason);

// The wall that caused a refusal, as it stood. Amounts are in the unit's base.
struct WallState {
  std::string name;     // "budget" or the limit's name
  std::string account;  // the subject: an account path, or a limit's subject
  std::string unit;     // the unit's name
  Window window;
  std::int64_t cap = 0;
  std::int64_t settled = 0;
  std::int64_t held = 0;
  std::int64_t need = 0;
  std::optional<Time> resets_at;
  int scale = 0;  // decimal digits of the amounts above in text form
};

// The approval that a refusal waits for, or that was refused.
struct ApprovalNote {
  std::string id;
  std::string state;  // as to_string(ApprovalState)
  Time expires_at;
  std::string comment;  // of whoever refused
};

struct Refusal {
  Reason reason = Reason::invalid;
  std::string sentence;
  std::string field;  // `invalid`: which member
  std::optional<WallState> wall;
  std::optional<Duration> retry_after;  // busy, throttled
  std::optional<std::int64_t> fits;     // too_large: what would fit, in the wall's unit
  std::optional<ApprovalNote> approval;
  std::string downgrade;    // the cheaper operation that may be asked for instead; empty: none
  std::string decision_id;  // set by the engine on every decision
};

// The sentence for a reason, e.g. "This budget is used up. Do not retry; tell your operator."
std::string default_sentence(Reason reason);

}  // namespace ringfence
