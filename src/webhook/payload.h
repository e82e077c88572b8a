// SPDX-License-Identifier: Apache-2.0
// Payload: what is told of one event of the record, and to whom it may be told.
//
// Contract: pure. A payload is {"type": "ringfence.<group>.<what>", "timestamp": …, "data": {…}}
// (docs/webhooks.md has one of each); amounts are decimal strings. No argument's value, no sentence
// that could hold one, no credential and no document goes in: of a command only the program is
// named, of a file only how it is touched.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/event.h"
#include "policy/webhooks.h"

namespace ringfence::webhook {

// What is told of it; nothing of most events.
std::optional<WebhookEvent> kind_of(const EventBody& body);

// Looks up the order that a `halt_lifted` ends; nothing when it is not known.
using HaltLookup = std::function<std::optional<Halted>(const std::string& halt_id)>;

// Where it counts; empty: nowhere in particular, or everywhere.
std::string account_of(const EventBody& body, const HaltLookup& halts);

// Of an event with a kind. `units` knows its units.
std::string payload_of(const Event& event, const UnitTable& units, const HaltLookup& halts);

// The operation without what could be an argument's value.
std::string bare_operation(std::string_view operation);

}  // namespace ringfence::webhook
