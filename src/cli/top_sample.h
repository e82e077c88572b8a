// SPDX-License-Identifier: Apache-2.0
// A small installation as the API tells of it, for the tests of `top`.
//
// Contract: test code only. Two looks a minute apart, so that there are burn rates; a run that
// ended, an account that is paused, one that is halted, texts that try to reach the terminal.
#pragma once

#include <string>

#include "cli/top_history.h"
#include "cli/top_snapshot.h"

namespace ringfence::top {

inline Json json_of_text(std::string_view text) {
  auto json = Json::parse(text);
  return json ? *std::move(json) : Json(json.error().text());
}

inline std::string sample_account(std::string_view path, std::string_view wall,
                                  std::string_view more = "") {
  std::string text = R"({"account":")" + std::string(path) + R"(","state":"open","pauses":[],)";
  text += R"("children":[],"budgets":[)" + std::string(wall) + "]";
  return text + std::string(more) + "}";
}

inline std::string sample_wall(std::string_view unit, std::string_view window, std::string_view cap,
                               std::string_view settled, std::string_view held) {
  std::string text = R"({"wall":"budget","account":"x","unit":")" + std::string(unit);
  text += R"(","window":")" + std::string(window) + R"(","cap":")" + std::string(cap);
  text += R"(","settled":")" + std::string(settled) + R"(","held":")" + std::string(held);
  return text + R"(","left":"0"})";
}

// `minute` 0 or 1: between them acme/research spends $3.00 and 60 calls.
inline Answers sample_answers(int minute) {
  const bool later = minute > 0;
  Answers answers;
  answers.status = json_of_text(
      std::string(R"({"version":"1.2.3","time":"2026-11-21T12:0)") + (later ? "1" : "0") +
      R"(:00Z","started_at":"2026-11-21T09:00:00Z","events":12345,"decisions":)" +
      (later ? "1300" : "1000") +
      R"(,"accounts":6,"live_runs":1,"open_holds":2,"waiters":1,"meters":9,"halts":1,)"
      R"("clock_stepped":false,"policy_version":7,"policy_sha256":"abcdef0123456789"})");
  answers.ready = json_of_text(R"({"status":"ready"})");
  const std::string spent = later ? "7.00" : "4.00";
  std::string accounts = R"({"truncated":false,"accounts":[)";
  accounts += sample_account("/", sample_wall("usd", "month", "100", spent, "0.50")) + ",";
  accounts += sample_account("acme", sample_wall("usd", "month", "10.00", spent, "0.50") + "," +
                                         sample_wall("calls", "day", "500", "60", "1")) +
              ",";
  accounts +=
      sample_account("acme/research", sample_wall("usd", "day", "8.00", spent, "0.50")) + ",";
  accounts +=
      sample_account("acme/research/r_live", sample_wall("usd", "run", "9.00", spent, "0.50"),
                     R"(,"is_run":true,"open_holds":2)") +
      ",";
  accounts += sample_account("acme/research/r_over", "", R"(,"is_run":true)") + ",";
  accounts +=
      sample_account("globex", sample_wall("tokens", "day", "2000000", "1999000", "0")) + "]}";
  const std::string_view open = R"("globex","state":"open")";
  accounts.replace(accounts.find(open), open.size(), R"("globex","state":"halted")");
  answers.accounts = json_of_text(accounts);
  answers.runs = json_of_text(
      R"({"truncated":false,"runs":[{"run":"r_live","account":"acme/research/r_live"}]})");
  answers.holds = json_of_text(
      R"({"truncated":false,"holds":[{"hold":"77","run":"r_live","account":"acme/research/r_live",)"
      R"("operation":"llm:anthropic/claude-opus-5","holder":"gateway","state":"open",)"
      R"("held":{"usd":"0.40","output_tokens":4096},"live":{"output_tokens":1204},)"
      R"("opened_at":"2026-11-21T11:59:30Z","expires_at":"2026-11-21T12:09:30Z"},)"
      R"({"hold":"78","run":"r_live","account":"acme/research/r_live",)"
      R"("operation":"tool:mail/send",)"
      R"("holder":"r_live","state":"open","held":{"calls":1},)"
      R"("opened_at":"2026-11-21T11:59:58Z","expires_at":"2026-11-21T12:04:58Z"}]})");
  answers.halts =
      json_of_text(R"({"halts":[{"halt":"halt_1","account":"globex","everything":false,)"
                   R"("reason":"spends \u001b[2J\u202eall \u6f22","actor":"ada",)"
                   R"("placed_at":"2026-11-21T11:00:00Z"}]})");
  if (!later) {
    answers.events = json_of_text(
        R"({"more":false,"next":12300,"events":[{"seq":12299,"type":"refused","run":"r_live",)"
        R"("time":"2026-11-21T11:58:00Z","account":"acme/research/r_live",)"
        R"("operation":"llm:anthropic/claude-opus-5","reason":"exhausted",)"
        R"("sentence":"The budget of acme/research is used up."}]})");
  } else {
    answers.events = json_of_text(
        R"({"more":false,"next":12345,"events":[{"seq":12340,"type":"refused_again",)"
        R"("run":"r_live",)"
        R"("time":"2026-11-21T12:00:30Z","operation":"llm:anthropic/claude-opus-5",)"
        R"("reason":"exhausted","count":41},)"
        R"({"seq":12341,"type":"refused","run":"r_old","time":"2026-11-21T12:00:40Z",)"
        R"("account":"globex/bot\u001b[31m","operation":"tool:pay/invoice","reason":"halted"}]})");
  }
  return answers;
}

struct Sample {
  Snapshot snapshot;
  History history;

  Sample() {
    for (const int minute : {0, 1}) {
      const Answers answers = sample_answers(minute);
      snapshot = read_snapshot(answers);
      history.events_after(snapshot.events);
      history.add(snapshot, answers);
    }
  }
};

}  // namespace ringfence::top
