// SPDX-License-Identifier: Apache-2.0
// The documented views, read by the `sqlite3` program while the writer has the journal open.
#include <gtest/gtest.h>
#include <stdio.h>

#include "journal/journal.h"
#include "journal/test_folder.h"

namespace ringfence {
namespace {

std::string sqlite3_cli(const TestFolder& folder, const std::string& sql) {
  const std::string command =
      "sqlite3 -readonly '" + folder.path() + "/journal.db' \"" + sql + "\" 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::string out;
  char chunk[4'096];
  while (const std::size_t got = fread(chunk, 1, sizeof chunk, pipe)) out.append(chunk, got);
  EXPECT_EQ(::pclose(pipe), 0) << out;
  return out;
}

class Views : public ::testing::Test {
 protected:
  Views() : journal_(Journal::open(folder_.path()).value()) {}

  void at(std::int64_t day, EventBody body) {
    const Event event{journal_->last_seq() + 1,
                      Time{(20'762 + day) * 86'400'000'000 + 36'000'000'000}, std::move(body)};
    const auto done = journal_->append({&event, 1}, units_);
    ASSERT_TRUE(done) << done.error().text();
  }
  void hold(std::int64_t day, std::uint64_t id, std::string account, std::int64_t usd) {
    HoldOpened opened;
    opened.hold = HoldId{id};
    opened.account = std::move(account);
    opened.run_id = "r_1";
    opened.operation = "llm:openai/gpt-5";
    opened.holder = "gateway";
    opened.need.set(kUsd, usd);
    at(day, opened);
  }
  void resolve(std::int64_t day, std::uint64_t id, HoldState state, std::int64_t usd,
               bool late = false) {
    HoldResolved resolved;
    resolved.hold = HoldId{id};
    resolved.state = state;
    resolved.late = late;
    if (state != HoldState::released) {
      resolved.charged.set(kUsd, usd);
      resolved.charged.set(kCalls, 1);
      resolved.charged.set(kInputTokens, 100);
      resolved.charged.set(kOutputTokens, 20);
    }
    at(day, resolved);
  }
  std::string ask(const std::string& sql) { return sqlite3_cli(folder_, sql); }

  TestFolder folder_;
  UnitTable units_;
  std::unique_ptr<Journal> journal_;
};

TEST_F(Views, SpendCountsTheNewestChargeOfAHoldAtEveryAccountAboveIt) {
  hold(0, 1, "acme/a/r_1", 500'000'000);
  resolve(0, 1, HoldState::expired, 500'000'000);
  hold(0, 3, "acme/b/r_2", 100'000'000);
  resolve(1, 3, HoldState::settled, 30'000'001);
  hold(1, 5, "acme/a/r_1", 100'000'000);
  resolve(1, 5, HoldState::released, 0);
  hold(1, 7, "acme/a/r_1", 100'000'000);  // still open
  const std::string select =
      "SELECT account, day, holds, usd_nano, usd, calls, input_tokens, output_tokens "
      "FROM spend_by_account_day WHERE account IN ('/', 'acme/a', 'acme/b/r_2')";
  EXPECT_EQ(ask(select),
            "/|2026-11-05|2|530000001|0.530000001|2|200|40\n"
            "acme/a|2026-11-05|1|500000000|0.500000000|1|100|20\n"
            "acme/b/r_2|2026-11-05|1|30000001|0.030000001|1|100|20\n");
  resolve(1, 1, HoldState::settled, 1'200'000'000, true);
  EXPECT_EQ(ask(select),
            "/|2026-11-05|2|1230000001|1.230000001|2|200|40\n"
            "acme/a|2026-11-05|1|1200000000|1.200000000|1|100|20\n"
            "acme/b/r_2|2026-11-05|1|30000001|0.030000001|1|100|20\n");
  EXPECT_EQ(ask("SELECT DISTINCT account FROM spend_by_account_day"),
            "/\nacme\nacme/a\nacme/a/r_1\nacme/b\nacme/b/r_2\n");
}

TEST_F(Views, HoldsShowTheirStateAndCharge) {
  hold(0, 1, "acme/r_1", 500);
  hold(0, 2, "acme/r_1", 600);
  resolve(0, 1, HoldState::cut, 400);
  EXPECT_EQ(ask("SELECT hold, state, need_usd_nano, charged_usd_nano, closed_at FROM holds"),
            "1|cut|500|400|2026-11-05T10:00:00Z\n2|open|600|0|\n");
  EXPECT_EQ(ask("SELECT unit, amount FROM charges WHERE hold = 1 ORDER BY unit"),
            "calls|1\ninput_tokens|100\noutput_tokens|20\nusd|400\n");
}

TEST_F(Views, RunsRefusalsAndAlerts) {
  RunStarted run;
  run.run_id = "r_1";
  run.account = "acme/r_1";
  run.actor = "operator";
  at(0, run);
  Refused refused;
  refused.run_id = "r_1";
  refused.account = "acme/r_1";
  refused.operation = "llm:openai/gpt-5";
  refused.reason = Reason::exhausted;
  refused.wall_key = "budget usd month acme";
  refused.sentence = "This budget is used up.";
  at(0, refused);
  RefusedAgain again;
  again.run_id = "r_1";
  again.operation = refused.operation;
  again.reason = Reason::exhausted;
  again.wall_key = refused.wall_key;
  again.count = 41;
  at(0, again);
  AlertFired alert;
  alert.wall = "budget";
  alert.unit = "usd";
  alert.subject = "acme";
  alert.cap = 9;
  at(0, alert);
  at(1, RunEnded{"r_1", "operator", "done", true});
  EXPECT_EQ(ask("SELECT seq, account, reason, wall, sentence, count FROM refusals"),
            "2|acme/r_1|exhausted|budget usd month acme|This budget is used up.|1\n"
            "3|acme/r_1|exhausted|budget usd month acme||41\n");
  EXPECT_EQ(ask("SELECT run, account, actor, ended_at, reason, revoked FROM runs"),
            "r_1|acme/r_1|operator|2026-11-06T10:00:00Z|done|1\n");
  EXPECT_EQ(ask("SELECT seq, subject, unit, cap FROM alerts"), "4|acme|usd|9\n");
}

TEST_F(Views, ReadingLiveNeitherWaitsNorDisturbs) {
  for (std::uint64_t id = 1; id <= 50; ++id) {
    hold(0, id, "acme/r_1", 1);
    if (id % 10 == 0) {
      EXPECT_EQ(ask("SELECT count(*) FROM holds"), std::to_string(id) + "\n");
    }
  }
  EXPECT_EQ(ask("SELECT count(*) FROM event"), "50\n");
}

}  // namespace
}  // namespace ringfence
