// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/money.h"

namespace ringfence {
namespace {

std::string text(const Json& json, std::string_view member) {
  const Json* value = json.find(member);
  const std::string* found = value == nullptr ? nullptr : value->string();
  return found == nullptr ? std::string() : *found;
}

std::int64_t number(const Json* json, std::string_view member) {
  const Json* value = json == nullptr ? nullptr : json->find(member);
  return value == nullptr ? 0 : value->integer().value_or(0);
}

std::string usd(std::int64_t nano) { return "$" + Money::from_nano(nano).text(); }

}  // namespace

void Progress::print(std::string_view mark, const std::string& line) const {
  const bool colours = ::isatty(STDERR_FILENO) == 1;
  const std::string_view colour = mark == "!" ? "\033[33m" : mark == "x" ? "\033[31m" : "\033[2m";
  fmt::print(stderr, "{}{} {}{}\n", colours ? colour : "", mark, line, colours ? "\033[0m" : "");
}

void Progress::on_event(const Json& event) {
  const std::string type = text(event, "type");
  if (type == "run_started" && cap_nano_ < 0) on_started(event);
  if (type == "resolved") on_resolved(event);
  if (type == "refused") on_refused(event);
  if (type == "alert") on_alert(event);
}

void Progress::on_started(const Json& event) {
  const Json* budgets = event.find("budgets");  // [["usd",500000000],…]
  if (budgets == nullptr || budgets->array() == nullptr) return;
  for (const Json& budget : *budgets->array()) {
    const Json::Array* pair = budget.array();
    if (pair == nullptr || pair->size() != 2 || (*pair)[0] != Json("usd")) continue;
    cap_nano_ = (*pair)[1].integer().value_or(-1);
  }
}

void Progress::on_resolved(const Json& event) {
  const std::int64_t hold = number(&event, "hold");
  const std::int64_t charged = number(event.find("charged"), "usd");
  const auto [it, fresh] = charged_nano_.try_emplace(hold, 0);
  spent_nano_ += charged - it->second;
  it->second = charged;
  calls_ += fresh ? 1 : 0;
  const std::string wall = cap_nano_ < 0 ? std::string() : " of " + usd(cap_nano_);
  print("·", fmt::format("call {:>4}  {:<10} {:>12}   spent {}{}", calls_, text(event, "state"),
                         usd(charged), usd(spent_nano_), wall));
}

void Progress::on_refused(const Json& event) {
  print("x", fmt::format("refused: {}: {}", text(event, "reason"), text(event, "sentence")));
}

void Progress::on_alert(const Json& event) {
  const bool money = text(event, "unit") == "usd";
  const auto show = [money](std::int64_t amount) {
    return money ? usd(amount) : std::to_string(amount);
  };
  print("!", fmt::format("warning: {} passed {} of {} on {}", text(event, "unit"),
                         show(number(&event, "threshold")), show(number(&event, "cap")),
                         text(event, "subject")));
}

}  // namespace ringfence
