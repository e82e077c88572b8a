// SPDX-License-Identifier: Apache-2.0
#include "engine/refusal.h"

#include <gtest/gtest.h>

#include <set>

namespace ringfence {
namespace {

TEST(Refusal, EveryReasonHasItsOwnNameAndComesBackFromIt) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kReasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_TRUE(names.insert(to_string(reason)).second) << to_string(reason);
    EXPECT_EQ(reason_from(to_string(reason)), reason);
  }
  EXPECT_EQ(reason_from("Exhausted"), std::nullopt);
  EXPECT_EQ(reason_from(""), std::nullopt);
}

TEST(Refusal, StatusesAndFinalityAreThoseOfTheTable) {
  EXPECT_EQ(http_status(Reason::exhausted), 402);
  EXPECT_EQ(http_status(Reason::too_large), 402);
  EXPECT_EQ(http_status(Reason::busy), 429);
  EXPECT_EQ(http_status(Reason::throttled), 429);
  EXPECT_EQ(http_status(Reason::no_wall), 403);
  EXPECT_EQ(http_status(Reason::credential_expired), 401);
  EXPECT_EQ(http_status(Reason::not_found), 404);
  EXPECT_EQ(http_status(Reason::conflict), 409);
  EXPECT_EQ(http_status(Reason::unverifiable), 503);
  EXPECT_EQ(http_status(Reason::invalid), 400);
  for (std::size_t i = 0; i < kReasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    const bool soon = reason == Reason::busy || reason == Reason::throttled ||
                      reason == Reason::unverifiable || reason == Reason::approval_required ||
                      reason == Reason::approval_pending;
    EXPECT_EQ(is_final(reason), !soon) << to_string(reason);
  }
}

TEST(Refusal, SentencesTellAModelWhatToDo) {
  EXPECT_EQ(default_sentence(Reason::exhausted),
            "This budget is used up. Do not retry; tell your operator.");
  for (std::size_t i = 0; i < kReasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    const std::string sentence = default_sentence(reason);
    ASSERT_FALSE(sentence.empty());
    EXPECT_EQ(sentence.back(), '.');
    if (!is_final(reason)) {
      EXPECT_EQ(sentence.find("Do not retry"), std::string::npos) << sentence;
    }
  }
}

}  // namespace
}  // namespace ringfence
