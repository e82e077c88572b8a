// SPDX-License-Identifier: Apache-2.0
#include "webhook/sender.h"

#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/version.h"
#include "webhook/schedule.h"

namespace ringfence::webhook {
namespace {

constexpr std::size_t kIdBytes = 20;

Attempt attempt_of(const http::ClientResponse& answer) {
  const int status = answer.status();
  if (status >= 200 && status < 300) return {Attempt::Outcome::delivered, {}, {}};
  if (status == 410) return {Attempt::Outcome::gone, "status 410", {}};
  Attempt attempt{Attempt::Outcome::failed, fmt::format("status {}", status), {}};
  if (status != 429 && status != 503) return attempt;
  if (const auto wish = answer.headers().find("retry-after")) {
    attempt.retry_after = parse_retry_after(*wish, SystemClock::read().wall);
  }
  return attempt;
}

}  // namespace

std::string message_id(std::string_view installation, std::uint64_t seq,
                       std::string_view endpoint) {
  const Digest digest = sha256(fmt::format("{}\n{}\n{}", installation, endpoint, seq));
  return "msg_" + to_base32({digest.data(), kIdBytes});
}

http::awaitable<Attempt> send(std::shared_ptr<http::Client> client,
                              std::shared_ptr<const Endpoint> endpoint, Message message,
                              std::shared_ptr<http::CutSwitch> cut_switch) {
  namespace asio = boost::asio;
  const Time now = SystemClock::read().wall;
  http::ClientRequest request;
  request.method = "POST";
  request.url = endpoint->url;
  request.headers.set("Content-Type", "application/json");
  request.headers.set("User-Agent", "ringfence/" + std::string(version()));
  request.headers.set(std::string(kIdHeader), message.id);
  request.headers.set(std::string(kTimestampHeader), timestamp_of(now));
  request.headers.set(std::string(kSignatureHeader),
                      sign({message.id, now, message.body}, endpoint->secrets));
  request.body = std::move(message.body);
  request.head_time = kSendTime;
  request.tls = endpoint->tls;
  request.filter = endpoint->filter;
  request.cut_switch = cut_switch;
  asio::steady_timer deadline(co_await asio::this_coro::executor);
  deadline.expires_after(std::chrono::microseconds(kSendTime.us));
  deadline.async_wait([cut_switch](const boost::system::error_code& error) {
    if (!error) cut_switch->cut();
  });
  auto answer = co_await client->request(std::move(request));
  if (!answer) {
    std::string what = answer.error().error.message;
    if (cut_switch->is_cut()) what = "no answer in time";
    co_return Attempt{Attempt::Outcome::failed, std::move(what), {}};
  }
  Attempt attempt = attempt_of(*answer);
  const auto rest = co_await answer->read_all(kAnswerMax, kSendTime);
  if (!rest) answer->close();
  co_return attempt;
}

}  // namespace ringfence::webhook
