// SPDX-License-Identifier: Apache-2.0
#include "witness/site.h"

#include "audit/witness_request.h"
#include "base/clock.h"

namespace ringfence::witness {
namespace {

http::awaitable<void> answer(Witness& witness, http::Request& request, http::Response& response) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (request.path == "/vkey") {
    if (!reads) {
      co_await response.send_problem(405, "Use GET.");
      co_return;
    }
    http::Headers headers(http::Headers::Field("content-type", "text/plain; charset=utf-8"));
    co_await response.send(200, std::move(headers), witness.vkey() + "\n");
    co_return;
  }
  if (request.path != "/add-checkpoint") {
    co_await response.send_problem(404, "Here are /add-checkpoint and /vkey.");
    co_return;
  }
  if (request.method != "POST") {
    co_await response.send_problem(405, "Use POST.");
    co_return;
  }
  const auto body = co_await request.body(audit::kWitnessRequestBytesMax);
  if (!body) co_return;  // the server answers
  Reply reply = witness.add_checkpoint(*body, SystemClock::read().wall);
  http::Headers headers(http::Headers::Field("content-type", std::move(reply.type)));
  co_await response.send(reply.status, std::move(headers), std::move(reply.body));
}

}  // namespace

http::Handler site_of(Witness& witness) {
  return [&witness](http::Request& request, http::Response& response) {
    return answer(witness, request, response);
  };
}

}  // namespace ringfence::witness
