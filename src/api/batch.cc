// SPDX-License-Identifier: Apache-2.0
// A batch: several calls of one caller, answered in order, decided in order, made durable together.
#include "api/core.h"
#include "api/fields.h"
#include "edge/ask.h"

namespace ringfence::api {
namespace {

constexpr std::string_view kPrefix = "/api/v1/";

// One element as a plan; an element that is wrong gets its answer at once.
Plan open_entry(const Json& element, std::size_t index, const Asker& asker) {
  Fields fields(element, "[" + std::to_string(index) + "]");
  const auto method = fields.text("method", kOptional, 8).value_or("POST");
  const auto path = fields.text("path", kRequired).value_or("");
  const Json* body = fields.object("body", kOptional);
  if (fields.ok() && !path.starts_with(kPrefix)) {
    fields.refuse("path", "must be a path of this API, such as /api/v1/holds");
  }
  if (const auto read = fields.finish(); !read) {
    Plan plan;
    plan.answer = problem_answer(refusal_of(read.error()));
    return plan;
  }
  Plan plan = open_plan(method, path, {}, asker);
  if (plan.decided()) return plan;
  if (!std::holds_alternative<Build>(plan.route->handler)) {
    plan.answer = problem_answer(
        refusal_of(Reason::invalid, "A batch holds only calls that change something, and no batch.",
                   fields.place("path")));
    return plan;
  }
  if (body != nullptr) plan.call.body = *body;
  return plan;
}

// All must be decided by one commit, so none may wait for another.
void refuse_waiting(Plan& plan) {
  if (plan.decided()) return;
  const auto* place = std::get_if<PlaceHold>(&plan.asked->command);
  if (place == nullptr || place->wait.us == 0) return;
  plan.answer =
      problem_answer(refusal_of(Reason::invalid, "A hold in a batch cannot wait.", "wait_ms"));
}

void append_result(std::string& out, const Answer& answer) {
  if (out.size() > 1) out += ',';
  out += "{\"status\":" + std::to_string(answer.status) + ",\"body\":" + answer.body + "}";
}

}  // namespace

http::awaitable<Answer> ApiCore::batch(const Plan& plan) {
  const Json::Array* elements = plan.call.body.array();
  if (elements == nullptr || elements->empty() || elements->size() > kBatchMax) {
    co_return problem_answer(refusal_of(
        Reason::invalid, "The body must be an array of 1 to " + std::to_string(kBatchMax) +
                             " calls such as {\"path\": \"/api/v1/holds\", \"body\": {…}}."));
  }
  const Asker asker{plan.call.caller, &signer_, plan.call.now};
  std::vector<Plan> plans;
  plans.reserve(elements->size());
  for (std::size_t i = 0; i < elements->size(); ++i) {
    plans.push_back(open_entry((*elements)[i], i, asker));
  }
  co_await prepare(plans);

  std::vector<Command> commands;
  for (Plan& each : plans) {
    refuse_waiting(each);
    if (!each.decided()) commands.push_back(std::move(each.asked->command));
  }
  if (options_.guards) {
    std::vector<guard::Asking> asking;
    for (Command& command : commands) {
      auto* place = std::get_if<PlaceHold>(&command);
      if (place != nullptr) asking.push_back({place, place->args.get()});
    }
    co_await options_.guards->ask(std::move(asking));
  }
  std::vector<Reply> replies;
  if (!commands.empty()) replies = co_await ask_batch(service_, std::move(commands));

  std::string body = "[";
  std::size_t next = 0;
  for (const Plan& each : plans) {
    append_result(body, each.decided() ? *each.answer : render(each, replies.at(next++)));
  }
  body += ']';
  Answer answer = json_answer(200, Json());
  answer.body = std::move(body);
  co_return answer;
}

}  // namespace ringfence::api
