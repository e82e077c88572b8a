// SPDX-License-Identifier: Apache-2.0
#include "witness/asking.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>

#include "base/version.h"

namespace ringfence::witness {

namespace asio = boost::asio;

asio::awaitable<std::expected<Answer, std::string>> ask(std::shared_ptr<Lane> lane,
                                                        std::shared_ptr<http::Client> client,
                                                        std::string body, Duration at_most) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = lane->url;
  request.headers.set("Content-Type", "text/plain; charset=utf-8");
  request.headers.set("User-Agent", "ringfence/" + std::string(version()));
  request.body = std::move(body);
  request.head_time = at_most;
  request.filter = lane->filter;
  const auto cut = std::make_shared<http::CutSwitch>();
  lane->asking = request.cut_switch = cut;
  const auto why = [cut](std::string otherwise) {
    return std::unexpected(cut->is_cut() ? std::string("no answer in time") : std::move(otherwise));
  };
  asio::steady_timer deadline(co_await asio::this_coro::executor);
  deadline.expires_after(std::chrono::microseconds(at_most.us));
  deadline.async_wait([cut](const boost::system::error_code& error) {
    if (!error) cut->cut();  // however slowly it drips
  });
  auto response = co_await client->request(std::move(request));
  if (!response) {
    lane->asking.reset();
    co_return why(response.error().error.message);
  }
  Answer answer;
  answer.status = response->status();
  auto rest = co_await response->read_all(kAnswerBytesMax, at_most);
  lane->asking.reset();
  if (!rest) {
    response->close();
    co_return why("its answer was cut short or too long");
  }
  answer.body = *std::move(rest);
  co_return answer;
}

}  // namespace ringfence::witness
