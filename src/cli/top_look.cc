// SPDX-License-Identifier: Apache-2.0
#include "cli/top_look.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/top_order.h"

namespace ringfence::top {
namespace {

constexpr int kForbidden = 403;

std::string refusals_after(std::int64_t after, const std::string& under) {
  std::string target =
      fmt::format("/api/v1/events?after={}&type=refused,refused_again&max=1000", after);
  if (under != "/") target += "&account=" + escape_path(under);
  return target;
}

// The answer's JSON; null when it is not this operator's to see. /readyz says no with a body too.
http::awaitable<Result<Json>> ask_for(ApiClient& client, std::string target, bool any_status) {
  auto answer = co_await client.ask("GET", std::move(target));
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->ok() || any_status) co_return std::move(answer->json);
  if (answer->status == kForbidden) co_return Json();
  co_return invalid(message_of(Order{}, answer->status, answer->json).text);
}

}  // namespace

http::awaitable<Result<Snapshot>> look(ApiClient& client, std::string under, History& history) {
  struct Question {
    std::string target;
    Json Answers::* answer;
  };
  const std::string below = "under=" + escape_path(under);
  std::vector<Question> questions;
  questions.push_back({"/api/v1/status", &Answers::status});
  questions.push_back({"/readyz", &Answers::ready});
  questions.push_back(
      {fmt::format("/api/v1/accounts?{}&max={}", below, kAccountsMax), &Answers::accounts});
  questions.push_back({"/api/v1/runs", &Answers::runs});
  questions.push_back(
      {fmt::format("/api/v1/holds?{}&max={}", below, kStreamsMax), &Answers::holds});
  questions.push_back({"/api/v1/halts", &Answers::halts});
  Answers answers;
  for (Question& question : questions) {
    const bool ready = question.answer == &Answers::ready;
    auto json = co_await ask_for(client, std::move(question.target), ready);
    if (!json) co_return std::unexpected(json.error());
    answers.*question.answer = std::move(*json);
  }
  if (answers.accounts.is_null()) co_return invalid("you may not look at " + under);
  if (!answers.status.is_null()) {
    std::string target =
        refusals_after(history.events_after(integer_in(answers.status, "events")), under);
    auto events = co_await ask_for(client, std::move(target), false);
    if (!events) co_return std::unexpected(events.error());
    answers.events = std::move(*events);
  }
  Snapshot snapshot = read_snapshot(answers);
  if (snapshot.time == Time{}) snapshot.time = SystemClock::read().wall;
  history.add(snapshot, answers);
  co_return snapshot;
}

}  // namespace ringfence::top
