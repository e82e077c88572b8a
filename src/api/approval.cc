// SPDX-License-Identifier: Apache-2.0
// One approval, now or as soon as it is decided: with its arguments and what is left, for people.
#include <boost/asio/this_coro.hpp>
#include <chrono>

#include "api/admission.h"
#include "api/core.h"
#include "api/peer_watch.h"
#include "api/render.h"
#include "edge/ask.h"

namespace ringfence::api {
namespace {

using http::awaitable;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kWaitMsMax = 30'000;

// What a caller may see of it, and the refusal for who may see nothing.
struct Seen {
  std::optional<ApprovalView> view;
  std::vector<MeterView> left;  // at the walls of the run that asks
  std::optional<Refusal> refusal;
  UnitTable units;
};

Seen see(const Engine& engine, Time now, const Plan& plan) {
  Seen seen;
  const Call& call = plan.call;
  if (call.by_run()) seen.refusal = check_live(engine.run(call.run()), now);
  if (seen.refusal) return seen;
  seen.view = engine.approval(call.param, now);
  const bool hidden = seen.view && call.by_run() && seen.view->run_id != call.run();
  if (!seen.view || hidden) {
    seen.refusal = refusal_of(Reason::not_found, "There is no such approval.");
    return seen;
  }
  seen.refusal = check_scope(*plan.route, *call.caller, seen.view->account);
  if (!call.by_run()) seen.left = engine.quota(seen.view->run_id, now);
  seen.units = engine.units();
  return seen;
}

}  // namespace

// The exact arguments, as long as nobody has erased them. They are bound to what is approved by
// their digest, so what is shown is what will run.
Result<std::optional<std::string>> ApiCore::args_of(const ApprovalView& approval) {
  if (!approval.has_args) return std::nullopt;
  if (!payloads_) {
    auto opened = JournalReader::open(service_.data_dir());
    if (!opened) return std::unexpected(opened.error());
    payloads_ = std::move(*opened);
  }
  auto found = payloads_->payload(approval.number);
  if (found && *found && service_.keyed(sha256(**found)) != approval.args_digest) {
    return fail(ErrorCode::unverifiable, "the arguments beside the record are not those asked for");
  }
  return found;
}

awaitable<Answer> ApiCore::approval(http::Response& response, const Plan& plan) {
  const Query& query = plan.call.query;
  if (const auto known = query.allow_only({"wait_ms"}); !known) {
    co_return problem_answer(refusal_of(known.error()));
  }
  const auto wait = query.integer("wait_ms", 0, kWaitMsMax, 0);
  if (!wait) co_return problem_answer(refusal_of(wait.error()));
  if (*wait > 0) co_await wait_for_decision(response, plan, Duration::millis(*wait));
  Seen seen;
  co_await ask_durable_query(
      service_, [&](const Engine& engine, Time now) { seen = see(engine, now, plan); });
  if (seen.refusal) co_return problem_answer(*seen.refusal);
  Json json = json_of(*seen.view, seen.units, plan.call.by_run());
  if (!plan.call.by_run()) {
    const auto args = args_of(*seen.view);
    if (!args) co_return problem_answer(refusal_of(args.error()));
    if (*args) {
      const auto parsed = Json::parse(**args);
      json.set("args", parsed ? *parsed : Json(**args));
    }
    Json left = Json::Array{};
    for (const MeterView& meter : seen.left) left.push(json_of(meter));
    json.set("left", std::move(left));
  }
  co_return json_answer(200, json);
}

// Until it is pending no more, the time is over, or the caller is gone.
awaitable<void> ApiCore::wait_for_decision(http::Response& response, const Plan& plan,
                                           Duration wait) {
  const auto executor = co_await boost::asio::this_coro::executor;
  // Listening before the first look: no decision can fall between the two.
  EventSignal::Listener listener(signal(executor));
  bool gone = false;
  const auto watch = start_peer_watch(executor, response, [&] {
    gone = true;
    listener.alarm().ring();
  });
  const auto end = Clock::now() + std::chrono::microseconds(wait.us);
  while (!gone && !ending_) {
    const std::uint64_t heard = listener.newest();
    bool pending = false;
    co_await ask_query(service_, [&](const Engine& engine, Time now) {
      const Seen seen = see(engine, now, plan);
      pending = !seen.refusal && seen.view->state == ApprovalState::pending;
    });
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(end - Clock::now());
    if (!pending || left.count() <= 0) break;
    if (gone || ending_ || listener.newest() != heard) continue;
    co_await listener.alarm().wait_for(Duration{left.count()});
  }
  co_await watch->stop();
}

}  // namespace ringfence::api
