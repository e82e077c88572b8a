// SPDX-License-Identifier: Apache-2.0
// client_key: the key that a client brings for the provider itself (`key: {from: client}`).
//
// Contract: pure. It is taken only beside a run credential in `x-ringfence-credential`, from where
// the wires' clients put a key. Nothing that is a credential of this installation is ever one.
#pragma once

#include <expected>
#include <functional>

#include "auth/credential.h"
#include "engine/refusal.h"
#include "http/headers.h"

namespace ringfence::llm {

// The fields to send on, as they came. Errors: `invalid` (none there, or one of ours).
std::expected<http::Headers, Refusal> client_key_of(
    const http::Headers& headers,
    const std::function<Result<auth::Caller>(const http::Headers&)>& identify);

}  // namespace ringfence::llm
