// SPDX-License-Identifier: Apache-2.0
#include "cli/top_order.h"

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/ensure.h"
#include "cli/api_client.h"

namespace ringfence::top {
namespace {

std::string done_sentence(const Order& order, const Json& answer) {
  switch (order.kind) {
    case Order::Kind::halt:
      return fmt::format("halted {} ({})", order.subject, text_in(answer, "halt"));
    case Order::Kind::pause: return "paused " + order.subject;
    case Order::Kind::resume: return "resumed " + order.subject;
    case Order::Kind::raise:
      return fmt::format("{} has {} {} per {}", order.subject, order.cap, order.unit, order.window);
    case Order::Kind::lift: return "lifted " + order.subject;
  }
  RF_ENSURE(false, "every order has its sentence");
}

}  // namespace

ApiCall call_of(const Order& order) {
  const std::string account = "/api/v1/accounts/" + escape_path(order.subject);
  ApiCall call;
  switch (order.kind) {
    case Order::Kind::halt:
      call.target = "/api/v1/halts";
      call.body.set("account", order.subject);
      break;
    case Order::Kind::pause: call.target = account + "/pause"; break;
    case Order::Kind::resume: call.target = account + "/resume"; break;
    case Order::Kind::raise: {
      call.target = account + "/raise";
      const bool scaled = order.unit == "usd" || order.unit == "seconds";
      call.body.set("unit", order.unit).set("window", order.window);
      call.body.set("cap",
                    scaled ? Json(order.cap) : Json(parse_decimal(order.cap, 0).value_or(0)));
      break;
    }
    case Order::Kind::lift:
      call.target = "/api/v1/halts/" + escape_path(order.subject) + "/lift";
      break;
  }
  call.body.set("reason", order.reason);
  return call;
}

View::Message message_of(const Order& order, int status, const Json& answer) {
  if (status >= 200 && status < 300) return {done_sentence(order, answer), false};
  const std::string reason = text_in(answer, "reason");
  const std::string detail = text_in(answer, "detail");
  return {fmt::format("{}{}{}", reason, reason.empty() ? "" : ": ",
                      detail.empty() ? fmt::format("the daemon answered {}", status) : detail),
          true};
}

}  // namespace ringfence::top
