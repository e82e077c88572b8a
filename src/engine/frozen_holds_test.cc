// SPDX-License-Identifier: Apache-2.0
#include "engine/frozen_holds.h"

#include <gtest/gtest.h>

#include <boost/pfr.hpp>
#include <limits>
#include <random>
#include <vector>

#include "engine/known_operations.h"

namespace ringfence {
namespace {

class Sample {
 public:
  explicit Sample(std::uint64_t seed) : random_(seed) {}

  std::int64_t number() {
    if (random_() % 8 == 0) return std::numeric_limits<std::int64_t>::max();
    if (random_() % 8 == 0) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(random_() >> (random_() % 64)) * (random_() % 2 == 0 ? 1 : -1);
  }
  Amounts amounts() {
    Amounts some;
    for (std::uint8_t unit = 0; unit < kUnitsMax; ++unit) {
      if (random_() % 3 == 0) some.set(Unit{unit}, number());
    }
    return some;
  }
  std::string text() { return std::string(random_() % 2000, static_cast<char>(random_() % 256)); }
  bool flag() { return random_() % 2 == 0; }

  Hold hold(std::uint64_t id) {
    Hold hold;
    hold.id = HoldId{id};
    hold.account.index = static_cast<std::uint32_t>(random_());
    hold.open = false;
    hold.need = amounts();
    hold.charged = amounts();
    for (std::uint64_t i = random_() % 40; i > 0; --i) {
      hold.touches.push_back({MeterId{random_()}, number()});
    }
    hold.opened.us = static_cast<std::int64_t>(random_() % (1ULL << 60));
    hold.deadline = Time::max();
    hold.resolved_at.us = static_cast<std::int64_t>(id);
    return hold;
  }
  HoldFact fact() {
    HoldFact fact;
    fact.operation = text();
    fact.holder = text();
    fact.decision_id = text();
    fact.physical_max = amounts();
    fact.stated = amounts();
    fact.claimed = amounts();
    fact.output_cap = number();
    fact.state = static_cast<HoldState>(random_() % 6);
    for (bool* each :
         {&fact.clamped, &fact.by_holder, &fact.late, &fact.uncertain, &fact.implausible}) {
      *each = flag();
    }
    return fact;
  }

 private:
  std::mt19937_64 random_;
};

void expect_same(const Hold& a, const HoldFact& x, const Hold& b, const HoldFact& y) {
  EXPECT_EQ(a.account, b.account);
  EXPECT_EQ(a.open, b.open);
  EXPECT_EQ(a.need, b.need);
  EXPECT_EQ(a.charged, b.charged);
  EXPECT_EQ(a.touches, b.touches);
  EXPECT_EQ(a.opened, b.opened);
  EXPECT_EQ(a.deadline, b.deadline);
  EXPECT_EQ(a.resolved_at, b.resolved_at);
  // Every member, so that one that is added is not forgotten here.
  boost::pfr::for_each_field(x, [&](const auto& value, auto index) {
    EXPECT_EQ(value, boost::pfr::get<decltype(index)::value>(y)) << "member " << index;
  });
}

TEST(FrozenHolds, GiveBackWhatWasPutIn) {
  Sample sample(3);
  FrozenHolds frozen;
  std::vector<std::pair<Hold, HoldFact>> put;
  for (std::uint64_t id = 1; id <= 500; ++id) {
    const auto& [hold, fact] = put.emplace_back(sample.hold(id), sample.fact());
    frozen.add(hold, fact);
  }
  for (const auto& [hold, fact] : put) {
    Hold read;
    HoldFact fact_read;
    ASSERT_TRUE(frozen.contains(hold.id));
    frozen.read(hold.id, read, fact_read);
    expect_same(hold, fact, read, fact_read);
  }
  EXPECT_EQ(frozen.size(), 500U);
}

TEST(FrozenHolds, TheOldestGoesFirstAndWhatWasDroppedIsPassedOver) {
  Sample sample(4);
  FrozenHolds frozen;
  for (std::uint64_t id = 1; id <= 1000; ++id) frozen.add(sample.hold(id), sample.fact());
  for (std::uint64_t id = 1; id <= 1000; id += 3) frozen.drop(HoldId{id});
  frozen.add(sample.hold(4), sample.fact());  // again: it counts as new
  for (std::uint64_t id = 1; id <= 1000; ++id) {
    if (id % 3 == 1) continue;
    ASSERT_EQ(frozen.oldest()->id, HoldId{id});
    frozen.forget_oldest();
  }
  EXPECT_EQ(frozen.oldest()->id, HoldId{4});
  frozen.forget_oldest();
  EXPECT_FALSE(frozen.oldest().has_value());
  EXPECT_EQ(frozen.size(), 0U);
  frozen.add(sample.hold(2000), sample.fact());
  EXPECT_EQ(frozen.oldest()->id, HoldId{2000});
}

TEST(KnownOperations, AnswerAsThePolicyDoesHoweverManyAreAskedFor) {
  const auto policy = Policy::compile(R"yaml(
version: 1
currency: USD
timezone: UTC
accounts: {/: {role: bot}}
roles: {bot: {allow: ["tool:a/*"]}}
limits: [{name: few, match: "tool:a/x1*", per: run, calls: 3}]
)yaml",
                                      "test");
  ASSERT_TRUE(policy.has_value());
  KnownOperations known;
  EXPECT_FALSE(known.find("::", **policy).has_value());
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 10'000; ++i) {
      const std::string text =
          "tool:" + std::string(i % 2 == 0 ? "a" : "b") + "/x" + std::to_string(i);
      const KnownOperation& found = **known.find(text, **policy);
      ASSERT_EQ(found.text(), text);
      ASSERT_EQ(found.verdict(**policy, RoleId{0}, {}).allowed, i % 2 == 0);
      ASSERT_EQ(found.verdict(**policy, RoleId{0}, {}).allowed, i % 2 == 0);
      ASSERT_EQ(found.limits().size(), i % 2 == 0 && text.starts_with("tool:a/x1") ? 1U : 0U);
    }
  }
}

}  // namespace
}  // namespace ringfence
