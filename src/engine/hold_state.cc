// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "base/ensure.h"
#include "engine/event_fields.h"

namespace ringfence {
namespace {

constexpr std::array<std::string_view, 6> kNames{"open",     "settled", "overrun",
                                                 "released", "expired", "cut"};

}  // namespace

std::string_view to_string(HoldState state) {
  const auto index = static_cast<std::size_t>(state);
  RF_ENSURE(index < kNames.size(), "every state has its name");
  return kNames[index];
}

std::optional<HoldState> codec::hold_state_from(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<HoldState>(i);
  }
  return std::nullopt;
}

std::string_view to_string(PolicySource source) {
  return source == PolicySource::file ? "file" : "api";
}

std::optional<PolicySource> codec::policy_source_from(std::string_view text) {
  for (const PolicySource source : {PolicySource::file, PolicySource::api}) {
    if (text == to_string(source)) return source;
  }
  return std::nullopt;
}

}  // namespace ringfence
