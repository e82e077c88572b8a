// SPDX-License-Identifier: Apache-2.0
#include "guard/hook.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <optional>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/version.h"
#include "guard/answer.h"

namespace ringfence::guard {
namespace {

namespace asio = boost::asio;
using Answer = Result<std::string>;

constexpr int kOk = 200;

Result<std::shared_ptr<const Hook>> load_one(const GuardRule& guard,
                                             const auth::Environment& environment) {
  const std::string owner = "the guard " + guard.name;
  auto hook = std::make_shared<Hook>();
  auto url = http::Url::parse(guard.url);
  if (!url) return invalid("this guard's URL cannot be used", owner);
  hook->url = *std::move(url);
  if (!guard.allow_private) hook->filter = http::open_internet_only();
  if (!guard.ca_file.empty()) {
    auto tls = http::TlsContext::client({.ca_file = guard.ca_file, .ca_pem = {}});
    if (!tls) return std::unexpected(tls.error());
    hook->tls = *std::move(tls);
  }
  auto text = auth::read_key(guard.secret, environment, owner);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return hook;
  auto secret = webhook::Secret::parse(*text);
  wipe(*text);
  if (!secret) return invalid(secret.error().message, owner);
  hook->secrets.push_back(*std::move(secret));
  return hook;
}

http::ClientRequest request_for(const Hook& hook, Duration timeout, std::string question) {
  const Time now = SystemClock::read().wall;
  const std::string id = random_id("guard_");
  http::ClientRequest request;
  request.method = "POST";
  request.url = hook.url;
  request.headers.set("Content-Type", "application/json");
  request.headers.set("User-Agent", "ringfence/" + std::string(version()));
  request.headers.set(std::string(webhook::kIdHeader), id);
  request.headers.set(std::string(webhook::kTimestampHeader), webhook::timestamp_of(now));
  request.headers.set(std::string(webhook::kSignatureHeader),
                      webhook::sign({id, now, question}, hook.secrets));
  request.body = std::move(question);
  request.head_time = timeout;
  request.tls = hook.tls;
  request.filter = hook.filter;
  return request;
}

std::unexpected<Error> late() { return fail(ErrorCode::timeout, "it did not answer in time"); }

// Of what the client says only its kind: the address is nobody's business but the policy's.
Answer unreachable(const Error& error) {
  if (error.code == ErrorCode::timeout) return late();
  if (error.code == ErrorCode::forbidden) {
    return fail(ErrorCode::forbidden, "its address is not of the open internet");
  }
  return fail(ErrorCode::unavailable, "it could not be reached");
}

asio::awaitable<Answer> exchange(std::shared_ptr<http::Client> client, http::ClientRequest request,
                                 Duration timeout) {
  auto response = co_await client->request(std::move(request));
  if (!response) co_return unreachable(response.error().error);
  if (response->status() != kOk) {
    response->close();
    co_return fail(ErrorCode::unavailable, "its answer has another status than 200");
  }
  auto body = co_await response->read_all(kAnswerBytesMax, timeout);
  if (body) co_return *std::move(body);
  response->close();
  if (body.error().code == ErrorCode::too_large) {
    co_return fail(ErrorCode::too_large, "it answered too much");
  }
  if (body.error().code == ErrorCode::timeout) co_return late();
  co_return fail(ErrorCode::unavailable, "its answer was cut short");
}

// Who asks sleeps on `limit` until the exchange ends it, or its time does.
struct Waiting {
  explicit Waiting(const asio::any_io_executor& executor) : limit(executor) {}
  asio::steady_timer limit;
  asio::cancellation_signal stop;
  std::optional<Answer> answer;
};

}  // namespace

Result<Hooks> Hooks::load(const std::vector<GuardRule>& guards,
                          const auth::Environment& environment) {
  Hooks hooks;
  for (const GuardRule& guard : guards) {
    if (guard.url.empty()) continue;
    auto hook = load_one(guard, environment);
    if (!hook) return std::unexpected(hook.error());
    if ((*hook)->secrets.empty()) hooks.missing_.push_back(guard.name);
    hooks.by_fingerprint_.emplace(guard.fingerprint, *std::move(hook));
  }
  return hooks;
}

std::shared_ptr<const Hook> Hooks::find(const GuardRule& guard) const {
  const auto found = by_fingerprint_.find(guard.fingerprint);
  return found == by_fingerprint_.end() ? nullptr : found->second;
}

asio::awaitable<Answer> ask_hook(std::shared_ptr<http::Client> client,
                                 std::shared_ptr<const Hook> hook, Duration timeout,
                                 std::string question) {
  if (!hook || hook->secrets.empty())
    co_return fail(ErrorCode::unavailable, "its secret is not there");
  const auto executor = co_await asio::this_coro::executor;
  const auto waiting = std::make_shared<Waiting>(executor);
  waiting->limit.expires_after(std::chrono::microseconds(timeout.us));
  http::ClientRequest request = request_for(*hook, timeout, std::move(question));
  const auto cut = std::make_shared<http::CutSwitch>();
  request.cut_switch = cut;
  asio::co_spawn(
      executor, exchange(std::move(client), std::move(request), timeout),
      asio::bind_cancellation_slot(waiting->stop.slot(),
                                   [waiting](const std::exception_ptr& failure, Answer answer) {
                                     if (!failure) waiting->answer = std::move(answer);
                                     waiting->limit.cancel();
                                   }));
  co_await waiting->limit.async_wait(asio::as_tuple(asio::use_awaitable));
  if (waiting->answer) co_return *std::move(waiting->answer);
  // A look-up or a connection that is being made knows of no switch.
  cut->cut();
  waiting->stop.emit(asio::cancellation_type::terminal);
  co_return late();
}

}  // namespace ringfence::guard
