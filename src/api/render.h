// SPDX-License-Identifier: Apache-2.0
// Render: replies and views as the JSON of the API.
//
// Contract: pure. Money and seconds are decimal strings, counts integers, times RFC 3339; amounts
// of a meter, whose unit varies, are always decimal strings. A hold's id is the decimal number of
// the event that opened it, as a string.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "engine/approval_view.h"
#include "engine/view.h"

namespace ringfence::api {

std::string hold_text(HoldId hold);
std::optional<HoldId> parse_hold(std::string_view text);

Json amounts_json(const Amounts& amounts, const UnitTable& units);
Json json_of(const AllowReply& reply, const UnitTable& units);
Json json_of(const ResolveReply& reply, const UnitTable& units);
Json json_of(const MeterView& meter);
Json json_of(const AccountView& account);
Json json_of(const RunView& run, const UnitTable& units);
Json json_of(const HaltView& halt);
Json json_of(const HoldView& hold, const UnitTable& units);
// With what concerns people alone, or for the run that asks.
Json json_of(const ApprovalView& approval, const UnitTable& units, bool by_run);
Json json_of(const StatusView& status);

}  // namespace ringfence::api
