// SPDX-License-Identifier: Apache-2.0
// What keys mean: selecting, folding, and the questions before an order is given.
#include "cli/top_view.h"

#include <gtest/gtest.h>

#include "cli/top_order.h"
#include "cli/top_sample.h"

namespace ringfence::top {
namespace {

struct TopViews : ::testing::Test {
  TopViews() { view.follow(sample.snapshot, sample.history); }

  Pressed press(KeyKind kind) { return view.press({kind, {}}, sample.snapshot, sample.history); }
  Pressed type(std::string_view text) {
    Pressed pressed;
    for (const char c : text) {
      pressed =
          view.press({KeyKind::character, std::string(1, c)}, sample.snapshot, sample.history);
    }
    return pressed;
  }
  Tree tree() const { return tree_of(sample.snapshot, sample.history, view.tree()); }
  std::string selected() const { return tree().rows.at(view.cursor(Pane::accounts)).account->path; }
  std::string paths() const {
    std::string text;
    for (const TreeRow& row : tree().rows) text += row.account->path + " ";
    return text;
  }

  Sample sample;
  View view;
};

TEST_F(TopViews, SelectingStopsAtTheEnds) {
  EXPECT_EQ(selected(), "/");
  press(KeyKind::up);
  EXPECT_EQ(selected(), "/");
  type("j");
  EXPECT_EQ(selected(), "acme");
  type("G");
  EXPECT_EQ(selected(), "globex");
  press(KeyKind::page_down);
  EXPECT_EQ(selected(), "globex");
  type("gk");
  EXPECT_EQ(selected(), "/");
}

TEST_F(TopViews, FoldsSortsAndFilters) {
  EXPECT_EQ(paths(), "/ acme acme/research acme/research/r_live globex ");
  EXPECT_EQ(tree().ended_hidden, 1U);
  type("j ");
  EXPECT_EQ(paths(), "/ acme globex ");
  press(KeyKind::enter);
  type("e");
  EXPECT_EQ(paths(), "/ acme acme/research acme/research/r_live acme/research/r_over globex ");
  type("e/resea");
  EXPECT_EQ(view.tree().filter, "") << "only once it is accepted";
  press(KeyKind::enter);
  EXPECT_EQ(paths(), "/ acme acme/research acme/research/r_live ");
  press(KeyKind::escape);
  EXPECT_EQ(selected(), "acme") << "the selection stays on its account";
  type("ss");
  EXPECT_EQ(view.tree().sort, Sort::burn);
  EXPECT_EQ(paths(), "/ acme acme/research acme/research/r_live globex ");
}

TEST_F(TopViews, AnAccountThatGoesGivesTheSelectionOn) {
  type("G");
  sample.snapshot.accounts.pop_back();
  view.follow(sample.snapshot, sample.history);
  EXPECT_EQ(selected(), "acme/research/r_live");
  sample.snapshot.accounts.clear();
  view.follow(sample.snapshot, sample.history);
  EXPECT_FALSE(type("h").order);
  EXPECT_EQ(view.message().text, "no account is selected");
}

TEST_F(TopViews, AHaltTakesAReasonAndAYes) {
  type("jh");
  EXPECT_EQ(view.prompt().question, "halt acme, because: ");
  EXPECT_FALSE(press(KeyKind::enter).order) << "no reason";
  type("stop itx");
  press(KeyKind::backspace);
  EXPECT_FALSE(press(KeyKind::enter).order) << "not confirmed";
  type("y");
  const auto order = press(KeyKind::enter).order;
  ASSERT_TRUE(order);
  const ApiCall call = call_of(*order);
  EXPECT_EQ(call.target, "/api/v1/halts");
  EXPECT_EQ(call.body.text(), R"({"account":"acme","reason":"stop it"})");
  type("hx");
  press(KeyKind::enter);
  EXPECT_FALSE(press(KeyKind::enter).order) << "anything but y is no";
  EXPECT_EQ(view.prompt().step, Prompt::Step::none);
}

TEST_F(TopViews, KeysAreTextInAQuestion) {
  type("/qh?");
  EXPECT_EQ(view.prompt().text, "qh?");
  press(KeyKind::clear_line);
  EXPECT_EQ(view.prompt().text, "");
  for (std::size_t i = 0; i < kTypedMax + 10; ++i) type("x");
  EXPECT_EQ(view.prompt().text.size(), kTypedMax);
  EXPECT_FALSE(press(KeyKind::escape).quit);
  EXPECT_TRUE(type("q").quit);
}

TEST_F(TopViews, ARaiseTakesACapAndAReason) {
  type("jr");
  EXPECT_EQ(view.prompt().question, "acme: usd per month, now $10.00; new cap: ");
  for (const char* wrong : {"", "x", "-1", "1e3", "tokens=5", "calls=1.5"}) {
    type(wrong);
    press(KeyKind::enter);
    EXPECT_EQ(view.prompt().step, Prompt::Step::cap) << wrong;
    EXPECT_TRUE(view.message().bad) << wrong;
    press(KeyKind::clear_line);
  }
  type("12.50");
  press(KeyKind::enter);
  type("launch");
  ApiCall call = call_of(press(KeyKind::enter).order.value());
  EXPECT_EQ(call.target, "/api/v1/accounts/acme/raise");
  EXPECT_EQ(call.body.text(), R"({"unit":"usd","window":"month","cap":"12.50","reason":"launch"})");
  type("rcalls=0600");
  press(KeyKind::enter);
  type("more");
  call = call_of(press(KeyKind::enter).order.value());
  EXPECT_EQ(call.body.text(), R"({"unit":"calls","window":"day","cap":600,"reason":"more"})");
}

TEST_F(TopViews, PauseBecomesResumeAndHaltsAreLifted) {
  type("jpx");
  EXPECT_EQ(call_of(press(KeyKind::enter).order.value()).target, "/api/v1/accounts/acme/pause");
  sample.snapshot.accounts[1].state = AccountState::paused;
  type("px");
  EXPECT_EQ(call_of(press(KeyKind::enter).order.value()).target, "/api/v1/accounts/acme/resume");
  type("u");
  EXPECT_TRUE(view.message().bad) << "not in the halts";
  press(KeyKind::back_tab);
  EXPECT_EQ(view.pane(), Pane::halts);
  type("ux");
  EXPECT_EQ(call_of(press(KeyKind::enter).order.value()).target, "/api/v1/halts/halt_1/lift");
}

TEST(TopOrders, WhatTheServerRefusesIsSaidInItsWords) {
  const Order order{Order::Kind::pause, "acme", "", "", "", "x"};
  const auto refused = message_of(
      order, 403, json_of_text(R"({"reason":"forbidden","detail":"You may not operate acme."})"));
  EXPECT_TRUE(refused.bad);
  EXPECT_EQ(refused.text, "forbidden: You may not operate acme.");
  EXPECT_EQ(message_of(order, 500, Json()).text, "the daemon answered 500");
  EXPECT_EQ(message_of(order, 200, Json()).text, "paused acme");
}

}  // namespace
}  // namespace ringfence::top
