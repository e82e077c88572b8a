// SPDX-License-Identifier: Apache-2.0
#include "ledger/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ringfence {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The root and, by number: 1 a, 2 a/x, 3 b, 4 a/y.
struct Tree : ::testing::Test {
  Tree() {
    for (std::string path : {"a", "a/x", "b", "a/y"}) {
      accounts.open(path);
      path.assign(path.size(), '?');  // what was given need not last
    }
  }
  Accounts accounts;
  const Accounts& seen = accounts;
};

TEST_F(Tree, AccountsAreNumberedAsTheyAreOpened) {
  ASSERT_EQ(accounts.size(), 5U);
  const Account& y = seen.at(AccountId{4});
  EXPECT_EQ(y.id, AccountId{4});
  EXPECT_EQ(y.parent, AccountId{1});
  EXPECT_EQ(y.path, "a/y");
  EXPECT_EQ(y.depth, 2U);
  EXPECT_EQ(seen.at(kRootAccount).path, "/");
  EXPECT_EQ(seen.at(kRootAccount).depth, 0U);
}

TEST_F(Tree, AreFoundByPath) {
  for (const auto& [path, number] : {std::pair("/", 0U), {"a", 1U}, {"a/x", 2U}, {"b", 3U}}) {
    ASSERT_NE(accounts.find(path), nullptr) << path;
    ASSERT_NE(seen.find(path), nullptr) << path;
    EXPECT_EQ(accounts.find(path)->id, AccountId{number});
    EXPECT_EQ(seen.find(path)->id, AccountId{number});
  }
  EXPECT_EQ(accounts.find("c"), nullptr);
  EXPECT_EQ(seen.find("c"), nullptr);
}

TEST_F(Tree, ChildrenComeInTheirOrder) {
  ASSERT_THAT(seen.children(seen.at(kRootAccount)), ElementsAre(AccountId{1}, AccountId{3}));
  EXPECT_THAT(seen.children(*seen.find("a")), ElementsAre(AccountId{2}, AccountId{4}));
  EXPECT_THAT(seen.children(*seen.find("b")), IsEmpty());
}

TEST_F(Tree, UpEndsAtTheRoot) {
  std::vector<std::string_view> paths;
  accounts.up(AccountId{4}, [&](Account& account) { paths.push_back(account.path); });
  EXPECT_THAT(paths, ElementsAre("a/y", "a", "/"));
  paths.clear();
  seen.up(AccountId{3}, [&](const Account& account) { paths.push_back(account.path); });
  EXPECT_THAT(paths, ElementsAre("b", "/"));
}

TEST_F(Tree, APauseStandsUntilItIsLiftedItself) {
  Account& a = *accounts.find("a");
  EXPECT_THAT(seen.pauses(a.id), IsEmpty());
  accounts.pause(a, {"budget", "wall", ""});
  accounts.pause(a, {"operator", "", "looks odd"});
  EXPECT_TRUE(a.paused);
  ASSERT_EQ(seen.pauses(a.id).size(), 2U);
  EXPECT_EQ(seen.pauses(a.id)[0].cause, "budget");
  EXPECT_EQ(seen.pauses(a.id)[1].reason, "looks odd");
  EXPECT_FALSE(accounts.find("b")->paused);

  accounts.lift(*accounts.find("b"), "budget", "wall");
  accounts.lift(a, "budget", "another wall");
  accounts.lift(a, "operator", "wall");
  EXPECT_EQ(seen.pauses(a.id).size(), 2U);
  accounts.lift(a, "budget", "wall");
  EXPECT_TRUE(a.paused);
  ASSERT_EQ(seen.pauses(a.id).size(), 1U);
  EXPECT_EQ(seen.pauses(a.id)[0].cause, "operator");
  accounts.lift(a, "operator", "");
  EXPECT_FALSE(a.paused);
  EXPECT_THAT(seen.pauses(a.id), IsEmpty());
}

}  // namespace
}  // namespace ringfence
