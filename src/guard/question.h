// SPDX-License-Identifier: Apache-2.0
// What a guard is told of an operation: one JSON object.
//
// Contract: pure. Its members are listed in docs/guards.md; new ones come with a new `version`.
#pragma once

#include <string>

#include "base/json.h"
#include "engine/view.h"

namespace ringfence::guard {

inline constexpr std::size_t kQuestionBytesMax = 2 * 1024 * 1024;

// What all guards of one hold are told.
struct Scene {
  GuardScene of;
  Json need;  // by unit
};

Json need_json(const PlaceHold& hold, const UnitTable& units);

std::string question_text(const GuardRule& rule, const Scene& scene, const PlaceHold& hold,
                          const Json& args);

}  // namespace ringfence::guard
